#include "validate/comparison.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"

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
  Comparison c = compare(inputs);
  c.scalars.push_back({.name = "n", .ranks = 2, .value = 0.2063, .as_printed = "20.63 %", .source = "s"});
  c.warnings.emplace_back("w");
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
  const std::string text = to_json(c).dump(1);
  REQUIRE(to_json(parse_comparison(parse_json(text, "c.json"), "c.json")).dump(1) == text);
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
