// Training steps beside collectives: what is joined, scored, judged and hinted at, and what is kept apart.
#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/training/steps.hpp"
#include "validate/gate/lint.hpp"
#include "validate/training/predictions.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Contains;

namespace {

Aggregate training_aggregate(const Comparison& c) {
  const auto found = std::ranges::find(c.aggregates, Regime::training, &Aggregate::regime);
  REQUIRE(found != c.aggregates.end());
  return *found;
}

const Pair& training_pair(const Comparison& c) {
  const auto is_step = [](const Pair& p) { return as_training(p.experiment) != nullptr; };
  const auto found = std::ranges::find_if(c.pairs, is_step);
  REQUIRE(found != c.pairs.end());
  return *found;
}

/// Steps measured and predicted at these times in six launches.
struct Timed {
  Experiment experiment;
  double measured_s, simulated_s;
};

Inputs timed(const std::vector<Timed>& steps) {
  Inputs inputs;
  inputs.measured = {file_of("m", {})};
  inputs.simulated = {file_of("s", {})};
  for (const Timed& t : steps) {
    inputs.simulated[0].records.push_back(simulated_training(t.experiment, t.simulated_s, 0.1));
    for (int launch = 0; launch < 6; ++launch)
      inputs.measured[0].records.push_back(
          measured_training(t.experiment, launch, t.measured_s * (1 + 0.001 * launch), 0.1));
  }
  return inputs;
}

const Bucketing one_bucket{BucketRule::one, {}, {}};

}  // namespace

TEST_CASE("training steps have an aggregate of their own, and change none of the collectives'") {
  const Comparison alone = compare(campaign(1.1));
  const Comparison mixed = compare(mixed_campaign());
  REQUIRE(mixed.aggregates.size() == alone.aggregates.size() + 1);
  for (std::size_t i = 0; i < alone.aggregates.size(); ++i) {
    CHECK(mixed.aggregates[i].regime == alone.aggregates[i].regime);
    CHECK(mixed.aggregates[i].rows == alone.aggregates[i].rows);
    CHECK(mixed.aggregates[i].log_error == alone.aggregates[i].log_error);
    CHECK(mixed.aggregates[i].kendall_tau == alone.aggregates[i].kendall_tau);
  }
  const Aggregate a = training_aggregate(mixed);
  CHECK(a.rows == 1);
  CHECK(a.log_error == Approx(0.05));
  CHECK(a.bias == Approx(0.05));
  CHECK(regime_of(training_step(2)) == Regime::training);
}

TEST_CASE("phases of a prediction are of each launch's machine state") {
  Inputs inputs = mixed_campaign();
  auto& records = inputs.simulated[0].records;
  records.pop_back();
  records.push_back(simulated_training(training_step(2), 1.0, 0.2, "fast"));
  records.push_back(simulated_training(training_step(2), 3.0, 0.6, "slow"));
  // All launches ran in the fast state.
  CHECK(phase_of(training_pair(compare(inputs)).phases, "exposed").count() == Approx(0.2));
  Predicted p;
  p.states = {{"fast", 0, {}, {{"exposed", Seconds{0.2}}}}, {"slow", 0, {}, {{"exposed", Seconds{0.6}}}}};
  CHECK(phase_of(phases_in(p, "slow"), "exposed").count() == Approx(0.6));
  CHECK(phase_of(phases_in(p, "mixed"), "exposed").count() == Approx(0.4));  // the mean of both
}

TEST_CASE("phases, as times, are compared launch by launch, each in its own state") {
  Inputs inputs = timed({});
  inputs.simulated[0].records.push_back(simulated_training(training_step(2), 1.1, 0.22, "fast"));
  inputs.simulated[0].records.push_back(simulated_training(training_step(2), 3.3, 0.66, "slow"));
  for (int launch = 0; launch < 6; ++launch) {
    const bool slow = launch % 2 == 1;
    Record record = measured_training(training_step(2), launch, slow ? 3 : 1, slow ? 0.6 : 0.2);
    const Seconds canary{slow ? 3e-7 : 1e-7};
    std::get<Measurement>(record.result).canary = {.before = canary, .after = canary};
    inputs.measured[0].records.push_back(record);
  }
  const Comparison c = compare(inputs);
  const Pair& pair = training_pair(c);
  CHECK(pair.ratio == Approx(1.1));
  CHECK(phase_of(pair.phases, "exposed").count() == Approx(0.4 * 1.1));  // measured: median of 0.2 and 0.6
  CHECK(phase_of(pair.phases, "update") == Seconds{0});
  // A launch where nothing was exposed has no ratio: the median of what is predicted, 3 x 0.22 and 3 x 0.66.
  std::get<Measurement>(inputs.measured[0].records.front().result).phases.at("exposed") = Seconds{0};
  CHECK(phase_of(training_pair(compare(inputs)).phases, "exposed").count() == Approx(0.44));
}

TEST_CASE("a budget of training judges training rows only, one row suffices") {
  const Comparison c = compare(mixed_campaign());
  REQUIRE(c.verdicts.size() == 2);
  CHECK(c.verdicts[0].regime == Regime::all);
  CHECK(c.verdicts[1].regime == Regime::training);
  CHECK(c.verdicts[1].outcome == Outcome::pass);  // 5 % of 8 %
  Inputs worse = mixed_campaign();
  worse.simulated[0].records.back() = simulated_training(training_step(2), 1.2, 0.25);
  const Comparison failed = compare(worse);
  CHECK(failed.verdicts[0].outcome == Outcome::pass);
  CHECK(failed.verdicts[1].outcome == Outcome::fail);
}

