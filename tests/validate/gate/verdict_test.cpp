#include "validate/gate/verdict.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/campaign.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

/// One measured scale with one aggregate whose log error lies in [lower, upper].
Comparison comparison_with(double lower, double upper) {
  Comparison c;
  MeasuredRow row;
  row.experiment = all_reduce(1_MiB, 2);
  row.system_id = host;
  c.measured.push_back(row);
  Aggregate a;
  a.model = "cluster";
  a.system_id = host;
  a.ranks = 2;
  a.rows = 4;
  a.launches = 6;
  a.log_error = (lower + upper) / 2;
  a.log_error_interval = {lower, upper};
  c.aggregates.push_back(a);
  return c;
}

Verdict decide_one(const Comparison& c) {
  const std::vector<Verdict> verdicts = decide(*campaign(1, 0.15).budgets, c);
  REQUIRE(verdicts.size() == 1);
  return verdicts.front();
}

}  // namespace

TEST_CASE("the interval decides, on both sides of the budget of 15 %") {
  REQUIRE(decide_one(comparison_with(0.10, 0.15)).outcome == Outcome::pass);
  REQUIRE(decide_one(comparison_with(0.10, 0.1501)).outcome == Outcome::inconclusive);
  REQUIRE(decide_one(comparison_with(0.15, 0.20)).outcome == Outcome::inconclusive);
  REQUIRE(decide_one(comparison_with(0.1501, 0.20)).outcome == Outcome::fail);
  REQUIRE_THAT(decide_one(comparison_with(0.10, 0.14)).reason,
               Contains("log error 12.0 % [10.0 %, 14.0 %] lies within the budget of 15.0 %"));
}

TEST_CASE("fewer than six launches decide nothing") {
  Comparison c = comparison_with(0.01, 0.02);
  c.aggregates[0].launches = 5;
  REQUIRE(decide_one(c).outcome == Outcome::inconclusive);
  REQUIRE_THAT(decide_one(c).reason, Contains("5 launches were measured, at least 6"));
}

TEST_CASE("a noise floor above half the budget decides nothing") {
  Comparison c = comparison_with(0.01, 0.02);
  c.aggregates[0].noise_floor = 0.075;
  REQUIRE(decide_one(c).outcome == Outcome::pass);
  c.aggregates[0].noise_floor = 0.0751;
  REQUIRE(decide_one(c).outcome == Outcome::inconclusive);
  REQUIRE_THAT(decide_one(c).reason, Contains("noise floor of 7.5 % exceeds half the budget"));
}

TEST_CASE("a noise floor hides no error that is beyond the budget by more than itself") {
  Comparison c = comparison_with(0.251, 0.40);
  c.aggregates[0].noise_floor = 0.1;
  REQUIRE(decide_one(c).outcome == Outcome::fail);
  REQUIRE_THAT(decide_one(c).reason, Contains("lies above the budget of 15.0 %"));
  c.aggregates[0].noise_floor = 0.102;
  REQUIRE(decide_one(c).outcome == Outcome::inconclusive);
}

TEST_CASE("fewer than four rows fail") {
  Comparison c = comparison_with(0.01, 0.02);
  c.aggregates[0].rows = 3;
  REQUIRE(decide_one(c).outcome == Outcome::fail);
  REQUIRE_THAT(decide_one(c).reason, Contains("3 rows are paired, at least 4"));
}

TEST_CASE("a failing unpaired row fails its own model and scale only") {
  Comparison c = comparison_with(0.01, 0.02);
  const std::string key = experiment_key(all_reduce(1_MiB, 2));
  c.unpaired = {{.origin = "measured", .model = "cluster", .experiment_key = key, .system_id = host, .fails = false}};
  REQUIRE(decide_one(c).outcome == Outcome::pass);
  c.unpaired[0].fails = true;
  REQUIRE(decide_one(c).outcome == Outcome::fail);
  c.unpaired[0].model = "alpha_beta";
  REQUIRE(decide_one(c).outcome == Outcome::pass);
  c.unpaired[0].model = "";  // void in itself: no model can be judged on it
  REQUIRE(decide_one(c).outcome == Outcome::fail);
  c.unpaired[0].experiment_key = experiment_key(all_reduce(1_MiB, 12));
  REQUIRE(decide_one(c).outcome == Outcome::pass);
}

TEST_CASE("an empty join and a scale that was not measured fail") {
  Comparison c = comparison_with(0.01, 0.02);
  c.aggregates.clear();
  REQUIRE_THAT(decide_one(c).reason, Contains("the join is empty"));
  REQUIRE(decide_one(c).outcome == Outcome::fail);
  c.measured.clear();
  REQUIRE_THAT(decide_one(c).reason, Contains("nothing scored was measured on host at 2 ranks"));
  REQUIRE(decide_one(c).outcome == Outcome::fail);
}
