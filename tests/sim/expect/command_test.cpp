#include "sim/expect/command.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

const Roots source_tree{RINGTRUE_SOURCE_DIR};

Request gibibyte() {
  Request request;
  request.platform = "hgx-h100";
  request.collective = "all_reduce";
  request.bytes = "1GiB";
  request.gpus = 8;
  return request;
}

Json json_answer(Request request) {
  request.json = true;
  return parse_json(run(request, source_tree), "answer");
}

TEST_CASE("1 GiB on a node of H100: NVLS, its published times, and how far the model is from those not fitted") {
  const std::string text = run(gibibyte(), source_tree);
  CHECK_THAT(text, Contains("nvls/simple") && Contains("ring/simple") && Contains("dgxc-benchmarking"));
  CHECK_THAT(text, Contains("held-out error") && Contains("busbw") && Contains("extrapolated  no"));
  CHECK_THAT(text, !Contains("measured "));
}

TEST_CASE("--json says the same in one object") {
  Request request = gibibyte();
  request.measured = "4.03ms";
  const Json json = json_answer(request);
  CHECK(json["call"]["bytes"] == 1 << 30);
  CHECK(json["call"]["launch_mode"].is_null());
  CHECK(json["expected"]["choice"]["algorithm"] == "nvls");
  const double time = json["expected"]["time_s"];
  CHECK_THAT(double(json["expected"]["busbw_bytes_per_s"]), WithinRel((1 << 30) * 1.75 / time, 1e-12));
  double parts = 0;
  for (const auto& [name, part] : json["expected"]["parts"].items()) parts += double(part);
  CHECK_THAT(parts, WithinRel(time, 1e-9));
  CHECK(json["published"]["same_size"] == true);
  CHECK(json["published"]["rows"].size() == 3);
  CHECK(json["published"]["alike"] == 2);
  CHECK(json["measured"]["verdict"] == "normal");
  CHECK(json["measured"]["fits"].empty());
}

TEST_CASE("what ring takes is recognised as NVLS that is off") {
  Request request = gibibyte();
  request.algorithm = "ring";
  const double ring = json_answer(request)["expected"]["time_s"];
  request.algorithm.clear();
  request.measured = std::to_string(ring * 1e3) + "ms";
  const Json measured = json_answer(request)["measured"];
  CHECK(measured["verdict"] == "slower than expected");
  CHECK(measured["fits"].front()["id"] == "nvls_off");
  CHECK_THAT(run(request, source_tree), Contains("slower than expected") && Contains("NVLS is off"));
}

TEST_CASE("outside of what was fitted it says so, and why") {
  Request request = gibibyte();
  request.bytes = "64GiB";
  CHECK_THAT(run(request, source_tree), Contains("extrapolated  yes: 64 GiB; fitted on"));
  request.bytes = "1GiB";
  request.gpus = 16;
  request.nodes = 2;
  CHECK_THAT(run(request, source_tree), Contains("extrapolated  yes: nvls between nodes"));
}

TEST_CASE("no published times: nothing is made up") {
  Request request = gibibyte();
  const Roots without{"/nowhere"};
  request.platform = RINGTRUE_SOURCE_DIR "/sim/platforms/hgx_h100.json";
  CHECK_THAT(run(request, without),
             Contains("nothing was held out, 10.0 % assumed") && Contains("published     nothing"));
}

TEST_CASE("bad input is one clear message") {
  const auto refuses = [](auto change, const std::string& says) {
    Request request = gibibyte();
    change(request);
    CHECK_THROWS_WITH(run(request, source_tree), Contains(says));
  };
  refuses([](Request& r) { r.platform = "dgx-b200"; }, "there are: hgx-h100");
  refuses([](Request& r) { r.collective = "allreduce"; }, "allowed: all_reduce");
  refuses([](Request& r) { r.bytes = "1G"; }, "'G' is not a unit");
  refuses([](Request& r) { r.bytes = "0B"; }, "at least 1 byte");
  refuses([](Request& r) { r.bytes = ""; }, "expect needs --collective, --gpus and --bytes");
  refuses([](Request& r) { r.gpus = 9; }, "9 GPUs; 2 to 8 are known");
  refuses([](Request& r) { r.gpus = -1; }, "--gpus -1");
  refuses([](Request& r) { r.nodes = 9; }, "9 nodes; the platform knows at most 8");
  refuses([](Request& r) { r.nodes = -2; }, "--nodes -2");
  refuses([](Request& r) { r.algorithm = "star"; }, "'star' is not a known algorithm");
  refuses([](Request& r) { r.algorithm = "direct"; }, "NCCL has no direct");
  refuses([](Request& r) { r.protocol = "tcp"; }, "'tcp' is not a known protocol");
  refuses([](Request& r) { r.launch_mode = "mpi"; }, "'mpi' is not a launch mode");
  refuses([](Request& r) { r.measured = "4.6"; }, "no unit");
  refuses([](Request& r) { r.references = {"/nowhere.json"}; }, "/nowhere.json");
  refuses([](Request& r) { r.platform = "hpe-v100"; }, "force one, for instance --algorithm ring");
  refuses([](Request& r) { r.log = "x.jsonl"; }, "--collective and --log");
}

}  // namespace
}  // namespace ringtrue::expect
