#include "validate/import/command.hpp"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"
#include "validate/import/nccl_tests.hpp"
#include "validate/import/nccl_tests_words.hpp"
#include "validate/import/published_csv.hpp"

namespace ringtrue {
namespace {

NcclTestsOptions options_of(const NcclTestsCommand& command) {
  NcclTestsOptions options{
      .testbed = command.testbed, .fabric = command.fabric, .campaign = excerpt(command.campaign, 200)};
  if (!command.launch_mode.empty()) options.launch = parse_launch_mode(command.launch_mode, "--launch-mode");
  if (!command.collective.empty()) options.collective = collective_named(command.collective);
  if (!command.collective.empty() && !options.collective)
    options.collective = parse_collective(command.collective, "--collective");
  if (!command.algorithm.empty()) options.algorithm = parse_algorithm(command.algorithm, "--algorithm");
  if (!command.protocol.empty()) options.protocol = parse_protocol(command.protocol, "--protocol");
  return options;
}

/// A slip of the hand must not cost a log.
void refuse_overwriting(const std::string& file, const std::string& out) {
  std::error_code missing;
  if (std::filesystem::equivalent(file, out, missing))
    throw Error(fmt::format("--out {}: is the file that is read; give another name", out));
}

void warn_of_unverified(const ImportedRecords& imported) {
  const std::size_t records = imported.file.records.size();
  if (imported.unverified > 0)
    fmt::print(
        stderr,
        "ringtrue-validate: warning: {} of {} records were not verified ({} wrong, else #wrong is N/A): they are "
        "not scored and fail the gate; run nccl-tests with -c 1\n",
        imported.unverified, records, imported.wrong);
  if (imported.shown > 0)
    fmt::print(
        stderr,
        "ringtrue-validate: warning: {} of {} records are of what nccl-tests does not check (N/A in place beside "
        "a checked result): they are shown, not scored\n",
        imported.shown, records);
}

}  // namespace

int run_import(const NcclTestsCommand& command) {
  std::vector<NamedText> logs;
  for (const std::string& file : command.files) {
    refuse_overwriting(file, command.out);
    logs.push_back({.name = file, .text = read_text_file(file)});
  }
  const ImportedRecords imported = import_nccl_tests(logs, options_of(command));
  write_text_file(command.out, record_file_text(imported.file));
  for (const std::string& warning : imported.warnings) fmt::print(stderr, "ringtrue-validate: warning: {}\n", warning);
  fmt::print("{}: {} records of {} launches\n", command.out, imported.file.records.size(), logs.size());
  warn_of_unverified(imported);
  return imported.wrong > 0 ? exit_wrong_result : exit_fine;
}

int run_import(const PublishedCommand& command) {
  refuse_overwriting(command.file, command.out);
  const PublishedFile file = import_published_csv(read_text_file(command.file), command.file);
  write_text_file(command.out, published_text(file));
  fmt::print("{}: {} records; give it to ringtrue-validate --published\n", command.out, file.records.size());
  return exit_fine;
}

}  // namespace ringtrue
