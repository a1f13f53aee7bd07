#include "sim/astra/files/text_workload.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringtrue::astra;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ringtrue::fuzz::feed(data, size, [](std::string_view text) {
    const TextWorkload workload = parse_text_workload(text, "file");
    for (const TextOrder order : {TextOrder::data_parallel, TextOrder::serial_chain})
      if (!faults({.graphs = {text_graph(workload, {.order = order, .passes = 2}, "file")}}, 4).empty())
        ringtrue::fuzz::fail("a graph with faults");
  });
}
