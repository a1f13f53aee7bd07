#include "experiment/system.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;

TEST_CASE("a system's id is canonical and reads back") {
  const System host{.testbed = "host", .hosts = 1, .cores = 2, .placement = Placement::block, .transport = "sm"};
  REQUIRE(system_id(host) == "host.h1.c2.block.sm");
  const System cluster{
      .testbed = "cluster", .hosts = 4, .cores = 2, .placement = Placement::launcher, .transport = "tcp.1Gbps"};
  REQUIRE(system_id(cluster) == "cluster.h4.c2.launcher.tcp.1Gbps");
  const System loose{.testbed = "host", .hosts = 1, .cores = 64, .placement = Placement::free, .transport = "tcp"};
  for (const System& system : {host, cluster, loose}) REQUIRE(parse_system_id(system_id(system), "x") == system);
}

TEST_CASE("what is not the id of a host system is refused with an example") {
  for (const char* id :
       {"", "host", "host.h1.c2.block", "host.1.c2.block.sm", "host.h0.c2.block.sm", "host.h1.c-2.block.sm",
        "host.h1.c2.somewhere.sm", "hgx-h100.h1.nvswitch", "host.h1x.c2.block.sm"})
    REQUIRE_THROWS_WITH(parse_system_id(id, "r.jsonl:3"),
                        Contains("r.jsonl:3") && Contains("for example host.h1.c2.block.sm"));
}

TEST_CASE("neighbours in the ring share a core first") {
  const auto cores = [](int ranks, const System& system) {
    std::vector<int> result;
    for (int rank = 0; rank < ranks; ++rank) result.push_back(core_of_rank(rank, ranks, system));
    return result;
  };
  const System two_cores{.cores = 2};
  REQUIRE(cores(1, two_cores) == std::vector{0});
  REQUIRE(cores(2, two_cores) == std::vector{0, 1});
  REQUIRE(cores(4, two_cores) == std::vector{0, 0, 1, 1});
  REQUIRE(cores(3, two_cores) == std::vector{0, 0, 1});  // rank i on core i*2/3
  REQUIRE(cores(2, System{.cores = 8}) == std::vector{0, 1});
  REQUIRE(cores(4, System{.hosts = 2, .cores = 2}) == std::vector{0, 1, 2, 3});
}

TEST_CASE("ranks per core rounds up: the fullest core counts") {
  REQUIRE(ranks_per_core(2, System{.cores = 2}) == 1);
  REQUIRE(ranks_per_core(3, System{.cores = 2}) == 2);
  REQUIRE(ranks_per_core(8, System{.cores = 2}) == 4);
  REQUIRE(ranks_per_core(8, System{.hosts = 4, .cores = 2}) == 1);
}
