#include "sim/astra/files/network_file.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ringtrue::fuzz::feed(data, size, [](std::string_view text) { ringtrue::astra::parse_network(text, "file"); });
}
