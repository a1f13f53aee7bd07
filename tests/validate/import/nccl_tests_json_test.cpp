#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/import/logs.hpp"
#include "validate/import/nccl_tests.hpp"
#include "validate/import/nccl_tests_run.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

/// As -J writes it: two processes of two GPUs each, of which the first is listed; every number is invented.
const std::string json_log = R"({"version":2,"start_time":"2026-01-01 12:00:00",
 "args":["build/reduce_scatter_perf","-g","2"],"env":["HOME=/root","SECRET=1","NCCL_ALGO=Ring","NCCL_PROTO=Simple"],
 "nccl_version":22902,"config":{"nthreads":1,"ngpus":2,"minimum_bytes":64,"maximum_bytes":64,"step_factor":2,
 "warmup_iters":5,"iterations":20,"aggregated_iterations":1,"validation":1,"graph":0,"blocking_collectives":"false",
 "devices":[{"rank":0,"group":0,"pid":5,"hostname":"node-a","device":0,"device_hex":"0000:04:00","device_info":"GPU A"},
 {"rank":2,"group":0,"pid":6,"hostname":"node-b","device":0,"device_hex":"0000:04:00","device_info":"GPU A"}]},
 "results":[{"size":64,"count":4,"type":"float","redop":"sum","root":"    -1",
  "out_of_place":{"time":30.25,"alg_bw":0.1,"bus_bw":0.1,"nwrong":0.0},
  "in_place":{"time":31.25,"alg_bw":0.1,"bus_bw":0.1,"nwrong":null},
  "actual_iterations":17,"experiment_name":"x"}],
 "out_of_bounds":{"count":0,"okay":"true"},"average_bus_bandwidth":{"bandwidth":0.1,"okay":"unchecked"},
 "errors":[],"end_time":"2026-01-01 12:00:09"})";

std::string json_complaint(const std::string& text) {
  return complaint([&] { read_nccl_tests_json(text, "x.json"); });
}

ImportedRecords imported_json(const std::string& text) {
  const std::vector<NamedText> logs{{.name = "x.json", .text = text}};
  return import_nccl_tests(logs, {});
}

}  // namespace

TEST_CASE("the JSON of nccl-tests") {
  const NcclTestsLog log = read_nccl_tests_json(json_log, "x.json");
  REQUIRE((log.runs.size() == 1 && log.warnings.empty()));
  const NcclTestsRun& run = log.runs[0];
  CHECK((run.program == "reduce_scatter_perf" && run.nccl_version == "2.29.2" && run.settings.at("iters") == 20));
  REQUIRE((run.devices.size() == 2 && run.rows.size() == 1));
  CHECK((run.devices[1].rank == 2 && run.devices[1].host == "node-b"));
  const PrintedRow& row = run.rows[0];
  CHECK((row.size == 64_B && row.root == -1 && row.iterations == 17 && row.where == "x.json/results/0"));
  CHECK_THAT(row.out_of_place->time.count(), WithinRel(30.25e-6, 1e-12));
  CHECK((row.out_of_place->wrong == 0.0 && !row.in_place->wrong));
}

TEST_CASE("records of JSON: ranks of all processes, forced algorithm and protocol, no secrets") {
  const ImportedRecords imported = imported_json(json_log);
  REQUIRE(imported.file.records.size() == 2);
  const Record& record = imported.file.records[0];
  // Two processes of two GPUs are four ranks; one process a node is one_process.
  CHECK(experiment_key(record.experiment) == "reduce_scatter.ring.64B.float32.sum.out_of_place.simple.p4");
  CHECK(record.system_id == "gpu.h2.unknown.one_process");
  CHECK(std::get<Measurement>(record.result).time.n == 17);
  const std::string context = imported.file.contexts.at(0).dump();
  CHECK_THAT(context, Contains("NCCL_PROTO") && !Contains("SECRET"));
}

TEST_CASE("JSON of a run that was cut short") {
  const std::string closed = with(json_log, R"( "errors":[],"end_time":"2026-01-01 12:00:09"})", R"("errors":[]})");
  CHECK_THAT(read_nccl_tests_json(closed, "x.json").warnings.at(0), Contains("cut short; its 1 rows are taken"));
  CHECK_THAT(json_complaint(json_log.substr(0, 900)), Contains("give the text that it printed instead"));
}

TEST_CASE("JSON that is not of nccl-tests, or of an unknown version, is refused") {
  CHECK_THAT(json_complaint("{}"), Contains("x.json: the key 'version' is missing"));
  CHECK_THAT(json_complaint(with(json_log, "\"version\":2", "\"version\":9")), Contains("'version' is 9"));
  CHECK_THAT(json_complaint(with(json_log, "\"time\":30.25", "\"cpu_time\":30.25")), Contains("-C 1"));
  CHECK_THAT(json_complaint(with(json_log, "30.25", "\"nan\"")),
             Contains("x.json/results/0/out_of_place/time: '\"nan\"' found as time"));
  CHECK_THAT(json_complaint(with(json_log, "30.25", "-1")), Contains("'-1' found as time"));
  CHECK_THAT(json_complaint(with(json_log, "\"group\":0", "\"group\":3")), Contains("NCCL_TESTS_SPLIT"));
  CHECK_THAT(json_complaint(with(json_log, "\"nwrong\":0.0", "\"nwrong\":-2")), Contains("'nwrong' is -2"));
}

TEST_CASE("a time that is not the mean of ranks is refused") {
  const std::string longest = with(json_log, "\"-g\",\"2\"", GENERATE("\"-a\",\"3\"", "\"-a3\"", "\"--average=3\""));
  CHECK_THAT(complaint([&] { imported_json(longest); }), Contains("run with -a 3"));
}
