#include "validate/gate/budgets.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Matchers::Contains;

namespace {

std::string message_of(const std::string& text) {
  try {
    parse_budgets(text, "budgets.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

const std::string one = R"({"model": "cluster", "testbed": "host", "ranks": 2, "log_error": 0.15})";

}  // namespace

TEST_CASE("a budgets file with and without its settings") {
  const Budgets plain = parse_budgets(R"({"budgets": [)" + one + "]}", "budgets.json");
  REQUIRE(plain.seed == 1);
  REQUIRE(plain.least_launches == 6);
  REQUIRE(plain.least_rows == 4);
  REQUIRE(plain.budgets.size() == 1);
  REQUIRE(plain.budgets[0].log_error == 0.15);
  const Budgets set = parse_budgets(
      R"({"seed": 9, "least_launches": 7, "least_rows": 5, "geomean_epsilon": 0.01, "budgets": [)" + one + "]}",
      "budgets.json");
  REQUIRE(set.seed == 9);
  REQUIRE(set.least_launches == 7);
  REQUIRE(set.least_rows == 5);
  REQUIRE(set.geomean_epsilon == 0.01);
}

TEST_CASE("a budget may be of training, beside one of collectives") {
  const std::string training =
      R"({"model": "cluster", "testbed": "host", "ranks": 2, "regime": "training", "log_error": 0.08})";
  const Budgets both =
      parse_budgets(R"({"least_training_rows": 2, "budgets": [)" + one + "," + training + "]}", "budgets.json");
  REQUIRE(both.least_training_rows == 2);
  REQUIRE(both.budgets[0].regime == Regime::all);
  REQUIRE(both.budgets[1].regime == Regime::training);
  REQUIRE_THAT(
      message_of(R"({"budgets": [{"model": "m", "testbed": "h", "ranks": 2, "regime": "latency", "log_error": 1}]})"),
      Contains("all or training"));
}

TEST_CASE("a budget covers the systems of its test bed, not those whose name only begins alike") {
  const Budget budget{.model = "cluster", .testbed = "host", .ranks = 2, .log_error = 0.1};
  REQUIRE(covers(budget, "host.h1.c2.block.sm"));
  REQUIRE_FALSE(covers(budget, "hostess.h1.c2.block.sm"));
  REQUIRE_FALSE(covers(budget, "cluster.h4.c2.block.tcp"));
}

TEST_CASE("what a budgets file may not say") {
  REQUIRE_THAT(message_of(R"({"budgets": []})"), Contains("at least one budget"));
  REQUIRE_THAT(message_of(R"({"budgets": [)" + one + "," + one + "]}"), Contains("has two budgets; keep one"));
  REQUIRE_THAT(message_of(R"({"budget": []})"), Contains("'budgets' is missing"));
  REQUIRE_THAT(message_of(R"({"sead": 1, "budgets": [)" + one + "]}"), Contains("did you mean 'seed'"));
  REQUIRE_THAT(message_of(R"({"budgets": [{"model": "m", "testbed": "host", "ranks": 2, "log_error": -1}]})"),
               Contains("'log_error' is -1"));
}
