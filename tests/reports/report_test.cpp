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
#include "tests/reports/training_fixture.hpp"

namespace ringtrue {
namespace {

std::string golden(const std::string& name, const std::string& rendered) {
  const std::filesystem::path path = std::filesystem::path(RINGTRUE_SOURCE_DIR) / "tests/golden" / name;
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

TEST_CASE("a comparison with something for every section renders as the golden files") {
  const Comparison comparison = golden_comparison();
  for (const OutputFile& file : render(Json::object(), comparison, {ReportFormat::markdown, ReportFormat::csv}))
    CHECK(file.text == golden(file.name, file.text));
}

TEST_CASE("each rank count begins exactly one row of the whole report") {
  const std::string text = to_markdown(build_report(golden_comparison()));
  for (const std::string start : {"\n| 2 |", "\n| 4 |", "\n| 8 |"}) CHECK(occurrences(text, start) == 1);
}

TEST_CASE("several systems of one test bed share the row of their rank count, each named") {
  Comparison comparison = small_comparison();
  comparison.verdicts.clear();
  Aggregate other = comparison.aggregates[1];  // cluster at two ranks
  other.system_id = "host.h1.c4.block.sm";
  comparison.aggregates.push_back(other);
  const std::string text = to_markdown(build_report(comparison));
  CHECK(occurrences(text, "\n| 2 |") == 1);
  const std::string row = line_beginning(text, "| 2 |");
  CHECK(row.find("cluster on host.h1.c2.block.sm: 15.4 %") != std::string::npos);
  CHECK(row.find("cluster on host.h1.c4.block.sm: 15.4 %") != std::string::npos);
}

TEST_CASE("the row of a scale holds the judged error, the published ones and the verdict") {
  const std::string text = to_markdown(build_report(small_comparison()));
  // sqrt(1.1 x 1.21) - 1 = 15.4 %; nccl by scale is 1.05 and ASTRA-sim 1/1.25 times every published point.
  CHECK(line_beginning(text, "| 2 |") ==
        "| 2 | 15.4 % [12.0, 18.0] | +15.4 % | 2.00 % | 5.00 % | 25.0 % | 20.63% | PASS |");
  CHECK(line_beginning(text, "| 4 |") ==
        "| 4 | 25.0 % [20.0, 35.0] | -20.0 % | 20.0 % | - | - | 12.01% | INCONCLUSIVE |");
  CHECK(line_beginning(text, "| 8 |") == "| 8 | - | - | - | - | - | - | INCONCLUSIVE |");
}

TEST_CASE("the sections stand in their order") {
  std::vector<std::string> headings;
  for (const Section& section : build_report(golden_comparison()).sections) headings.push_back(section.heading);
  CHECK(headings == std::vector<std::string>{"Summary", "Per-scale accuracy", "All-Reduce",
                                             "Our ring against the library", "Data-parallel training",
                                             "Published reference", "Published ASTRA-sim runs, replicated",
                                             "How measuring went", "Key findings", "Limitations", "How to reproduce"});
}

TEST_CASE("an empty comparison renders and says that nothing was compared") {
  const std::string text = to_markdown(build_report(Comparison{}));
  CHECK(text.find("No budget was judged") != std::string::npos);
  CHECK(text.find("No All-Reduce was measured") != std::string::npos);
  CHECK(text.find("No published time was compared") != std::string::npos);
  CHECK(occurrences(text, "\n## ") == 8);
}

TEST_CASE("every table row is as long as its header") {
  for (const Table& table : tables_of(build_report(golden_comparison())))
    for (const std::vector<std::string>& row : table.rows) CHECK(row.size() == table.columns.size());
}

TEST_CASE("equal comparisons give equal bytes") {
  CHECK(to_markdown(build_report(golden_comparison())) == to_markdown(build_report(golden_comparison())));
}

TEST_CASE("algorithms stand beside each other, and where the model chooses another one is listed") {
  Comparison comparison = small_comparison();
  const auto time = [](Algorithm algorithm, Seconds measured, double ratio) {
    const CollectiveRun run{Collective::all_gather, algorithm, 64_KiB, DataType::float32, {}, true, {}, {}};
    return AlgorithmTime{{run, 4}, false, measured, {measured.count() * 0.9, measured.count() * 1.1}, ratio};
  };
  comparison.rankings = {{.model = "cluster",
                          .system_id = "host.h1.c2.block.sm",
                          .times = {time(Algorithm::ring, Seconds{1e-3}, 3), time(Algorithm::direct, Seconds{2e-3}, 1)},
                          .choice = 1,
                          .flips = true}};
  const std::string text = to_markdown(build_report(comparison));
  CHECK(occurrences(text, "## Collectives and algorithms") == 1);
  // Rows: scale, question, ring and direct with their errors, fastest, choice, agreement, loss.
  CHECK(line_beginning(text, "| p4 | 64 KiB, float32, in place |") ==
        "| p4 | 64 KiB, float32, in place | 1.000 ms (+200 %) | 2.000 ms (0.00 %) | ring | direct | NO | +100 % |");
  CHECK(occurrences(text, "ring is fastest (1.000 ms); cluster would choose direct, which takes 2.000 ms (+100 %)") ==
        1);
  // Three times too slow, and exact: the errors of both, by themselves.
  CHECK(line_beginning(text, "| cluster | host.h1.c2.block.sm | all_gather | ring |") ==
        "| cluster | host.h1.c2.block.sm | all_gather | ring | 1 | 200 % (+200 %) |");
  CHECK(line_beginning(text, "| cluster | host.h1.c2.block.sm | all_gather | direct |") ==
        "| cluster | host.h1.c2.block.sm | all_gather | direct | 1 | 0.00 % (0.00 %) |");
  CHECK(occurrences(to_markdown(build_report(small_comparison())), "## Collectives and algorithms") == 0);
}

}  // namespace ringtrue
