#include "experiment/system.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;

TEST_CASE("a system's id is canonical and reads back") {
  const System host{.testbed = "host", .hosts = 1, .cores = 2, .placement = Placement::block, .transport = "sm"};
  REQUIRE(system_id(host) == "host.h1.c2.block.sm");
  const System cluster{.testbed = "cluster",
                       .hosts = 4,
                       .cores = 2,
                       .placement = Placement::launcher,
                       .transport = "tcp",
                       .link_bits_per_s = 1'000'000'000};
  REQUIRE(system_id(cluster) == "cluster.h4.c2.launcher.tcp.1Gbps");
  System emulated = cluster;
  emulated.shared_pool = true;
  emulated.link_bits_per_s = 2'500'000'000;
  REQUIRE(system_id(emulated) == "cluster.h4.pool2.launcher.tcp.2500Mbps");
  const System loose{.testbed = "host", .hosts = 1, .cores = 64, .placement = Placement::free, .transport = "tcp"};
  for (const System& system : {host, cluster, emulated, loose})
    REQUIRE(parse_system_id(system_id(system), "x") == system);
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

TEST_CASE("every system's id begins with its test bed") {
  REQUIRE(testbed_of("cluster.h16.pool2.block.tcp.1Gbps") == "cluster");
  REQUIRE(testbed_of(system_id(System{.testbed = "mine"})) == "mine");
  REQUIRE(testbed_of("hgx-h100.h1.nvswitch") == "hgx-h100");
  REQUIRE(testbed_of("host") == "host");
}

TEST_CASE("emulated hosts share one pool of cores, and ranks fill hosts evenly") {
  const System emulated{.hosts = 4, .cores = 2, .shared_pool = true};
  REQUIRE(cores_in_all(emulated) == 2);
  REQUIRE(core_of_rank(1, 4, emulated) == 0);
  REQUIRE(core_of_rank(2, 4, emulated) == 1);
  REQUIRE(ranks_per_core(16, emulated) == 8);
  REQUIRE(host_of_rank(3, 4, emulated) == 3);
  REQUIRE(host_of_rank(5, 8, emulated) == 2);  // 8 ranks on 4 hosts: two each
}

TEST_CASE("a link rate is written with the largest unit that divides it, and reads back") {
  REQUIRE(link_rate_text(1'000'000'000) == "1Gbps");
  REQUIRE(link_rate_text(50'000'000) == "50Mbps");
  REQUIRE(link_rate_text(64'000) == "64kbps");
  for (const std::int64_t rate : {1'000, 50'000'000, 2'000'000'000})
    REQUIRE(parse_link_rate(link_rate_text(rate)) == rate);
  for (const char* text : {"", "1", "Gbps", "0Gbps", "-1Gbps", "1.5Gbps", "1gbit", "9999999999Gbps"})
    REQUIRE(parse_link_rate(text) == 0);
}

TEST_CASE("ranks per core rounds up: the fullest core counts") {
  REQUIRE(ranks_per_core(2, System{.cores = 2}) == 1);
  REQUIRE(ranks_per_core(3, System{.cores = 2}) == 2);
  REQUIRE(ranks_per_core(8, System{.cores = 2}) == 4);
  REQUIRE(ranks_per_core(8, System{.hosts = 4, .cores = 2}) == 1);
}

TEST_CASE("the id of nodes of GPUs is canonical and reads back") {
  const GpuSystem unknown{.testbed = "hgx-h100", .nodes = 1, .fabric = "nvswitch", .launch = {}};
  REQUIRE(system_id(unknown) == "hgx-h100.h1.nvswitch");
  REQUIRE(parse_gpu_system("hgx-h100.h1.nvswitch") == unknown);
  for (const auto launch : {LaunchMode::one_process, LaunchMode::process_per_gpu, LaunchMode::cuda_graph}) {
    const GpuSystem system{.testbed = "hgx-h100", .nodes = 12, .fabric = "ib8x400Gbps", .launch = launch};
    REQUIRE(system_id(system) == "hgx-h100.h12.ib8x400Gbps." + std::string(to_string(launch)));
    REQUIRE(parse_gpu_system(system_id(system)) == system);
  }
}

TEST_CASE("what is not the id of nodes of GPUs is none") {
  for (const char* id :
       {"", "hgx-h100", "hgx-h100.h1", "hgx-h100.h1.", ".h1.nvswitch", "hgx-h100..nvswitch", "hgx-h100.1.nvswitch",
        "hgx-h100.h0.nvswitch", "hgx-h100.h-1.nvswitch", "hgx-h100.h1x.nvswitch", "hgx-h100.h01.nvswitch",
        "hgx-h100.h99999999999.nvswitch", "hgx-h100.h1.nvswitch.", "hgx-h100.h1.nvswitch.mpirun",
        "hgx-h100.h1.nvswitch.one_process.", "hgx-h100.h1.nvswitch.one_process.two", "host.h1.c2.block.sm",
        "cluster.h4.pool2.block.tcp.1Gbps"})
    CHECK_FALSE(parse_gpu_system(id).has_value());
}

TEST_CASE("a number of hosts has one spelling") {
  for (const char* id : {"host.h01.c2.block.sm", "host.h1.c02.block.sm"})
    REQUIRE_THROWS_WITH(parse_system_id(id, "r.jsonl:3"), Contains(id));
}
