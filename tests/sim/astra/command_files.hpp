#pragma once

// Files and requests for `ringtrue-sim astra`.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/json.hpp"
#include "sim/astra/command.hpp"
#include "sim/astra/files/chakra_file.hpp"
#include "tests/sim/astra/files/folder.hpp"

namespace ringtrue::astra::testing {

/// A network, a system layer and requests for them.
class Files {
 public:
  Files() { network("Ring", 4); }

  void network(const std::string& topology, int npus) const {
    folder_.write("net.yml", "topology: [ " + topology + " ]\nnpus_count: [ " + std::to_string(npus) +
                                 " ]\nbandwidth: [ 50 ]\nlatency: [ 500 ]\n");
  }

  /// Ring_4chunks.json with another implementation, and more keys.
  void system(const std::string& implementation, const std::string& more = "") const {
    std::string text = R"({"endpoint-delay": 10, "preferred-dataset-splits": 4, "local-mem-bw": 1600)";
    for (const char* collective : {"all-reduce", "all-gather", "reduce-scatter", "all-to-all"})
      text += std::string(", \"") + collective + "-implementation\": [\"" + implementation + "\"]";
    folder_.write("sys.json", text + more + "}");
  }

  void traces(const std::vector<Graph>& graphs) const {
    for (std::size_t rank = 0; rank < graphs.size(); ++rank)
      folder_.write("t." + std::to_string(rank) + ".et", chakra_bytes(graphs[rank]));
  }

  Request request() const {
    if (!std::filesystem::exists(folder_.path("sys.json"))) system("ring");
    return {.network = folder_.path("net.yml"), .system = folder_.path("sys.json")};
  }
  Request collective(const std::string& name = "all_reduce", const std::string& bytes = "1MiB") const {
    Request asked = request();
    asked.collective = name;
    asked.bytes = bytes;
    return asked;
  }
  Request workload(const std::string& name = "t") const {
    Request asked = request();
    asked.workload = folder_.path(name);
    return asked;
  }
  const Folder& folder() const { return folder_; }

 private:
  Folder folder_{"astra_command"};
};

inline Json printed(const Request& request) {
  const std::string text = json_text(run(request));
  CHECK(text.find('\n') == text.size() - 1);  // one line
  return Json::parse(text);
}

inline Node all_reduce(std::uint64_t id, std::uint64_t bytes, std::vector<std::uint64_t> after = {}) {
  return {.id = id, .kind = NodeKind::collective, .dependencies = std::move(after), .bytes = bytes};
}

// Ring of 4, 50 GiB/s, 500 ns, 1 MiB in 4 chunks, 1 in flight: messages m = 65,536 B take int(500 + 65,536 / 53.687) =
// 1,720 cycles, are reduced in r = 3 int(65,536 / 1,600) = 3 x 40 = 120 and handled in e = 10. Each chunk takes
// e + 2(n-1)(1,720 + e) + (n-1) r = 10 + 6 x 1,730 + 3 x 120 = 10,750.
inline constexpr std::uint64_t ring_4_cycles = 4 * 10'750;

}  // namespace ringtrue::astra::testing
