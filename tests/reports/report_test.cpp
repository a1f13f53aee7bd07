// Golden files: set RINGTRUE_UPDATE_GOLDEN=1 to write what is rendered now over tests/golden/, then review the
// difference.
#include "reports/report.hpp"

#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/markdown.hpp"
#include "reports/output.hpp"
#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

std::string golden(const std::string& name, const std::string& rendered) {
  const std::filesystem::path path = std::filesystem::path(RINGTRUE_GOLDEN_DIR) / name;
  const char* update = std::getenv("RINGTRUE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") write_text_file(path, rendered);
  return read_text_file(path);
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<Table> tables_of(const Report& report) {
  std::vector<Table> tables;
  for (const Section& section : report.sections)
    for (const Block& block : section.blocks)
      if (const Table* table = std::get_if<Table>(&block)) tables.push_back(*table);
  return tables;
}

/// A line of the text that begins so; empty if none does.
std::string line_beginning(const std::string& text, const std::string& start) {
  const std::size_t at = text.find("\n" + start);
  return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

}  // namespace

TEST_CASE("the small comparison renders as the golden files") {
  const Comparison comparison = small_comparison();
  for (const OutputFile& file : render(Json::object(), comparison, {ReportFormat::markdown, ReportFormat::csv}))
    CHECK(file.text == golden(file.name, file.text));
}

TEST_CASE("each rank count begins exactly one row of the whole report") {
  const std::string text = to_markdown(build_report(small_comparison()));
  for (const std::string start : {"\n| 2 |", "\n| 4 |", "\n| 8 |"}) CHECK(occurrences(text, start) == 1);
}

TEST_CASE("several systems share the row of their rank count, each named") {
  Comparison comparison = small_comparison();
  comparison.verdicts.clear();
  Aggregate other = comparison.aggregates[1];  // cluster at two ranks
  other.system_id = "cluster.h2.c2.block.tcp";
  comparison.aggregates.push_back(other);
  const std::string text = to_markdown(build_report(comparison));
  CHECK(occurrences(text, "\n| 2 |") == 1);
  const std::string row = line_beginning(text, "| 2 |");
  CHECK(row.find("cluster on host.h1.c2.block.sm: 15.4 %") != std::string::npos);
  CHECK(row.find("cluster on cluster.h2.c2.block.tcp: 15.4 %") != std::string::npos);
}

TEST_CASE("the row of a scale holds the judged error, the published ones and the verdict") {
  const std::string text = to_markdown(build_report(small_comparison()));
  // sqrt(1.1 x 1.21) - 1 = 15.4 %; hgx-h100 is 1.05 and ASTRA-sim 1/1.25 times every published point.
  CHECK(line_beginning(text, "| 2 |") ==
        "| 2 | 15.4 % [12.0, 18.0] | +15.4 % | 2.00 % | 5.00 % | 25.0 % | 20.63% | PASS |");
  CHECK(line_beginning(text, "| 4 |") ==
        "| 4 | 25.0 % [20.0, 35.0] | -20.0 % | 20.0 % | - | - | 12.01% | INCONCLUSIVE |");
  CHECK(line_beginning(text, "| 8 |") == "| 8 | - | - | - | - | - | - | INCONCLUSIVE |");
}

TEST_CASE("the sections stand in their order") {
  std::vector<std::string> headings;
  for (const Section& section : build_report(small_comparison()).sections) headings.push_back(section.heading);
  CHECK(headings == std::vector<std::string>{"Summary", "Per-scale accuracy", "All-Reduce",
                                             "Our ring against the library", "Published reference",
                                             "Published ASTRA-sim runs, replicated", "Key findings", "Limitations",
                                             "How to reproduce"});
}

TEST_CASE("an empty comparison renders and says that nothing was compared") {
  const std::string text = to_markdown(build_report(Comparison{}));
  CHECK(text.find("No budget was judged") != std::string::npos);
  CHECK(text.find("No All-Reduce was measured") != std::string::npos);
  CHECK(text.find("No published time was compared") != std::string::npos);
  CHECK(occurrences(text, "\n## ") == 8);
}

TEST_CASE("every table row is as long as its header") {
  for (const Table& table : tables_of(build_report(small_comparison())))
    for (const std::vector<std::string>& row : table.rows) CHECK(row.size() == table.columns.size());
}

TEST_CASE("equal comparisons give equal bytes") {
  CHECK(to_markdown(build_report(small_comparison())) == to_markdown(build_report(small_comparison())));
}

}  // namespace ringtrue
