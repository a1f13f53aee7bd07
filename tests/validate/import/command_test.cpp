#include "validate/import/command.hpp"

#include <unistd.h>

#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/record/published_file.hpp"
#include "experiment/record/record_file.hpp"
#include "tests/validate/import/logs.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

/// A folder that is gone after the test.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ringtrue_import_command." + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name, const std::string& text) const {
    write_text_file(path / name, text);
    return (path / name).string();
  }
};

}  // namespace

TEST_CASE("import nccl-tests writes records, and a wrong result is exit code 3 after writing") {
  const Folder folder;
  const std::string out = (folder.path / "measured.jsonl").string();
  NcclTestsCommand command{.files = {folder.file("a.log", whole_log), folder.file("b.log", whole_log)}, .out = out};
  command.launch_mode = "process_per_gpu";
  command.algorithm = "ring";
  command.protocol = "simple";
  CHECK(run_import(command) == exit_fine);
  CHECK(read_record_file(out).records.size() == 8);
  command.files[1] = folder.file("b.log", with(whole_log, "      0  ", "      3  "));
  CHECK(run_import(command) == exit_wrong_result);
  const RecordFile written = read_record_file(out);
  CHECK((written.records.size() == 8 && !std::get<Measurement>(written.records[4].result).verified));
  CHECK(written.records[4].system_id == "gpu.h1.unknown.process_per_gpu");
}

TEST_CASE("words that were mistyped, and an --out that would overwrite the log, are refused") {
  const Folder folder;
  const std::string log = folder.file("a.log", whole_log);
  const auto refused = [&](NcclTestsCommand command) {
    command.files = {log};
    if (command.out.empty()) command.out = (folder.path / "measured.jsonl").string();
    return complaint([&] { run_import(command); });
  };
  CHECK_THAT(refused({.out = log}), Contains("is the file that is read"));
  CHECK_THAT(refused({.launch_mode = "threads"}), Contains("--launch-mode: 'threads' is not a launch mode"));
  CHECK_THAT(refused({.collective = "reduce"}), Contains("--collective") && Contains("'reduce'"));
  CHECK_THAT(refused({.algorithm = "rings"}), Contains("--algorithm"));
  CHECK_THAT(refused({.protocol = "LL"}), Contains("--protocol"));
  CHECK(!std::filesystem::exists(folder.path / "measured.jsonl"));
}

TEST_CASE("import published writes what --published reads") {
  const Folder folder;
  const std::string table = folder.file("t.csv",
                                        "# source: s\n# url: u\n# licence: l\n# system: x\n# nccl_version: v\n"
                                        "# launch_mode: m\n# how_read: h\n# sigma: 0\n# testbed: t\n# fabric: f\n"
                                        "# nodes: 1\n# gpus: 2\n# collective: all_reduce\n# algorithm: library\n"
                                        "size,time\n8,1.5\n");
  const std::string out = (folder.path / "t.json").string();
  CHECK(run_import(PublishedCommand{.file = table, .out = out}) == exit_fine);
  CHECK(read_published(out).records.size() == 1);
  CHECK_THAT(complaint([&] { run_import(PublishedCommand{.file = table, .out = table}); }), Contains("--out"));
}
