#include "validate/comparison.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"
#include "tests/validate/replication/runs.hpp"
#include "validate/summary_text.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

/// A comparison with something in every list.
Comparison full() {
  Inputs inputs = campaign(1.1);
  for (int launch = 0; launch < 6; ++launch) {
    Record library = measured(all_reduce(1_MiB, 2, Algorithm::library), launch, 1);
    std::get<Measurement>(library.result).purpose = Purpose::show;
    inputs.measured[0].records.push_back(library);
  }
  inputs.simulated[0].records.push_back(simulated(all_reduce(1024_MiB, 2), 1e-9));
  ReplicatedRun run = step("a", 8, 3000);
  run.traces = 16;
  inputs.replicated.push_back({.name = "r.json", .hash = "1", .replication = replication_of({run})});
  Comparison c = compare(inputs);
  c.scalars.push_back({.name = "n", .ranks = 2, .value = 0.2063, .as_printed = "20.63 %", .source = "s"});
  c.warnings.emplace_back("w");
  c.undecided.push_back({.model = "cluster", .testbed = "cluster", .ranks = 4, .log_error = 0.25});
  return c;
}

std::string message_of(const Json& json) {
  try {
    parse_comparison(json, "c.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a comparison survives writing and reading, byte by byte") {
  const Comparison c = full();
  REQUIRE_FALSE(c.pairs.empty());
  REQUIRE_FALSE(c.ring_ratios.empty());
  REQUIRE_FALSE(c.unpaired.empty());
  REQUIRE_FALSE(c.lints.empty());
  REQUIRE_FALSE(c.undecided.empty());
  const std::string text = to_json(c).dump(1);
  REQUIRE(to_json(parse_comparison(parse_json(text, "c.json"), "c.json")).dump(1) == text);
}

TEST_CASE("lints of replicated runs stand in the list of lints, each about its replication") {
  const Comparison c = full();
  REQUIRE(c.replications.size() == 1);
  REQUIRE(c.inputs.back().role == "budgets");
  REQUIRE(c.inputs[c.inputs.size() - 2].role == "replicated");
  std::vector<std::string> rules;
  for (const Lint& lint : c.lints)
    if (lint.about == "survey") rules.push_back(lint.rule);
  REQUIRE(rules == std::vector<std::string>{"more-traces-than-npus", "no-overlap"});
  // On the terminal they would drown what is said of this campaign.
  REQUIRE_THAT(summary_text(c), Contains("replicated    survey: 1 of 1 runs as printed") && !Contains("no-overlap"));
}

TEST_CASE("a comparison of before there were replications has none") {
  Json json = to_json(full());
  json.erase("replications");
  for (Json& lint : json["lints"]) lint.erase("about");
  const Comparison c = parse_comparison(json, "c.json");
  REQUIRE(c.replications.empty());
  for (const Lint& lint : c.lints) REQUIRE(lint.about.empty());
}

TEST_CASE("reading is strict") {
  const Json good = to_json(full());
  Json json = good;
  json["extra"] = 1;
  REQUIRE_THAT(message_of(json), Contains("unknown key 'extra'"));
  json = good;
  json.erase("pairs");
  REQUIRE_THAT(message_of(json), Contains("'pairs' is missing"));
  json = good;
  json["pairs"][0]["rato"] = 1;
  REQUIRE_THAT(message_of(json), Contains("c.json/pairs/0") && Contains("unknown key 'rato'"));
  json = good;
  json["replications"][0]["runs"][0]["npus"] = 0;
  REQUIRE_THAT(message_of(json), Contains("c.json/replications/0/runs/0") && Contains("npus"));
  json = good;
  json["replications"] = Json::object();
  REQUIRE_THAT(message_of(json), Contains("replications") && Contains("a list"));
  json = good;
  json["outcome"] = "FAIL";
  REQUIRE_THAT(message_of(json), Contains("PASS, which follows from the verdicts"));
  json = good;
  json["aggregates"][0]["log_error_interval"] = {1};
  REQUIRE_THAT(message_of(json), Contains("two numbers, lower and upper"));
  json = good;
  json["verdicts"][0]["outcome"] = "MAYBE";
  REQUIRE_THAT(message_of(json), Contains("PASS or FAIL or INCONCLUSIVE"));
}

TEST_CASE("the outcome of a comparison: failing rows, then failing verdicts, then inconclusive ones") {
  Comparison c;
  REQUIRE(c.outcome() == Outcome::pass);
  c.verdicts.resize(2);
  c.verdicts[0].outcome = Outcome::pass;
  c.verdicts[1].outcome = Outcome::inconclusive;
  REQUIRE(c.outcome() == Outcome::inconclusive);
  c.verdicts[0].outcome = Outcome::fail;
  REQUIRE(c.outcome() == Outcome::fail);
  c.verdicts.clear();
  c.unpaired.resize(1);
  REQUIRE(c.outcome() == Outcome::pass);
  c.unpaired[0].fails = true;
  REQUIRE(c.outcome() == Outcome::fail);
}

TEST_CASE("a comparison of before there were scales has decided every budget") {
  Json json = to_json(full());
  json.erase("undecided");
  REQUIRE(parse_comparison(json, "c.json").undecided.empty());
}

TEST_CASE("a comparison of before conditions were recorded is read") {
  Json json = to_json(full());
  for (Json& row : json["measured"]) row.erase("conditions");
  const Comparison c = parse_comparison(json, "c.json");
  REQUIRE(c.measured.size() == json["measured"].size());
  REQUIRE(c.measured[0].conditions.judged == 0);
}
