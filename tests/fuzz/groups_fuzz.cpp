#include "sim/astra/files/group_file.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ringtrue::fuzz::feed(data, size, [](std::string_view text) {
    for (const ringtrue::astra::Group& group : ringtrue::astra::parse_groups(text, "file", 16))
      for (const int rank : group.ranks)
        if (rank < 0 || rank > 15) ringtrue::fuzz::fail("a rank beyond the network");
  });
}
