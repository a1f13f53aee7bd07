// `ringtrue-sim expect --log`: from records to the line of each row and what explains them.
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"
#include "sim/expect/command.hpp"
#include "tests/sim/expect/round_platform.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::Contains;
using testing::all_reduce;
using testing::round_machine;

/// A folder with the round platform, and logs.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("ringtrue_expect_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
    Platform platform = testing::round_platform();
    for (nccl::Parameter& parameter : std::get<nccl::Machine>(platform.machine).parameters.all())
      parameter.value = parameter.prior = std::max(parameter.value, 1e-9);  // a file refuses 0
    write_text_file(path_ / "round.json", platform_file_text({platform}));
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  Request log(const std::vector<Record>& records) const {
    RecordFile file;
    file.contexts = {Json::object()};
    file.records = records;
    write_text_file(path_ / "log.jsonl", record_file_text(file));
    Request request;
    request.platform = path_ / "round.json";
    request.log = path_ / "log.jsonl";
    return request;
  }

 private:
  std::filesystem::path path_;
};

Record measured(const nccl::Call& call, Seconds time, const std::string& system = "round.h1.nvswitch.process_per_gpu") {
  Record record = testing::published(call, time).record;
  record.system_id = system;
  record.source = "nccl-tests";
  record.campaign = "mine";
  Measurement m;
  m.time = {.n = 20, .min = time, .q1 = time, .median = time, .q3 = time, .max = time};
  m.clock = Clock::mean_of_ranks;  // as the importer of nccl-tests has it: no canary
  m.verified = true;
  record.result = m;
  return record;
}

/// As one process would launch, though the log says a process a GPU.
std::vector<Record> launched_by_one() {
  std::vector<Record> records;
  for (const Bytes size : {1_KiB, 16_KiB, 64_MiB, 1024_MiB}) {
    nccl::Call call = all_reduce(size);
    call.launch = LaunchMode::one_process;
    records.push_back(measured(all_reduce(size), modelled_time(call, round_machine())));
  }
  return records;
}

TEST_CASE("a log: each row judged, then what explains them") {
  const Folder folder;
  Request request = folder.log(launched_by_one());
  const std::string text = run(request, {});
  CHECK_THAT(text, Contains("1 GiB") && Contains("normal") && Contains("slower than expected"));
  CHECK_THAT(text, Contains("2 of 4 rows are not normal"));
  CHECK_THAT(text, Contains("explains 2 rows of 1 KiB to 16 KiB: one process drives all GPUs of a node"));
  request.json = true;
  const Json json = parse_json(run(request, {}), "answer");
  REQUIRE(json["rows"].size() == 4);
  CHECK(json["rows"][0]["verdict"] == "slower than expected");
  CHECK(json["rows"][3]["verdict"] == "normal");
  CHECK(json["rows"][3]["launch_mode"] == "process_per_gpu");
  CHECK(json["causes"].front()["id"] == "one_process");
  CHECK(json["causes"].front()["explained"] == 2);
  CHECK(json["causes"].front()["most_bytes"] == 16 << 10);
}

TEST_CASE("rows that the platform does not know are left out, and named") {
  const Folder folder;
  std::vector<Record> records = launched_by_one();
  records.push_back(measured(all_reduce(1_MiB), Seconds{1}, "other.h1.nvlink"));
  const std::string text = run(folder.log(records), {});
  CHECK_THAT(text, Contains("left out: all_reduce.library.1048576B") && Contains("it ran on other.h1.nvlink"));
  CHECK_THROWS_WITH(run(folder.log({records.back()}), {}),
                    Contains("nothing to compare") && Contains("stands for round.h1.nvswitch"));
  CHECK_THROWS_WITH(run(folder.log({}), {}), Contains("it holds no record"));
}

TEST_CASE("a normal log needs no causes; a missing one is an error") {
  const Folder folder;
  const nccl::Call call = all_reduce(64_MiB);
  const std::string text = run(folder.log({measured(call, modelled_time(call, round_machine()))}), {});
  CHECK_THAT(text, Contains("0 of 1 rows are not normal") && !Contains("explain"));
  Request request = folder.log({});
  request.log = "/nowhere.jsonl";
  CHECK_THROWS_AS(run(request, {}), Error);
}

}  // namespace
}  // namespace ringtrue::expect
