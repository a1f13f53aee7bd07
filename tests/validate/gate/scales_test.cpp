#include "validate/gate/scales.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"
#include "validate/summary_text.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

TestbedScales parse(const std::vector<std::string>& words) { return parse_scales(words); }

std::string refusal_of(const std::string& word) {
  try {
    parse({word});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// Measured at 2 ranks on the host, with budgets there at 2 and 8 and on the cluster at 4.
Inputs three_budgets() {
  Inputs inputs = campaign(1.1);
  inputs.budgets->budgets.push_back({.model = "cluster", .testbed = "host", .ranks = 8, .log_error = 0.3});
  inputs.budgets->budgets.push_back({.model = "cluster", .testbed = "cluster", .ranks = 4, .log_error = 0.25});
  return inputs;
}

}  // namespace

TEST_CASE("scales are read, a word for each test bed") {
  REQUIRE(parse({"host=2,4,8", "cluster=16"}) == TestbedScales{{"cluster", 16}, {"host", 2}, {"host", 4}, {"host", 8}});
  REQUIRE(parse({"host=2", "host=2,4"}) == TestbedScales{{"host", 2}, {"host", 4}});
  for (const char* word :
       {"", "host", "host=", "=2", "host=2,", "host=,2", "host=two", "host=0", "host=-2", "host=2 4"})
    REQUIRE_THAT(refusal_of(word), Contains("'" + std::string(word) + "'") && Contains("write them as host=2,4,8"));
}

TEST_CASE("without scales a budget that nothing was measured for fails") {
  const Comparison c = compare(three_budgets());
  REQUIRE(c.undecided.empty());
  REQUIRE(c.verdicts.size() == 3);
  REQUIRE(c.outcome() == Outcome::fail);
}

TEST_CASE("budgets of scales that were not asked for are listed, not decided") {
  Inputs inputs = three_budgets();
  inputs.scales = parse({"host=2"});
  const Comparison c = compare(inputs);
  REQUIRE(c.outcome() == Outcome::pass);
  REQUIRE(c.verdicts.size() == 1);
  REQUIRE(c.undecided.size() == 2);
  REQUIRE((c.undecided[0].testbed == "host" && c.undecided[0].ranks == 8));
  REQUIRE((c.undecided[1].testbed == "cluster" && c.undecided[1].ranks == 4 && c.undecided[1].log_error == 0.25));
  REQUIRE_THAT(summary_text(c),
               Contains("not decided   cluster on cluster at 4 ranks: neither asked for nor measured"));
}

TEST_CASE("a scale that was asked for and not measured fails") {
  Inputs inputs = three_budgets();
  inputs.scales = parse({"host=2,8"});
  const Comparison c = compare(inputs);
  REQUIRE(c.undecided.size() == 1);
  REQUIRE(c.outcome() == Outcome::fail);
}

TEST_CASE("what was measured is judged, whether it was asked for or not") {
  Inputs inputs = campaign(1.3);
  inputs.budgets->budgets.push_back({.model = "cluster", .testbed = "host", .ranks = 8, .log_error = 0.3});
  inputs.scales = parse({"host=8"});
  REQUIRE(compare(inputs).verdicts.size() == 2);
  inputs.scales = TestbedScales{};
  const Comparison c = compare(inputs);
  REQUIRE(c.verdicts.size() == 1);
  REQUIRE(c.verdicts[0].outcome == Outcome::fail);
}

TEST_CASE("budgets of which none is decided leave the outcome open") {
  Inputs inputs = campaign(1.1);
  inputs.budgets->budgets = {{.model = "cluster", .testbed = "mine", .ranks = 2, .log_error = 0.1}};
  inputs.scales = parse({"host=2"});  // measured, without a budget
  const Comparison c = compare(inputs);
  REQUIRE(c.verdicts.empty());
  REQUIRE(c.outcome() == Outcome::inconclusive);
  REQUIRE_THAT(summary_text(c), Contains("INCONCLUSIVE"));
}

TEST_CASE("a scale of which there is neither a budget nor a measurement is a slip of the pen") {
  Inputs inputs = three_budgets();
  inputs.scales = parse({"host=2", "clutser=4"});
  REQUIRE_THROWS_WITH(compare(inputs), Contains("--scales clutser=4: there is neither a budget nor a measurement"));
}
