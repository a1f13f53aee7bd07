#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/markdown.hpp"
#include "reports/report.hpp"
#include "reports/section/limitations.hpp"
#include "reports/section/sections.hpp"
#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

constexpr const char* model = "smpi-3.32";

/// The fixture, and SMPI beside its model: 17 rows in 3.4 s where ours takes 17 ms.
Comparison with_smpi() {
  Comparison c = small_comparison();
  for (const Aggregate& a : small_comparison().aggregates) {
    if (a.model != "cluster") continue;
    Aggregate smpi = a;
    smpi.model = model;
    smpi.log_error = 0.5;
    smpi.log_error_interval = {0.5, 0.5};
    smpi.bias = -0.25;
    c.aggregates.push_back(smpi);
  }
  c.model_contexts[model] = {{"model_kind", {{model, "smpi"}}},
                             {"fitted_on", 12},
                             {"speed",
                              {{{"ranks", 2},
                                {"rows", 17},
                                {"simulation_s", 3.4},
                                {"start_up_s", 0.25},
                                {"own_model", "cluster"},
                                {"own_s", 0.017}}}}};
  return c;
}

Table table_of(const Section& section) { return std::get<Table>(section.blocks.back()); }

TEST_CASE("an external simulator stands beside the judged model, with the wall time of both") {
  REQUIRE(has_external(with_smpi()));
  const Table table = table_of(external_section(with_smpi()));
  REQUIRE(table.columns[6].name == "cluster's log error [95 %]");
  REQUIRE(table.rows.size() == 2);
  const std::vector<std::string>& row = table.rows[0];
  REQUIRE(row[0] == "p2");
  REQUIRE(row[1] == "external: smpi-3.32");
  REQUIRE(row[4] == "50.0 %");
  REQUIRE(row[5] == "-25.0 %");
  REQUIRE(row[6] == "15.4 % [12.0, 18.0]");  // sqrt(1.1 x 1.21) - 1, see the fixture
  // 3.4 s / 17 = 200 ms and 17 ms / 17 = 1 ms a row: 200 times.
  REQUIRE(std::vector(row.begin() + 7, row.end()) ==
          std::vector<std::string>{"17", "200.0 ms", "250.0 ms", "1.000 ms", "200 x"});
  REQUIRE(std::vector(table.rows[1].begin() + 7, table.rows[1].end()) == std::vector<std::string>(5, "-"));
}

TEST_CASE("a context whose speed is something else says nothing and breaks nothing") {
  Comparison c = with_smpi();
  for (const Json& speed : {Json("fast"), Json{1, 2}, Json::array()}) {
    c.model_contexts[model]["speed"] = speed;
    REQUIRE_FALSE(has_external(c));
  }
  c.model_contexts[model]["speed"] = Json::array({Json{{"ranks", "two"}, {"own_s", nullptr}}});
  REQUIRE(table_of(external_section(c)).rows.size() == 2);
}

TEST_CASE("the report has the section only if there is an external simulator, and says what it leaves out") {
  const auto sections = [](const Comparison& c) {
    std::vector<std::string> headings;
    for (const Section& section : build_report(c).sections) headings.push_back(section.heading);
    return headings;
  };
  const std::string heading = "External simulators";
  REQUIRE(std::ranges::count(sections(with_smpi()), heading) == 1);
  REQUIRE(std::ranges::count(sections(small_comparison()), heading) == 0);
  const auto about_smpi = [](const Comparison& c) {
    return std::ranges::count(limitations_of(c), "smpi-parameters", &Finding::rule);
  };
  REQUIRE(about_smpi(with_smpi()) == 1);
  REQUIRE(about_smpi(small_comparison()) == 0);
}

}  // namespace
}  // namespace ringtrue
