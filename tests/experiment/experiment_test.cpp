#include "experiment/experiment.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;

namespace {

CollectiveRun full_run() {
  return {.collective = Collective::all_reduce,
          .algorithm = Algorithm::ring,
          .bytes = 8_MiB,
          .dtype = DataType::float32,
          .op = ReduceOp::sum,
          .in_place = true,
          .segmentation = Segmentation{64_KiB, 2}};
}

CollectiveRun published_run() {
  CollectiveRun run;
  run.bytes = 8_MiB;
  return run;
}

Experiment parse(const std::string& text) { return parse_experiment(parse_json(text, "e"), "e"); }

}  // namespace

TEST_CASE("the key of an experiment is one canonical string") {
  REQUIRE(experiment_key({full_run(), 8}) == "all_reduce.ring.8388608B.float32.sum.in_place.seg65536x2.p8");
  REQUIRE(experiment_key({published_run(), 8}) == "all_reduce.ring.8388608B.any.any.any.p8");
  REQUIRE(experiment_key({PingPong{8_B, 2, 100}, 4}) == "ping_pong.8B.stride2.rep100.p4");
  REQUIRE(experiment_key({Exchange{1_KiB, 1, 10, {64_B, 2}}, 4}) == "exchange.1024B.stride1.rep10.seg64x2.p4");
  REQUIRE(experiment_key({Exchange{1_KiB, 1, 10, {64_B, 2}, true}, 4}) ==
          "exchange.1024B.stride1.rep10.seg64x2.cold.p4");
  REQUIRE(experiment_key({Exchange{1_KiB, 1, 3, {64_B, 2}, false, true}, 4}) ==
          "exchange.1024B.stride1.rep3.seg64x2.fresh.p4");
  REQUIRE(experiment_key({BusyExchange{{1_KiB, 1, 10, {64_B, 2}}}, 4}) ==
          "busy_exchange.1024B.stride1.rep10.seg64x2.p4");
  REQUIRE(experiment_key({ReduceLocal{1_KiB, DataType::float64, 3, 64_B}, 2}) ==
          "reduce_local.1024B.float64.rep3.seg64.p2");
  REQUIRE(experiment_key({CopyLocal{1_KiB, 3, 64_B}, 2}) == "copy_local.1024B.rep3.seg64.p2");
  REQUIRE(experiment_key({CopyLocal{1_KiB, 3, 64_B, true}, 2}) == "copy_local.1024B.rep3.seg64.cold.p2");
}

TEST_CASE("every workload survives JSON, and its text is stable") {
  CollectiveRun library = full_run();
  library.algorithm = Algorithm::library;
  library.segmentation = std::nullopt;
  library.dtype = DataType::float64;
  library.in_place = false;
  const std::vector<Experiment> all{{full_run(), 8},
                                    {published_run(), 4},
                                    {library, 2},
                                    {PingPong{0_B, 2, 100}, 4},
                                    {Exchange{1_KiB, 1, 10, {64_B, 2}}, 4},
                                    {Exchange{1_KiB, 1, 10, {64_B, 2}, true}, 4},
                                    {Exchange{1_KiB, 1, 3, {64_B, 2}, false, true}, 4},
                                    {BusyExchange{{1_KiB, 1, 10, {64_B, 2}}}, 4},
                                    {ReduceLocal{1_KiB, DataType::float64, 3, 64_B}, 2},
                                    {ReduceLocal{1_KiB, DataType::float32, 3, 64_B, true}, 2},
                                    {CopyLocal{1_KiB, 3, 64_B}, max_ranks},
                                    {CopyLocal{1_KiB, 3, 64_B, true}, 2}};
  for (const Experiment& experiment : all) REQUIRE(parse_experiment(to_json(experiment), "e") == experiment);
  REQUIRE(
      to_json(all[0]).dump() ==
      R"({"collective":"all_reduce","algorithm":"ring","bytes":8388608,"dtype":"float32","op":"sum","in_place":true,)"
      R"("segment_bytes":65536,"segments_in_flight":2,"ranks":8})");
}

