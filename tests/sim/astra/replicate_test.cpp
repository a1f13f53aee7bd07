// The numbers are those that the survey printed (sources in sim/astra/replications/ml_perf_survey.json), and, of runs
// it did not do, those of ASTRA-sim itself (master of 2026-03, commit 518bd51).
#include "sim/astra/replicate.hpp"

#include <unistd.h>

#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"

namespace ringtrue::astra {
namespace {

using Catch::Matchers::Contains;

const std::filesystem::path folder = std::filesystem::path(RINGTRUE_SOURCE_DIR) / "sim/astra/replications";

const Json& survey() {
  static const Json json = parse_json(replicate(folder / "ml_perf_survey.json"), "survey");
  return json;
}

const Json& named(const char* list, const std::string& name) {
  for (const Json& run : survey()[list])
    if (run["name"] == name) return run;
  throw std::out_of_range(name);
}

const Json& result_of(const std::string& name) { return named("runs", name)["result"]; }
const Json& corrected(const std::string& name) { return named("corrections", name)["result"]; }

void check(const Json& result, std::uint64_t total, std::uint64_t communication, std::uint64_t compute) {
  INFO(result.dump());
  CHECK(result["total"] == total);
  CHECK(result["communication"] == communication);
  CHECK(result["exposed"] == communication);
  CHECK(result["compute"] == compute);
}

/// A replication file of one run in a folder of its own, beside the workload of the survey.
class Scratch {
 public:
  Scratch() {
    std::filesystem::create_directory(path_);
    std::filesystem::copy_file(folder / "resnet50_data_parallel.txt", path_ / "resnet50_data_parallel.txt");
    const Json text = read_json_file(folder / "ml_perf_survey.json");
    file = {{"name", "n"}, {"source", "s"}, {"corrected", "c"}, {"system", text["system"]}};
    file["networks"] = text["networks"];
    file["runs"] = {{{"name", "r"},
                     {"network", "HGX-H100-validated.yml"},
                     {"traces", 8},
                     {"collective", "all_reduce"},
                     {"bytes", 1048576}}};
    file["corrections"] = Json::array();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  void use_workload(const std::string& order, bool cycles_as_microseconds) {
    Json& run = file["runs"][0];
    run.erase("collective");
    run.erase("bytes");
    run["workload"] = "resnet50_data_parallel.txt";
    run["order"] = order;
    run["cycles_as_microseconds"] = cycles_as_microseconds;
  }

  Json replicated() const {
    write_text_file(path_ / "r.json", file.dump());
    return parse_json(replicate(path_ / "r.json"), "r");
  }

  std::string error() const {
    try {
      replicated();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  Json file;

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("ringtrue_replicate_test." + std::to_string(getpid()));
};

}  // namespace

TEST_CASE("whatever the survey printed comes out, and what failed fails") {
  REQUIRE(survey()["runs"].size() == 17);
  for (const Json& run : survey()["runs"]) {
    INFO(run.dump());
    REQUIRE_FALSE(run["printed"].empty());
    if (run["printed"].contains("failed"))
      CHECK(run["result"].contains("error"));
    else
      for (const auto& [key, cycles] : run["printed"].items()) CHECK(run["result"][key] == cycles);
  }
}

TEST_CASE("the micro-benchmarks, 1 MiB on 8 NPUs") {
  check(result_of("1 microbench_all_reduce_8npus"), 57'426, 57'426, 0);
  check(result_of("2 microbench_all_reduce_8npus_1MB"), 57'426, 57'426, 0);
  check(result_of("microbench all_reduce"), 57'426, 57'426, 0);
  check(result_of("microbench all_gather"), 44'058, 44'058, 0);
  check(result_of("microbench reduce_scatter"), 28'950, 28'950, 0);
  check(result_of("microbench all_to_all"), 114'000, 114'000, 0);
}

TEST_CASE("ResNet-50 at 2, 4 and 8 GPUs") {
  // Columns 3, 6 and 9 of the layer table: 380,038 + 377,463 + 337,813 = 1,095,314, read as microseconds.
  constexpr std::uint64_t compute = 1'095'314'000;
  check(result_of("resnet50_hgx-h100_2npus"), 1'095'888'289, 574'289, compute);
  for (const char* name : {"7 resnet50_hgx_h100_4gpu_4npus", "resnet50_hgx-h100_4npus"})
    check(result_of(name), 1'096'768'270, 1'454'270, compute);
  for (const char* name : {"4 resnet50_hgx-h100-validated_8npus", "5 resnet50_hgx-h100-validated_16npus",
                           "8 resnet50_hgx_h100_8gpu_8npus", "resnet50_hgx-h100-validated_8npus"})
    check(result_of(name), 1'098'621'886, 3'307'886, compute);
}

TEST_CASE("the four failures name their cause") {
  for (const char* name : {"3 microbench_all_reduce_4npus_1MB", "6 resnet50_hgx-h100-validated_4npus"})
    CHECK_THAT(result_of(name)["error"].get<std::string>(),
               Contains("traces of 4 ranks for a network of 8 NPUs") && Contains("the trace of rank 4 is missing"));
  for (const char* name : {"9 resnet50_hgx_h100_16gpu_8npus", "10 resnet50_hgx_h100_32gpu_8npus"})
    CHECK_THAT(result_of(name)["error"].get<std::string>(),
               Contains("2 dimensions") && Contains("only support 1-dim topology"));
}

TEST_CASE("the eleventh is no run") {
  REQUIRE(survey()["not_runs"].size() == 1);
  CHECK(survey()["not_runs"][0]["name"] == "11 resnet50_full");
}

TEST_CASE("what should have been printed: one bandwidth, real NPUs, compute in ns") {
  constexpr std::uint64_t compute = 1'095'314;
  check(corrected("ResNet-50 on 4 NPUs"), 1'625'120 + compute, 1'625'120, compute);
  check(corrected("ResNet-50 on 8 NPUs"), 3'307'886 + compute, 3'307'886, compute);
  // With the x1000 ASTRA-sim says 1,101,900,559 = 1,095,314,000 + 6,586,559.
  check(corrected("ResNet-50 on 16 NPUs"), 6'586'559 + compute, 6'586'559, compute);
  check(corrected("ResNet-50 on 32 NPUs"), 13'102'085 + compute, 13'102'085, compute);
  check(corrected("ResNet-50 on 64 NPUs"), 26'107'420 + compute, 26'107'420, compute);
}

TEST_CASE("overlap hides communication, and none is lost") {
  for (const int npus : {2, 4, 8, 16, 32, 64}) {
    const std::string name = "ResNet-50 on " + std::to_string(npus) + " NPUs";
    const Json& serial = corrected(name);
    const Json& overlapped = corrected(name + ", gradients overlapped");
    CHECK(overlapped["communication"] == serial["communication"]);
    CHECK(overlapped["exposed"] < serial["exposed"]);
    // The first layer's input gradient, 12,864 cycles, is of no use and left out.
    CHECK(overlapped["compute"] == serial["compute"].get<std::uint64_t>() - 12'864);
  }
}

TEST_CASE("the order and unit of Chakra's converter give what ASTRA-sim gives on its traces") {
  Scratch scratch;
  scratch.use_workload("data_parallel", true);
  // chakra_converter Text --num-passes 1: total, exposed, busy, GPU.
  const Json eight = scratch.replicated()["runs"][0]["result"];
  CHECK(eight["total"] == 1'082'502'830);
  CHECK(eight["exposed"] == 52'830);
  CHECK(eight["communication"] == 3'307'886);
  CHECK(eight["compute"] == 1'082'450'000);
  scratch.file["runs"][0]["network"] = "hgx_h100_4gpu.yml";
  const Json four = scratch.replicated()["runs"][0]["result"];
  CHECK(four["total"] == 1'082'472'678);
  CHECK(four["exposed"] == 22'678);
  CHECK(four["communication"] == 1'454'270);
}

TEST_CASE("a file may leave out what a run does not have") {
  const Json json = Scratch().replicated();
  CHECK(json["runs"][0]["result"]["total"] == 57'426);
  CHECK(json["runs"][0]["printed"] == Json::object());
  CHECK(json["runs"][0]["order"] == "");
  CHECK(json["not_runs"] == Json::array());
}

TEST_CASE("a malformed file is an error that says where") {
  Scratch scratch;
  const Json good = scratch.file;
  const auto error_with = [&](const std::string& key, const Json& value) {
    scratch.file = good;
    scratch.file["runs"][0][key] = value;
    return scratch.error();
  };
  CHECK_THAT(error_with("trace", 8), Contains("r.json/runs/0") && Contains("unknown key 'trace'"));
  CHECK_THAT(error_with("network", "hgx"), Contains("'hgx'") || Contains("\"hgx\""));
  CHECK_THAT(error_with("network", "hgx"), Contains("one of the file's networks") && Contains("hgx_h100_2gpu.yml"));
  CHECK_THAT(error_with("traces", 0), Contains("traces") && Contains("from 1"));
  CHECK_THAT(error_with("traces", 1e30), Contains("traces"));
  CHECK_THAT(error_with("bytes", -1), Contains("bytes") && Contains("from 1"));
  CHECK_THAT(error_with("collective", "all"), Contains("all") && Contains("all_reduce"));
  CHECK_THAT(error_with("name", 7), Contains("name") && Contains("a text"));
  CHECK_THAT(error_with("collective", nullptr), Contains("bytes") || Contains("workload"));
}

TEST_CASE("a malformed workload or setting is an error that says where") {
  Scratch scratch;
  scratch.use_workload("serial", false);
  CHECK_THAT(scratch.error(), Contains("order") && Contains("serial_chain or data_parallel"));
  scratch.use_workload("serial_chain", false);
  scratch.file["runs"][0]["workload"] = "nowhere.txt";
  CHECK_THAT(scratch.error(), Contains("nowhere.txt"));
  scratch.file["runs"] = 1;
  CHECK_THAT(scratch.error(), Contains("runs") && Contains("a list of runs"));
  scratch.file["runs"] = Json::array();
  scratch.file["networks"] = Json::array();
  CHECK_THAT(scratch.error(), Contains("networks") && Contains("by name"));
  scratch.file["networks"] = {{"n", {{"topology", {"Mesh"}}}}};
  CHECK_THAT(scratch.error(), Contains("networks/n"));
  scratch.file.erase("networks");
  CHECK_THAT(scratch.error(), Contains("'networks' is missing"));
  CHECK_THROWS_WITH(replicate("/nowhere/r.json"), Contains("/nowhere/r.json"));
}

}  // namespace ringtrue::astra