TEST_CASE("a budget of training says nothing where no training step was measured") {
  Inputs inputs = campaign(1.1);
  inputs.budgets->budgets.push_back(
      {.model = "cluster", .testbed = "host", .ranks = 2, .log_error = 0.08, .regime = Regime::training});
  const Comparison c = compare(inputs);
  CHECK(c.verdicts.size() == 1);
  CHECK(c.undecided.empty());
  CHECK(c.outcome() == Outcome::pass);
}

TEST_CASE("a campaign of training alone leaves the budgets of collectives undecided") {
  Inputs inputs = mixed_campaign();
  std::erase_if(inputs.measured[0].records, [](const Record& r) { return as_training(r.experiment) == nullptr; });
  inputs.scales = TestbedScales{{"host", 2}};
  const Comparison c = compare(inputs);
  REQUIRE(c.verdicts.size() == 1);
  CHECK(c.verdicts[0].outcome == Outcome::pass);
  REQUIRE(c.undecided.size() == 1);
  CHECK(c.undecided[0].regime == Regime::all);
}

TEST_CASE("a training step without prediction fails for models with a budget of training, and only those") {
  Inputs inputs = mixed_campaign();
  inputs.simulated[0].records.pop_back();
  const Comparison c = compare(inputs);
  REQUIRE(c.unpaired.size() == 1);
  CHECK(c.unpaired[0].fails);
  CHECK(c.unpaired[0].model == "cluster");
  CHECK(c.verdicts[0].outcome == Outcome::pass);  // collectives are not to blame
  CHECK(c.verdicts[1].outcome == Outcome::fail);
  // A model that predicts collectives only owes no training step.
  inputs = mixed_campaign();
  inputs.simulated.push_back(file_of("b", {simulated(all_reduce(sizes[0], 2), 1, "", "alpha_beta")}));
  for (const Unpaired& u : compare(inputs).unpaired) CHECK_THAT(u.experiment_key, !Contains("training"));
}

TEST_CASE("predictions without a measurement are listed by themselves, with their assumption") {
  Inputs inputs = mixed_campaign();
  RecordFile gpus =
      file_of("g", {simulated_training(training_step(8), 2, 0.5, "", "nccl")}, Json{{assumption_key, "40 % of peak"}});
  gpus.records[0].system_id = "hgx-h100.h1.nvswitch";
  inputs.simulated.push_back(gpus);
  const Comparison c = compare(inputs);
  CHECK(c.unpaired.empty());
  CHECK(c.outcome() == Outcome::pass);
  REQUIRE(c.training_predictions.size() == 1);
  CHECK(c.training_predictions[0].time.count() == Approx(2));
  CHECK(phase_of(c.training_predictions[0].phases, "exposed").count() == Approx(0.5));
  CHECK(c.training_predictions[0].assumption == "40 % of peak");
}

TEST_CASE("steps that differ in one thing only are ranked") {
  const Comparison c = compare(timed({{training_step(2), 1.0, 2.0},
                                      {training_step(2, Overlap::thread), 0.8, 2.2},
                                      {training_step(2, Overlap::none, one_bucket), 1.2, 2.5},
                                      {training_step(1), 0.5, 0.5}}));
  REQUIRE(c.training_rankings.size() == 2);
  const TrainingRanking& buckets = c.training_rankings[0];
  CHECK(buckets.question == TrainingChoice::buckets);
  CHECK(buckets.ranking.choice == 0);  // 1.0 before 1.2, 2.0 before 2.5
  const TrainingRanking& overlap = c.training_rankings[1];
  CHECK(overlap.question == TrainingChoice::overlap);
  CHECK(overlap.ranking.choice == 1);  // thread is measured fastest, none predicted
  CHECK(overlap.ranking.flips);
  CHECK(overlap.ranking.loss() == Approx(0.25));
  CHECK(c.rankings.empty());
}

TEST_CASE("a step that gets faster with its batch is hinted at, measured or predicted") {
  const auto batch = [](int n) { return training_step(2, Overlap::none, {}, n); };
  CHECK(compare(timed({{batch(1), 1.0, 1.0}, {batch(2), 0.81, 0.81}})).lints.empty());
  const Comparison c = compare(timed({{batch(1), 1.0, 1.0}, {batch(2), 0.79, 1.5}}));
  REQUIRE(c.lints.size() == 1);
  CHECK(c.lints[0].rule == "shrinks-with-batch");
  CHECK_THAT(c.lints[0].what, Contains("measured") && Contains("batch 1") && Contains("batch 2"));
}

TEST_CASE("a comparison with training survives writing and reading, strictly") {
  Inputs inputs = mixed_campaign();
  for (int launch = 0; launch < 6; ++launch)
    inputs.measured[0].records.push_back(measured_training(training_step(2, Overlap::thread), launch, 0.9, 0.1));
  inputs.simulated[0].records.push_back(simulated_training(training_step(2, Overlap::thread), 0.9, 0.1));
  inputs.simulated[0].records.push_back(simulated_training(training_step(8), 2, 0.5));
  const Comparison c = compare(inputs);
  REQUIRE(c.training_rankings.size() == 1);
  REQUIRE(c.training_predictions.size() == 1);
  const std::string text = to_json(c).dump(1);
  CHECK(to_json(parse_comparison(parse_json(text, "c.json"), "c.json")).dump(1) == text);
  Json json = to_json(c);
  for (Json& row : json["measured"]) row.erase("training");
  CHECK_THROWS_WITH(parse_comparison(json, "c.json"), Contains("details for every training step"));
  json = to_json(c);
  json["training_rankings"][0]["question"] = "colour";
  CHECK_THROWS_WITH(parse_comparison(json, "c.json"), Contains("buckets or overlap"));
  json = to_json(c);
  json["verdicts"][1]["regime"] = "latency";
  CHECK_THROWS_WITH(parse_comparison(json, "c.json"), Contains("all or training"));
}