TEST_CASE("an empty field matches any value; ranks, bytes and known fields must be equal") {
  const Experiment ours{full_run(), 8};
  REQUIRE(matches(ours, {published_run(), 8}));
  REQUIRE(matches({published_run(), 8}, ours));
  REQUIRE_FALSE(matches(ours, {published_run(), 4}));
  Experiment other = ours;
  std::get<CollectiveRun>(other.workload).dtype = DataType::float64;
  REQUIRE_FALSE(matches(ours, other));
  other = ours;
  std::get<CollectiveRun>(other.workload).bytes = 4_MiB;
  REQUIRE_FALSE(matches(ours, other));
  other = ours;
  std::get<CollectiveRun>(other.workload).segmentation->in_flight = 3;
  REQUIRE_FALSE(matches(ours, other));
  REQUIRE_FALSE(matches(ours, {PingPong{8_MiB, 1, 1}, 8}));
  REQUIRE(matches({PingPong{8_B, 1, 1}, 2}, {PingPong{8_B, 1, 1}, 2}));
}

TEST_CASE("what is wrong with an experiment is said with its key") {
  const std::string open = R"({"collective": "all_reduce", "algorithm": "ring", "bytes": 8, )";
  REQUIRE_THROWS_WITH(
      parse(R"({"collective": "gather", "algorithm": "ring", "bytes": 8, "ranks": 2})"),
      Contains("e/collective: 'gather' is not a known collective; allowed: all_reduce, reduce_scatter"));
  REQUIRE_THROWS_WITH(
      parse(R"({"collective": "all_gather", "algorithm": "ring", "bytes": 8, "op": "sum", "ranks": 2})"),
      Contains("unknown key 'op'"));
  REQUIRE_THROWS_WITH(parse(open + R"("ranks": 2, "root": 1})"), Contains("unknown key 'root'"));
  REQUIRE_THROWS_WITH(parse(R"({"collective": "all_reduce", "algorithm": "tree", "bytes": 8, "ranks": 2})"),
                      Contains("allowed: ring, halving_doubling, double_binary_tree, direct, library, library_ring"));
  REQUIRE_THROWS_WITH(parse(open + R"("dtype": "int8", "ranks": 2})"), Contains("allowed: float32, float64"));
  REQUIRE_THROWS_WITH(parse(open + R"("op": "max", "ranks": 2})"),
                      Contains("'max' is not a known operation; allowed: sum"));
  REQUIRE_THROWS_WITH(parse(open + R"("ranks": 0})"), Contains("a whole number from 1 to 1048576"));
  REQUIRE_THROWS_WITH(parse(open + R"("ranks": 2, "rank": 2})"),
                      Contains("unknown key 'rank' (did you mean 'ranks'?)"));
  REQUIRE_THROWS_WITH(parse(open + R"("ranks": 2, "segment_bytes": 64})"), Contains("'segments_in_flight' is missing"));
  REQUIRE_THROWS_WITH(parse(R"({"collective": "all_reduce", "algorithm": "ring", "bytes": 1099511627777, "ranks": 2})"),
                      Contains("'bytes' is 1099511627777"));
  REQUIRE_THROWS_WITH(parse(R"({"collective": "all_reduce", "algorithm": "ring", "bytes": 0, "ranks": 2})"),
                      Contains("'bytes' is 0"));
  REQUIRE_THROWS_WITH(parse(R"({"calibration": "pingpong", "bytes": 8, "repetitions": 1, "ranks": 2})"),
                      Contains("ping_pong, exchange, busy_exchange, reduce_local, copy_local or layer_profile"));
}

TEST_CASE("collectives that reduce nothing have no operation in their key; a broadcast has its root") {
  const auto key = [](const char* text) { return experiment_key(parse(text)); };
  REQUIRE(key(R"({"collective": "all_gather", "algorithm": "direct", "bytes": 64, "dtype": "float32", "in_place": true,
                  "segment_bytes": 16, "segments_in_flight": 2, "ranks": 4})") ==
          "all_gather.direct.64B.float32.in_place.seg16x2.p4");
  const Experiment broadcast = parse(
      R"({"collective": "broadcast", "algorithm": "double_binary_tree", "bytes": 64, "dtype": "float32",
          "in_place": false, "segment_bytes": 16, "segments_in_flight": 2, "root": 3, "ranks": 4})");
  REQUIRE(experiment_key(broadcast) == "broadcast.double_binary_tree.64B.float32.out_of_place.seg16x2.root3.p4");
  REQUIRE(parse(to_json(broadcast).dump()) == broadcast);
}
