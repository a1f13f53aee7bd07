#include "reports/output.hpp"

#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

std::string message_of(const std::string& list) {
  try {
    parse_report_formats(list);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::filesystem::path fresh_folder(const std::string& name) {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("ringtrue_output_test_" + name);
  std::filesystem::remove_all(folder);
  return folder;
}

}  // namespace

TEST_CASE("formats are read in the order given, each once") {
  CHECK(parse_report_formats("csv,md,csv") == std::vector{ReportFormat::csv, ReportFormat::markdown});
}

TEST_CASE("an unknown format is refused with the known ones") {
  CHECK(message_of("md,pdf") ==
        "--formats: 'pdf' is not a known format; known: md, json, csv; separate several by commas");
  CHECK(message_of("").find("'' is not a known format") != std::string::npos);
  CHECK(message_of("md,").find("'' is not a known format") != std::string::npos);
}

TEST_CASE("each format names its files") {
  std::vector<std::string> names;
  for (const OutputFile& file :
       render(Json::object(), small_comparison(), {ReportFormat::markdown, ReportFormat::json, ReportFormat::csv}))
    names.push_back(file.name);
  CHECK(names == std::vector<std::string>{"accuracy.md", "accuracy.json", "accuracy.csv", "accuracy_measured.csv"});
}

TEST_CASE("the JSON report holds the comparison as it was read, and what is derived from it") {
  const Json read = {{"z", 0.1}, {"a", {1, 2}}};
  const std::vector<OutputFile> files = render(read, small_comparison(), {ReportFormat::json});
  const Json report = Json::parse(files.front().text);
  CHECK(report["comparison"].dump() == read.dump());
  CHECK(report["outcome"] == "INCONCLUSIVE");  // one budget passes, two are undecided
  CHECK(report["findings"].size() > 0);
  CHECK(report["limitations"][0].contains("rule"));
}

TEST_CASE("a report is written into a new folder and is the same when written again") {
  const std::filesystem::path folder = fresh_folder("new");
  const std::filesystem::path in = std::filesystem::temp_directory_path() / "ringtrue_output_test_comparison.json";
  write_text_file(in, to_json(small_comparison()).dump());
  const auto paths = write_report(in, folder / "a", parse_report_formats("md,json,csv"));
  REQUIRE(paths.size() == 4);
  write_report(in, folder / "b", parse_report_formats("md,json,csv"));
  for (const auto& path : paths) CHECK(read_text_file(path) == read_text_file(folder / "b" / path.filename()));
  CHECK(read_text_file(folder / "a" / "accuracy.md") ==
        render(Json::object(), small_comparison(), {ReportFormat::markdown}).front().text);
  std::filesystem::remove_all(folder);
  std::filesystem::remove(in);
}

TEST_CASE("a folder that cannot be created is an error that names it") {
  const std::filesystem::path file = fresh_folder("file");
  const std::filesystem::path in = std::filesystem::temp_directory_path() / "ringtrue_output_test_in_the_way.json";
  write_text_file(file, "in the way");
  write_text_file(in, to_json(small_comparison()).dump());
  CHECK_THROWS_WITH(write_report(in, file, {ReportFormat::csv}),
                    Catch::Contains("--out-dir: " + file.string()) && Catch::Contains("name a folder"));
  std::filesystem::remove(file);
  std::filesystem::remove(in);
}

TEST_CASE("a comparison that does not exist is an error that names it") {
  CHECK_THROWS_WITH(write_report("/nonexistent/comparison.json", "/nonexistent/out", {ReportFormat::csv}),
                    Catch::Contains("/nonexistent/comparison.json"));
}

}  // namespace ringtrue
