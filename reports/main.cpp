#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "experiment/error.hpp"
#include "reports/output.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app{"Renders a comparison written by ringtrue-validate as an accuracy report.", "ringtrue-report"};
  std::string in;
  std::string out_dir;
  std::string formats = "md,json,csv";
  app.add_option("--in", in, "comparison.json")->required();
  app.add_option("--out-dir", out_dir, "folder for accuracy.md, accuracy.json, accuracy.csv; created if missing")
      ->required();
  app.add_option("--formats", formats, "what to write, separated by commas")->capture_default_str();
  app.set_version_flag("--version", RINGTRUE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ringtrue::exit_fine : ringtrue::exit_could_not_run;
  }
  for (const auto& path : ringtrue::write_report(in, out_dir, ringtrue::parse_report_formats(formats)))
    fmt::print("{}\n", path.string());
  return ringtrue::exit_fine;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "ringtrue-report: {}\n", error.what());
    return ringtrue::exit_could_not_run;
  }
}
