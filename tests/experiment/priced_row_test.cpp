#include "experiment/priced_row.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

PricedRow row() {
  return {.experiment = {CollectiveRun{.collective = Collective::all_reduce,
                                       .algorithm = Algorithm::ring,
                                       .bytes = 1_MiB,
                                       .dtype = DataType::float32,
                                       .op = ReduceOp::sum,
                                       .in_place = true,
                                       .segmentation = Segmentation{64_KiB, 2},
                                       .root = {}},
                         4},
          .reduce_s = {{65536, 1.5e-5}, {8, 1e-8}},
          .copy_s = {},
          .extrapolated = true};
}

TEST_CASE("a priced row reads back as it was written") {
  const PricedRow back = parse_priced_row(parse_json(to_json(row()).dump(), "rows"), "rows:1");
  REQUIRE(back.experiment == row().experiment);
  REQUIRE(back.reduce_s == row().reduce_s);
  REQUIRE(back.copy_s.empty());
  REQUIRE(back.extrapolated);
}

TEST_CASE("a simulated row reads back as it was written") {
  const SimulatedRow back =
      parse_simulated_row(to_json(SimulatedRow{.key = "k", .time = Seconds{1e-6}, .wall = Seconds{0.25}}), "results:1");
  REQUIRE(back.key == "k");
  REQUIRE(back.time == Seconds{1e-6});
  REQUIRE(back.wall == Seconds{0.25});
}

TEST_CASE("bad rows are refused with their place") {
  Json twice = to_json(row());
  twice["reduce_s"].push_back({{"bytes", 8}, {"cost_s", 2e-8}});
  REQUIRE_THROWS_WITH(parse_priced_row(twice, "rows:2"), Contains("rows:2/reduce_s") && Contains("each length once"));
  Json negative = to_json(row());
  negative["copy_s"] = {{{"bytes", 8}, {"cost_s", -1}}};
  REQUIRE_THROWS_WITH(parse_priced_row(negative, "rows:3"), Contains("rows:3/copy_s") && Contains("cost_s"));
  REQUIRE_THROWS_WITH(parse_simulated_row(Json{{"key", "k"}, {"time_s", "1"}, {"wall_s", 1}}, "results:1"),
                      Contains("results:1") && Contains("time_s"));
}

}  // namespace
}  // namespace ringtrue
