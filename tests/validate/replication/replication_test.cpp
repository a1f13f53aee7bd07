#include "validate/replication/replication.hpp"

#include <unistd.h>

#include <filesystem>
#include <limits>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/replication/runs.hpp"

namespace ringtrue::testing {
namespace {

using Catch::Matchers::Contains;

/// Something in every list: a run that comes out, one that fails, a log and a correction.
Replication full() {
  ReplicatedRun failed = step("b", 8, 1);
  failed.printed = failed.result = {};
  failed.printed_failure = true;
  failed.error = "the trace of rank 4 is missing";
  Replication replication = replication_of({step("a", 8, 3000), failed}, {correction(16, 6000)});
  replication.runs[0].note = "noted";
  replication.not_runs.push_back({.name = "c", .printed_in = "may", .why = "a log"});
  return replication;
}

std::string message_of(const Json& json) {
  try {
    parse_replication(json, "r.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// The message after `value` was put into the first run at a pointer like /result/total.
std::string message_with(const std::string& pointer, const Json& value) {
  Json json = to_json(full());
  json[Json::json_pointer("/runs/0" + pointer)] = value;
  return message_of(json);
}

}  // namespace

TEST_CASE("a run is exact, fails as printed, or differs") {
  ReplicatedRun run = step("a", 8, 3000);
  CHECK(judge(run) == Replicated::exact);
  run.printed = {.total = run.result.total, .compute = {}, .communication = {}, .exposed = {}};
  CHECK(judge(run) == Replicated::exact);  // what was not printed is not compared
  for (const auto member : {&RunCycles::total, &RunCycles::compute, &RunCycles::communication, &RunCycles::exposed}) {
    run.printed = {};
    run.printed.*member = *(run.result.*member) + 1;
    CHECK(judge(run) == Replicated::differs);
  }
  run.printed = {};
  run.error = "no";
  CHECK(judge(run) == Replicated::differs);
  run.printed_failure = true;
  CHECK(judge(run) == Replicated::failed_as_printed);
  run.error = "";
  CHECK(judge(run) == Replicated::differs);
}

TEST_CASE("overhead is exposed communication over all time, and without the slip of units more") {
  ReplicatedRun run = step("a", 8, 3000);
  CHECK(overhead(run.result) == Approx(0.75));  // 3000 of 3000 + 1000
  CHECK(overhead_in_own_unit(run) == Approx(0.75));
  run.result.compute = 1'000'000;
  run.cycles_as_microseconds = true;
  CHECK(overhead(run.result) == Approx(3000 / 1'003'000.0));
  CHECK(overhead_in_own_unit(run) == Approx(0.75));
  CHECK(overhead({}) == 0);
  // The survey's runs on 4 and 8 NPUs: 0.13 % and 0.30 % as printed, 57.0 % and 75.1 % in the right unit.
  run.result = {.total = 1'096'768'270, .compute = 1'095'314'000, .communication = 1'454'270, .exposed = 1'454'270};
  CHECK(overhead(run.result) == Approx(0.001326).margin(1e-6));
  CHECK(overhead_in_own_unit(run) == Approx(0.570).margin(5e-4));
  run.result = {.total = 1'098'621'886, .compute = 1'095'314'000, .communication = 3'307'886, .exposed = 3'307'886};
  CHECK(overhead(run.result) == Approx(0.003011).margin(1e-6));
  CHECK(overhead_in_own_unit(run) == Approx(0.751).margin(5e-4));
}

TEST_CASE("cycles are told in groups of three") {
  CHECK(cycles_text({}) == "-");
  CHECK(cycles_text(0) == "0");
  CHECK(cycles_text(999) == "999");
  CHECK(cycles_text(1000) == "1,000");
  CHECK(cycles_text(1'098'621'886) == "1,098,621,886");
}

TEST_CASE("a correction is found by workload, NPUs and order, if it gave a result") {
  Replication replication = full();
  CHECK(correction_of(replication, "net", 16, "serial_chain") == &replication.corrections[0]);
  CHECK(correction_of(replication, "net", 16, "data_parallel") == nullptr);
  CHECK(correction_of(replication, "net", 8, "serial_chain") == nullptr);
  CHECK(correction_of(replication, "other", 16, "serial_chain") == nullptr);
  replication.corrections[0].error = "failed";
  CHECK(correction_of(replication, "net", 16, "serial_chain") == nullptr);
}

TEST_CASE("a replication survives writing and reading, byte by byte") {
  const std::string text = to_json(full()).dump(1);
  CHECK(to_json(parse_replication(parse_json(text, "r"), "r")).dump(1) == text);
}

TEST_CASE("unknown and missing keys are refused") {
  for (const std::string where :
       {"", "/runs/0", "/runs/0/printed", "/runs/1/result", "/not_runs/0", "/corrections/0"}) {
    Json json = to_json(full());
    json[Json::json_pointer(where + "/extra")] = 1;
    CHECK_THAT(message_of(json), Contains("r.json" + where + ": unknown key 'extra'"));
  }
  for (const char* key : {"name", "source", "runs", "not_runs", "corrected", "corrections"}) {
    Json json = to_json(full());
    json.erase(key);
    CHECK_THAT(message_of(json), Contains("'" + std::string(key) + "' is missing"));
  }
  for (const char* key : {"name", "printed_in", "what", "npus", "traces", "bandwidth_gib_per_s", "order",
                          "cycles_as_microseconds", "note", "printed", "result"}) {
    Json json = to_json(full());
    json["runs"][0].erase(key);
    CHECK_THAT(message_of(json), Contains("r.json/runs/0: the key '" + std::string(key) + "' is missing"));
  }
}

TEST_CASE("other types are refused") {
  CHECK_THAT(message_of(Json(7)), Contains("r.json"));
  for (const char* list : {"runs", "not_runs", "corrections"}) {
    Json json = to_json(full());
    json[list] = Json::object();
    CHECK_THAT(message_of(json), Contains(list) && Contains("a list"));
    json[list] = {7};
    CHECK_THAT(message_of(json), Contains("r.json/" + std::string(list) + "/0"));
  }
  CHECK_THAT(message_with("/name", 7), Contains("name") && Contains("a text"));
  CHECK_THAT(message_with("/cycles_as_microseconds", "no"), Contains("true or false"));
  CHECK_THAT(message_with("/printed", 7), Contains("printed"));
  CHECK_THAT(message_with("/printed/failed", 1), Contains("true or false"));
  CHECK_THAT(message_with("/result/total", 1.5), Contains("whole number"));
}

TEST_CASE("numbers beyond their range are refused") {
  for (const char* pointer : {"/npus", "/traces"})
    for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40})
      CHECK_THAT(message_with(pointer, value), Contains("from 1 to 1048576"));
  for (const char* pointer : {"/printed/total", "/result/total", "/result/exposed"}) {
    CHECK_THAT(message_with(pointer, -1), Contains("from 0 to"));
    CHECK_THAT(message_with(pointer, std::numeric_limits<std::uint64_t>::max()), Contains("from 0 to"));
    CHECK_THAT(message_with(pointer, std::numeric_limits<std::int64_t>::max()), Contains("from 0 to"));
  }
  CHECK_THAT(message_with("/bandwidth_gib_per_s", -1), Contains("from 0 to"));
  CHECK_THAT(message_with("/bandwidth_gib_per_s", 1e300), Contains("from 0 to"));
}

TEST_CASE("contradictions are refused") {
  CHECK_THAT(message_with("/order", "serial"), Contains("order") && Contains("serial_chain"));
  CHECK_THAT(message_with("/printed/failed", true), Contains("either a failure or cycles"));
  CHECK_THAT(message_with("/result", Json{{"error", ""}}), Contains("says why"));
  CHECK_THAT(message_with("/result", Json{{"error", "no"}, {"total", 1}}), Contains("unknown key 'total'"));
  CHECK_THAT(message_with("/result", Json::object()), Contains("'total' is missing"));
}

TEST_CASE("a file is read with its name and hash") {
  const auto path =
      std::filesystem::temp_directory_path() / ("ringtrue_replication_test." + std::to_string(getpid()) + ".json");
  const std::string text = to_json(full()).dump(1) + "\n";
  write_text_file(path, text);
  const ReplicationFile file = read_replication(path);
  std::filesystem::remove(path);
  CHECK(file.name == path.string());
  CHECK(file.hash == content_hash(text));
  CHECK(file.replication.runs.size() == 2);
  CHECK_THROWS_WITH(read_replication("/nowhere/r.json"), Contains("/nowhere/r.json"));
}

}  // namespace ringtrue::testing
