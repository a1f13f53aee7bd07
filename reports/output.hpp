#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

enum class ReportFormat { markdown, json, csv };

/// Reads `md,json,csv`; a format named twice counts once. Throws Error that lists the known ones.
std::vector<ReportFormat> parse_report_formats(std::string_view list);

struct OutputFile {
  std::string name;  ///< Below the output folder, e.g. `accuracy.md`.
  std::string text;
};

/// Pure: equal inputs give equal bytes. `comparison_json` is what `comparison` was parsed from.
std::vector<OutputFile> render(const Json& comparison_json, const Comparison& comparison,
                               const std::vector<ReportFormat>& formats);

/// Reads a comparison, renders it, creates the folder if need be and writes the files. Returns their paths. Throws
/// Error.
std::vector<std::filesystem::path> write_report(const std::filesystem::path& comparison_file,
                                                const std::filesystem::path& out_dir,
                                                const std::vector<ReportFormat>& formats);

}  // namespace ringtrue
