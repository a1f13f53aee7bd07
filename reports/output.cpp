#include "reports/output.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "reports/csv.hpp"
#include "reports/data_tables.hpp"
#include "reports/format.hpp"
#include "reports/json.hpp"
#include "reports/markdown.hpp"
#include "reports/report.hpp"
#include "reports/section/sections.hpp"
#include "reports/training_data.hpp"

namespace ringtrue {
namespace {

struct NamedFormat {
  std::string_view name;
  ReportFormat format;
};
constexpr std::array known_formats{NamedFormat{"md", ReportFormat::markdown}, NamedFormat{"json", ReportFormat::json},
                                   NamedFormat{"csv", ReportFormat::csv}};

ReportFormat parse_format(std::string_view name) {
  std::string known;
  for (const NamedFormat& candidate : known_formats) {
    if (candidate.name == name) return candidate.format;
    known += (known.empty() ? "" : ", ") + std::string(candidate.name);
  }
  throw Error(fmt::format("--formats: '{}' is not a known format; known: {}; separate several by commas",
                          printable(shorten(name, 40)), known));
}

std::vector<OutputFile> csv_files(const Comparison& comparison) {
  std::vector<OutputFile> files{{"accuracy.csv", to_csv(pair_table(comparison))},
                                {"accuracy_measured.csv", to_csv(measured_table(comparison))}};
  if (!has_training(comparison)) return files;
  files.push_back({"accuracy_training.csv", to_csv(training_table(comparison))});
  files.push_back({"accuracy_phases.csv", to_csv(phase_table(comparison))});
  return files;
}

std::vector<OutputFile> files_of(const Json& json, const Comparison& comparison, ReportFormat format) {
  switch (format) {
    case ReportFormat::markdown: return {{"accuracy.md", to_markdown(build_report(comparison))}};
    case ReportFormat::json: return {{"accuracy.json", to_report_json(json, comparison)}};
    case ReportFormat::csv: return csv_files(comparison);
  }
  throw std::logic_error("files_of: not a format");
}

void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!std::filesystem::is_directory(folder))
    throw Error(fmt::format("--out-dir: {} cannot be created ({}); name a folder that you may write", folder.string(),
                            error ? error.message() : "a file of that name is in the way"));
}

}  // namespace

std::vector<ReportFormat> parse_report_formats(std::string_view list) {
  std::vector<ReportFormat> formats;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const ReportFormat format = parse_format(list.substr(start, end - start));
    if (std::ranges::find(formats, format) == formats.end()) formats.push_back(format);
    start = end + 1;
  }
  return formats;
}

std::vector<OutputFile> render(const Json& comparison_json, const Comparison& comparison,
                               const std::vector<ReportFormat>& formats) {
  std::vector<OutputFile> files;
  for (const ReportFormat format : formats)
    for (OutputFile& file : files_of(comparison_json, comparison, format)) files.push_back(std::move(file));
  return files;
}

std::vector<std::filesystem::path> write_report(const std::filesystem::path& comparison_file,
                                                const std::filesystem::path& out_dir,
                                                const std::vector<ReportFormat>& formats) {
  const Json json = read_json_file(comparison_file);
  const Comparison comparison = parse_comparison(json, comparison_file.string());
  const std::vector<OutputFile> files = render(json, comparison, formats);
  create_folder(out_dir);
  std::vector<std::filesystem::path> paths;
  for (const OutputFile& file : files) {
    paths.push_back(out_dir / file.name);
    write_text_file(paths.back(), file.text);
  }
  return paths;
}

}  // namespace ringtrue
