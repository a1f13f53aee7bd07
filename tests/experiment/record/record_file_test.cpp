#include "experiment/record/record_file.hpp"

#include <unistd.h>

#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;

namespace {

/// A folder of its own for each test, removed at the end.
struct Folder {
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path file(const std::string& text) const {
    std::ofstream(path / "r.jsonl", std::ios::binary) << text;
    return path / "r.jsonl";
  }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ringtrue_record_file_test." + std::to_string(getpid()));
};

Record simulated(std::int64_t bytes) {
  Record record{.experiment = {PingPong{{bytes}, 1, 10}, 2},
                .system_id = "host.h1.c2.block.sm",
                .source = "cluster",
                .campaign = "",
                .launch = 0,
                .result = {}};
  record.result = Simulation{.time = Seconds{1e-6}, .replicates = {}, .state = "", .extrapolated = false};
  return record;
}

const std::string context = "{\"schema\":1,\"context\":{\"command\":\"test\"}}\n";

}  // namespace

TEST_CASE("what a writer appends, a reader finds, and a second writer goes on") {
  const Folder folder;
  const auto path = folder.path / "new.jsonl";
  {
    RecordWriter writer(path);
    writer.append(context_line({{"command", "test"}}));
    writer.append(record_line(simulated(8)));
    REQUIRE(read_record_file(path).records.size() == 1);  // flushed: readable while the writer is open
  }
  RecordWriter(path).append(record_line(simulated(16)));
  const RecordFile file = read_record_file(path);
  REQUIRE(file.records.size() == 2);
  REQUIRE(record_id(file.records[1]) == record_id(simulated(16)));
  REQUIRE(file.contexts.size() == 1);
  REQUIRE(file.contexts[0].at("command") == "test");
  REQUIRE(file.warnings.empty());
  REQUIRE(file.hash == content_hash(read_text_file(path)));
}

TEST_CASE("each launch adds a context, empty lines do not matter") {
  const Folder folder;
  const RecordFile file =
      read_record_file(folder.file(context + record_line(simulated(8)) + "\n" + context + record_line(simulated(16))));
  REQUIRE((file.contexts.size() == 2 && file.records.size() == 2));
}

TEST_CASE("the torn last line of a killed run is left out with a warning, and cut off before writing on") {
  const Folder folder;
  const auto path = folder.file(context + record_line(simulated(8)) + "{\"experiment\":{\"cal");
  const RecordFile torn = read_record_file(path);
  REQUIRE(torn.records.size() == 1);
  REQUIRE(torn.warnings.size() == 1);
  REQUIRE_THAT(torn.warnings[0], Contains("r.jsonl:3: the last line is torn"));
  RecordWriter(path).append(record_line(simulated(16)));
  const RecordFile whole = read_record_file(path);
  REQUIRE((whole.records.size() == 2 && whole.warnings.empty()));
}

TEST_CASE("the examples in SCHEMA.md are read, and written back byte for byte") {
  const std::string page = read_text_file(RINGTRUE_SOURCE_DIR "/experiment/record/SCHEMA.md");
  const std::size_t begin = page.find("```jsonl\n") + 9;
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  const Folder folder;
  const RecordFile file = read_record_file(folder.file(example));
  REQUIRE(file.records.size() == 3);
  std::string written = context_line(file.contexts.at(0));
  for (const Record& record : file.records) written += record_line(record);
  REQUIRE(written == example);
  REQUIRE_THAT(page, Contains(experiment_key(file.records[0].experiment)));
}

TEST_CASE("what is wrong with a file is said with its line") {
  const Folder folder;
  const auto refused = [&](const std::string& text, const std::string& why) {
    REQUIRE_THROWS_WITH(read_record_file(folder.file(text)), Contains("r.jsonl") && Contains(why));
  };
  const std::string record = record_line(simulated(8));
  refused(context + record + record, "r.jsonl:3: the record simulated|cluster|ping_pong.8B");
  refused(context + record + record, "stands twice; remove one");
  refused("{\"schema\":2,\"context\":{}}\n", "r.jsonl:1: record schema 2 found, 1 expected");
  refused("{\"schema\":1,\"context\":[]}\n", "'context' must be an object");
  refused("{\"context\":{}}\n", "the key 'schema' is missing");
  refused(record, "r.jsonl:1: the first line must be a context such as {\"schema\": 1, \"context\": {}}");
  refused("", "holds no context line");
  refused(context + "{\"experiment\":\n" + record, "r.jsonl:2: not valid JSON");
  refused(context + "[]\n", "r.jsonl:2: expected an object");
  REQUIRE_THROWS_WITH(read_record_file(folder.path / "none.jsonl"), Contains("none.jsonl: cannot be read"));
}

TEST_CASE("a full disk and a missing folder are clear errors") {
  const Folder folder;
  REQUIRE_THROWS_WITH(RecordWriter("/dev/full").append(context),
                      Contains("/dev/full: cannot be written (No space left on device)") && Contains("--resume"));
  REQUIRE_THROWS_WITH(RecordWriter(folder.path / "none" / "r.jsonl"),
                      Contains("cannot be opened for writing (No such file"));
}
