// Two test beds in one comparison. Launches of both bear the numbers 0 to 5, and one is a hundred times slower than the
// other, canaries included: what is said of each must be, byte by byte, what a comparison of it alone says.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/system.hpp"
#include "tests/validate/campaign.hpp"
#include "validate/summary_text.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

const std::string other = "cluster.h2.pool1.block.tcp.1Gbps";

/// Measured and simulated rows of one test bed at 2 ranks.
struct Bed {
  std::string system_id;
  double unit_s = 1;   ///< What a second on the host takes here.
  Json draws;          ///< Three, of the six launches.
  bool direct = true;  ///< Two algorithms of ours are predicted, not only the ring.
};

/// Every third launch is in the slow state, where all takes twice as long.
Record launch_of(const Bed& bed, const Experiment& experiment, int launch) {
  const double slowdown = launch % 3 == 2 ? 2 : 1;
  const double time_s = bed.unit_s * slowdown * time_of_size(message_bytes(experiment)) * (1 + 0.01 * launch);
  Record record = measured(experiment, launch, time_s, bed.unit_s * slowdown * 1e-7);
  record.system_id = bed.system_id;
  return record;
}

Record prediction_of(const Bed& bed, const Experiment& experiment, const std::string& state) {
  const double time_s = bed.unit_s * (state == "slow" ? 2.2 : 1.1) * time_of_size(message_bytes(experiment));
  Record record = simulated(experiment, time_s, state);
  record.system_id = bed.system_id;
  for (const double refitted : {0.95, 1.0, 1.1})
    std::get<Simulation>(record.result).replicates.push_back(Seconds{refitted * time_s});
  return record;
}

void add(const Bed& bed, Inputs& inputs) {
  std::vector<Record> rows;
  std::vector<Record> predictions;
  for (const Bytes bytes : sizes) {
    for (const Algorithm algorithm : {Algorithm::ring, Algorithm::direct, Algorithm::library}) {
      const Experiment experiment = all_reduce(bytes, 2, algorithm);
      for (int launch = 0; launch < 6; ++launch) {
        rows.push_back(launch_of(bed, experiment, launch));
        std::get<Measurement>(rows.back().result).purpose =
            algorithm == Algorithm::ring ? Purpose::score : Purpose::show;
      }
      if (algorithm == Algorithm::library || (algorithm == Algorithm::direct && !bed.direct)) continue;
      for (const char* state : {"fast", "slow"}) predictions.push_back(prediction_of(bed, experiment, state));
    }
  }
  inputs.measured.push_back(file_of(bed.system_id + ".measured", std::move(rows)));
  inputs.simulated.push_back(
      file_of(bed.system_id + ".simulated", std::move(predictions), Json{{"draws", {{"2", bed.draws}}}}));
}

const Bed on_host{
    .system_id = host, .unit_s = 1, .draws = {{0, 0, 1, 2, 3, 3}, {4, 4, 5, 5, 5, 1}, {0, 1, 2, 3, 4, 5}}};
const Bed on_cluster{.system_id = other,
                     .unit_s = 100,
                     .draws = {{5, 5, 4, 2, 1, 0}, {3, 3, 3, 3, 3, 3}, {1, 1, 2, 2, 0, 0}},
                     .direct = false};

Comparison comparison_of(const std::vector<Bed>& beds) {
  Inputs inputs;
  for (const Bed& bed : beds) add(bed, inputs);
  Budgets budgets;
  for (const char* testbed : {"host", "cluster"})
    budgets.budgets.push_back({.model = "cluster", .testbed = testbed, .ranks = 2, .log_error = 0.5});
  inputs.budgets = budgets;
  inputs.scales = TestbedScales{};
  return compare(inputs);
}

/// Everything that is said of one system.
Json said_of(const std::string& system_id, const Comparison& comparison) {
  const Json all = to_json(comparison);
  Json said;
  for (const char* list : {"measured", "pairs", "aggregates", "ring_ratios", "rankings", "verdicts", "unpaired"}) {
    said[list] = Json::array();
    for (const Json& value : all[list])
      if (value["system_id"] == system_id) said[list].push_back(value);
  }
  said["lints"] = Json::array();
  for (const Json& lint : all["lints"])
    if (lint["what"].get<std::string>().find(system_id) != std::string::npos) said["lints"].push_back(lint);
  return said;
}

}  // namespace

TEST_CASE("what is said of a test bed does not depend on the other one") {
  const Comparison both = comparison_of({on_host, on_cluster});
  for (const Bed& bed : {on_host, on_cluster}) {
    const Json together = said_of(bed.system_id, both);
    const Json alone = said_of(bed.system_id, comparison_of({bed}));
    for (const char* list : {"measured", "pairs", "aggregates", "ring_ratios", "verdicts"})
      REQUIRE_FALSE(together[list].empty());
    REQUIRE(together["rankings"].empty() == !bed.direct);  // nothing to choose from, nothing to rank
    REQUIRE(together.dump(1) == alone.dump(1));
  }
  REQUIRE(said_of(host, both)["lints"].size() + said_of(other, both)["lints"].size() == both.lints.size());
}

TEST_CASE("each test bed has its own fast and slow state") {
  // Canaries of 100 and 200 ns on the one, of 10 and 20 us on the other: split as one, all of the other would be slow.
  for (const MeasuredRow& row : comparison_of({on_host, on_cluster}).measured)
    REQUIRE(row.states == std::map<std::string, int>{{"fast", 4}, {"slow", 2}});
}

TEST_CASE("both orders of the files give the same numbers") {
  const Comparison one = comparison_of({on_host, on_cluster});
  const Comparison two = comparison_of({on_cluster, on_host});
  for (const std::string& system_id : {host, other}) REQUIRE(said_of(system_id, one) == said_of(system_id, two));
}

TEST_CASE("the context of each file names the test beds it predicts") {
  const Json context = comparison_of({on_host, on_cluster}).model_contexts.at("cluster");
  REQUIRE(context["testbeds"] == Json{"host"});
  REQUIRE(context["also"][0]["testbeds"] == Json{"cluster"});
}

TEST_CASE("two files that give one system other draws are refused") {
  Inputs inputs;
  add(on_host, inputs);
  RecordFile more = file_of("more.simulated", {simulated(all_reduce(128_KiB, 2), 1)});
  more.contexts[0] = Json{{"draws", {{"2", on_cluster.draws}}}};
  inputs.simulated.push_back(more);
  REQUIRE_THROWS_WITH(compare(inputs), Contains("other draws of cluster on " + host + " at 2 ranks"));
  inputs.simulated.back().contexts[0] = inputs.simulated.front().contexts[0];
  REQUIRE_NOTHROW(compare(inputs));
}

TEST_CASE("on the terminal each test bed's verdicts stand below its name") {
  const std::string text = summary_text(comparison_of({on_host, on_cluster}));
  const std::size_t first = text.find("test bed      host\n");
  const std::size_t second = text.find("test bed      cluster\n");
  REQUIRE(first < second);
  REQUIRE(second != std::string::npos);
  REQUIRE(text.find("cluster on " + host) < second);
  REQUIRE(text.find("cluster on " + other) > second);
  REQUIRE_THAT(summary_text(comparison_of({on_host})), !Contains("test bed"));
}
