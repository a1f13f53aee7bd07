#include <google/protobuf/stubs/logging.h>

#include "sim/astra/files/chakra_file.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringtrue::astra;

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);  // a line for every name that is not UTF-8
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ringtrue::fuzz::feed(data, size, [](std::string_view bytes) {
    const Graph graph = parse_chakra(bytes, 0, "file").graph;
    if (parse_chakra(chakra_bytes(graph), 0, "copy").graph != graph) ringtrue::fuzz::fail("the copy is another graph");
    faults({.graphs = {graph}}, 4);
  });
}
