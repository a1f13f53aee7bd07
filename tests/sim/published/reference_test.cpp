#include "sim/published/reference.hpp"

#include <filesystem>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/sim/published/references.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

/// A file of records in the temporary folder, for as long as it lives.
class RecordsOnDisk {
 public:
  RecordsOnDisk(const std::string& name, std::vector<Record> records)
      : path_(std::filesystem::temp_directory_path() / ("ringtrue_reference_test_" + name)) {
    RecordFile file;
    file.contexts = {Json{{"tool", "test"}}};
    file.records = std::move(records);
    write_text_file(path_, record_file_text(file));
  }
  ~RecordsOnDisk() { std::filesystem::remove(path_); }
  RecordsOnDisk(const RecordsOnDisk&) = delete;
  RecordsOnDisk& operator=(const RecordsOnDisk&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST_CASE("rows that a platform was fitted on are left out of what it predicts") {
  const std::vector<Reference> references = two_sources();
  PlatformFile file = quick_platform();
  REQUIRE(simulate_references(references, {file}).records.size() == references.size());
  file.platforms.front().fitted_on = {record_id(references[0].record), record_id(references[5].record)};
  const RecordFile simulated = simulate_references(references, {file});
  REQUIRE(simulated.records.size() == references.size() - 2);
  for (const Record& record : simulated.records) {
    CHECK(record.experiment != references[0].record.experiment);
    CHECK_FALSE(asked_by(record, {references[5]}).size() == 1);
  }
  REQUIRE(simulated.contexts.front()["fitted_on"].size() == 2);
  for (const Reference& reference : references) file.platforms.front().fitted_on.push_back(record_id(reference.record));
  REQUIRE_THROWS_WITH(simulate_references(references, {file}), Contains("were fitted on all they know"));
}

TEST_CASE("references are published or measured, never predicted") {
  const std::string folder = shipped_path("validate/published/astra_hgx_h100/");
  const std::vector<Reference> hardware = read_references({folder + "astra_sim.json", folder + "hardware.json"});
  REQUIRE(hardware.size() == 18);
  REQUIRE(hardware.front().source == "ASTRA-sim documentation, validation against an HGX-H100 node");
  REQUIRE_THROWS_WITH(read_references({folder + "astra_sim.json"}), Contains("hold no reference"));
  REQUIRE_THROWS_WITH(read_references({}), Contains("hold no reference"));
  REQUIRE_THROWS_WITH(read_references({"/nowhere/p.json"}), Contains("/nowhere/p.json"));

  Record record = two_sources().front().record;
  Measurement m;
  m.clock = Clock::mean_of_ranks;  // as nccl-tests prints it
  const Seconds t{1e-3};
  m.time = {.n = 5, .min = t, .q1 = t, .median = t, .q3 = t, .max = t};
  record.source = "nccl-tests 2.18.3";
  record.result = m;
  const RecordsOnDisk measured("measured.jsonl", {record});
  REQUIRE(read_references({measured.path()}).size() == 1);
  REQUIRE(read_references({measured.path()}).front().source == "nccl-tests 2.18.3");
  record.result = Simulation{.time = t, .replicates = {}, .state = ""};
  const RecordsOnDisk simulated("simulated.jsonl", {record});
  REQUIRE_THROWS_WITH(read_references({simulated.path()}),
                      Contains(simulated.path()) && Contains("give measured records"));
}

TEST_CASE("rows that no platform predicts are counted by the reason") {
  std::vector<Reference> references = two_sources();
  const PlatformFile file = quick_platform();
  REQUIRE(refusals(references, {file}).empty());
  references.push_back(references.front());
  references.back().record.system_id = "hgx-h100.h3.ib8x400Gbps";
  references.push_back(references.front());
  std::get<CollectiveRun>(references.back().record.experiment.workload).algorithm = Algorithm::halving_doubling;
  const std::map<std::string, int> reasons = refusals(references, {file});
  REQUIRE(reasons.size() == 2);
  REQUIRE(reasons.at("no platform of kind nccl stands for hgx-h100.h3.ib8x400Gbps") == 1);
  REQUIRE(reasons.at("NCCL has no halving_doubling") == 1);
  PlatformFile others = file;
  others.platforms.front().machine = AlphaBetaRing{};
  REQUIRE(refusals(references, {others}).empty());
}

}  // namespace
}  // namespace ringtrue
