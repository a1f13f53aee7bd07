#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/markdown.hpp"
#include "reports/report.hpp"
#include "reports/section/sections.hpp"
#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

constexpr const char* less_turns = "cluster without turns";

/// The fixture, and its model without turns: 30 points off more at two ranks, one point at four.
Comparison with_ablation() {
  Comparison c = small_comparison();
  for (const Aggregate& a : small_comparison().aggregates) {
    if (a.model != "cluster" || a.published || a.regime != Regime::all) continue;
    Aggregate less = a;
    less.model = less_turns;
    less.log_error += a.ranks == 2 ? 0.3 : 0.01;
    c.aggregates.push_back(less);
  }
  c.model_contexts[less_turns] = {{"ablation", {{less_turns, "turns cost nothing"}}}};
  return c;
}

TEST_CASE("a mechanism's worth is the change of the error; within the noise floor there is none") {
  REQUIRE(has_ablation(with_ablation()));
  const Table table = std::get<Table>(ablation_section(with_ablation()).blocks.back());
  REQUIRE(table.columns[1].name == "host p2");
  REQUIRE(table.rows.size() == 2);
  REQUIRE(table.rows[1][0] == "turns cost nothing");
  REQUIRE(table.rows[0][1] == "15.4 %");  // sqrt(1.1 x 1.21) - 1, see the fixture
  REQUIRE(table.rows[1][1] == "45.4 % (+30.0 %)");
  REQUIRE(table.rows[1][2].find("(the same)") != std::string::npos);
}

TEST_CASE("the model without a mechanism stands in the appendix and nowhere else") {
  const auto text = [](const Comparison& c) { return to_markdown(build_report(c)); };
  const std::string with = text(with_ablation()), without = text(small_comparison());
  REQUIRE_FALSE(has_ablation(small_comparison()));
  REQUIRE(without.find("Appendix") == std::string::npos);
  REQUIRE(with.substr(0, without.size()) == without);
}

}  // namespace
}  // namespace ringtrue
