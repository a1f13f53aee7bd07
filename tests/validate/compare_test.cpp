#include "validate/compare.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"
#include "validate/summary_text.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

std::string message_of(const Inputs& inputs) {
  try {
    compare(inputs);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Measurement& measurement(Inputs& inputs, std::size_t record) {
  return std::get<Measurement>(inputs.measured[0].records[record].result);
}

}  // namespace

TEST_CASE("a model 10 % slow in every row passes a budget of 15 %") {
  // Launch l is slower by l per mille: the median over six of ln(1.1 / (1 + l/1000)) is that of l = 2 and 3, about
  // ln 1.1 - 0.0025.
  const Comparison c = compare(campaign(1.1));
  REQUIRE(c.pairs.size() == sizes.size());
  REQUIRE_THAT(c.pairs[0].ratio, WithinAbs(1.1 * (1 - 0.0025), 1e-4));
  REQUIRE(c.outcome() == Outcome::pass);
  REQUIRE(c.verdicts.size() == 1);
  REQUIRE(c.verdicts[0].outcome == Outcome::pass);
}

TEST_CASE("the gate fails a worsened simulation, slow or fast") {
  REQUIRE(compare(campaign(1.3)).outcome() == Outcome::fail);
  REQUIRE(compare(campaign(1 / 1.3)).outcome() == Outcome::fail);
}

TEST_CASE("deleting one simulated row fails the gate") {
  Inputs inputs = campaign(1);
  inputs.simulated[0].records.pop_back();
  const Comparison c = compare(inputs);
  REQUIRE(c.outcome() == Outcome::fail);
  REQUIRE(c.unpaired.size() == 1);
  REQUIRE(c.unpaired[0].fails);
  REQUIRE(c.unpaired[0].experiment_key == experiment_key(all_reduce(sizes.back(), 2)));
  REQUIRE_THAT(summary_text(c), Contains("FAIL") && Contains("unpaired") && Contains("fails the gate"));
}

TEST_CASE("a row that a model without a budget lacks is listed only") {
  Inputs inputs = campaign(1);
  inputs.simulated.push_back(file_of("other.jsonl", {simulated(all_reduce(sizes[0], 2), 1, "", "alpha_beta")}));
  const Comparison c = compare(inputs);
  REQUIRE(c.outcome() == Outcome::pass);
  REQUIRE(c.unpaired.size() == sizes.size() - 1);
  inputs.budgets.reset();  // without budgets every model owes every row
  REQUIRE(compare(inputs).outcome() == Outcome::fail);
}

TEST_CASE("an empty join fails, and so does a scale that was not measured") {
  Inputs inputs = campaign(1);
  inputs.simulated.clear();
  REQUIRE(compare(inputs).outcome() == Outcome::fail);
  inputs = campaign(1);
  inputs.budgets->budgets.push_back({.model = "cluster", .testbed = "host", .ranks = 8, .log_error = 0.3});
  const Comparison c = compare(inputs);
  REQUIRE(c.verdicts.at(1).outcome == Outcome::fail);
  REQUIRE_THAT(c.verdicts[1].reason, Contains("at 8 ranks"));
}

TEST_CASE("without budgets nothing is judged") {
  Inputs inputs = campaign(3);
  inputs.budgets.reset();
  const Comparison c = compare(inputs);
  REQUIRE(c.verdicts.empty());
  REQUIRE(c.outcome() == Outcome::pass);
  REQUIRE_THAT(summary_text(c), Contains("no budgets, no verdict"));
}

TEST_CASE("five launches are inconclusive") {
  Inputs inputs = campaign(1);
  std::erase_if(inputs.measured[0].records, [](const Record& record) { return record.launch == 5; });
  REQUIRE(compare(inputs).outcome() == Outcome::inconclusive);
}

TEST_CASE("a row that was not verified in one launch is not scored and fails") {
  Inputs inputs = campaign(1);
  measurement(inputs, 0).verified = false;
  const Comparison c = compare(inputs);
  REQUIRE(c.pairs.size() == sizes.size() - 1);
  REQUIRE(c.outcome() == Outcome::fail);
  REQUIRE_THAT(c.warnings.at(0), Contains("not verified in every launch"));
}

TEST_CASE("shown rows are listed and never scored, calibration is neither") {
  Inputs inputs = campaign(1);
  for (const Purpose purpose : {Purpose::show, Purpose::calibrate}) {
    Record record = measured(all_reduce(purpose == Purpose::show ? 1_KiB : 2_KiB, 2, Algorithm::library), 0, 1);
    std::get<Measurement>(record.result).purpose = purpose;
    inputs.measured[0].records.push_back(record);
  }
  const Comparison c = compare(inputs);
  REQUIRE(c.measured.size() == sizes.size() + 1);
  REQUIRE(c.pairs.size() == sizes.size());
  REQUIRE(c.outcome() == Outcome::pass);
}

TEST_CASE("hold-out: a scored row that the model was fitted on is refused by name") {
  Inputs inputs = campaign(1);
  const std::string id = record_id(inputs.measured[0].records[3]);
  inputs.simulated[0].contexts[0] = Json{{"fitted_on", {id}}};
  REQUIRE_THAT(message_of(inputs), Contains("was fitted on " + id));
  measurement(inputs, 3).purpose = Purpose::calibrate;
  REQUIRE(message_of(inputs) == "no error");
}

TEST_CASE("what measured files may not hold") {
  Inputs inputs = campaign(1);
  inputs.measured[0].records.back().campaign = "another";
  REQUIRE_THAT(message_of(inputs), Contains("campaign 'another' found beside 'test'"));
  inputs = campaign(1);
  inputs.measured.push_back(inputs.measured[0]);
  REQUIRE_THAT(message_of(inputs), Contains("stands in two measured files"));
  inputs = campaign(1);
  inputs.measured[0].records.push_back(simulated(all_reduce(1_KiB, 2), 1));
  REQUIRE_THAT(message_of(inputs), Contains("give the file to --simulated"));
}

TEST_CASE("equal inputs give equal bytes, and another seed other intervals") {
  Inputs inputs = campaign(1.1);
  REQUIRE(to_json(compare(inputs)).dump() == to_json(compare(inputs)).dump());
  const Comparison first = compare(inputs);
  inputs.budgets->seed = 2;
  const Comparison second = compare(inputs);
  REQUIRE(first.aggregates[0].noise_floor != second.aggregates[0].noise_floor);
}

TEST_CASE("regimes have aggregates of their own") {
  // 4 KiB is latency, 64 KiB middle, 1 MiB and above bandwidth.
  const Comparison c = compare(campaign(1.1));
  REQUIRE(c.aggregates.size() == 4);
  REQUIRE(c.aggregates[0].rows == 5);
  REQUIRE(c.aggregates[1].rows == 1);
  REQUIRE(c.aggregates[2].rows == 1);
  REQUIRE(c.aggregates[3].rows == 3);
  REQUIRE(regime_of(8_KiB) == Regime::latency);
  REQUIRE(regime_of(Bytes{8193}) == Regime::middle);
  REQUIRE(regime_of(1_MiB) == Regime::bandwidth);
}

TEST_CASE("how measuring went is counted over the launches of a row that say so, and drops nothing") {
  Inputs inputs = campaign(1.1);  // six launches of the first size stand first
  for (std::size_t i = 0; i < 4; ++i) {
    Measurement& m = measurement(inputs, i);
    m.stationarity = Stationarity{};
    m.warm_up = {.iterations = 10, .steady = i > 0};
    m.outliers = i;
    m.late_starts = static_cast<int>(2 * i);
    m.wall = {.row = Seconds{2}, .warm_up = Seconds{0.5}, .timed = Seconds{1}};
  }
  measurement(inputs, 1).stationarity = {.stationary = false, .step_at = 4, .step_ratio = 0.5};
  measurement(inputs, 2).stationarity = {.stationary = false, .step_at = 4, .step_ratio = 1.5};
  // Twelve slow canaries, a fifth of sixty, make two states of the machine; in launch 2 they differ.
  for (std::size_t i = 24; i < 30; ++i) measurement(inputs, i).canary = {Seconds{3e-7}, Seconds{3e-7}};
  measurement(inputs, 2).canary->after = Seconds{3e-7};
  const Comparison c = compare(inputs);
  const MeasuredRow& row = c.measured[0];
  REQUIRE(row.launches == 6);
  const Conditions& k = row.conditions;
  REQUIRE((k.judged == 4 && k.non_stationary == 2 && k.steps_with_canary == 1));
  REQUIRE(k.largest_step == 0.5);  // twice as fast is more than half as slow again
  REQUIRE((k.warmed_up == 4 && k.not_steady == 1));
  REQUIRE((k.samples == 40 && k.outliers == 6));  // ten each; 0 + 1 + 2 + 3
  REQUIRE((k.together == 40 && k.late == 12));
  REQUIRE_THAT(k.wall.count(), WithinAbs(8, 1e-9));
  REQUIRE_THAT(k.outside.count(), WithinAbs(2, 1e-9));  // 2 - 1.5 each
  REQUIRE((c.measured[1].conditions.judged == 0 && c.measured[1].conditions.largest_step == 1));
}
