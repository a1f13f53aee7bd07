#include "sim/published/crossvalidate.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/simulate.hpp"
#include "tests/sim/published/references.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

std::set<std::string> fitted_of(const RecordFile& file, const std::string& fold) {
  std::set<std::string> rows;
  for (const Json& row : file.contexts.front().at("folds").at(fold)) rows.insert(row.get<std::string>());
  return rows;
}

const Simulation& simulation_of(const Record& record) { return std::get<Simulation>(record.result); }

std::set<std::string> folds_of(const RecordFile& file) {
  std::set<std::string> folds;
  for (const Record& record : file.records) folds.insert(simulation_of(record).fold);
  return folds;
}

TEST_CASE("what a fold predicts was never in what it was fitted on") {
  const std::vector<Reference> references = two_sources();
  for (const Fold by : {Fold::scale, Fold::source, Fold::size}) {
    const RecordFile file = crossvalidate(references, {quick_platform()}, by);
    REQUIRE(file.records.size() == references.size());  // each row in one fold, by whatever it is parted
    for (const Record& record : file.records) {
      const std::set<std::string> fitted = fitted_of(file, simulation_of(record).fold);
      REQUIRE_FALSE(fitted.empty());
      REQUIRE(asked_by(record, references).size() == 1);
      REQUIRE_FALSE(fitted.contains(record_id(asked_by(record, references).front().record)));
    }
  }
}

TEST_CASE("folds are named, and so is how their rows were parted") {
  const auto named = [](Fold by) { return folds_of(crossvalidate(two_sources(), {quick_platform()}, by)); };
  REQUIRE(named(Fold::scale) == std::set<std::string>{one_process + ", without 2 GPUs",
                                                      one_process + ", without 4 GPUs", per_gpu + ", without 4 GPUs",
                                                      per_gpu + ", without 8 GPUs"});
  REQUIRE(named(Fold::source) ==
          std::set<std::string>{"hgx-h100.h1.nvswitch, without theirs", "hgx-h100.h1.nvswitch, without others'"});
  REQUIRE(named(Fold::size) == std::set<std::string>{"hgx-h100.h1.nvswitch, without even powers of two",
                                                     "hgx-h100.h1.nvswitch, without odd powers of two"});
  const RecordFile file = crossvalidate(two_sources(), {quick_platform()}, Fold::size);
  for (const Record& record : file.records) REQUIRE(record.source == "nccl by size");
  REQUIRE(file.contexts.front()["fitted_on"] == Json::array());
}

TEST_CASE("a scale is held out among rows of its own system") {
  const RecordFile file = crossvalidate(two_sources(), {quick_platform()}, Fold::scale);
  for (const Record& record : file.records)
    for (const std::string& row : fitted_of(file, simulation_of(record).fold))
      CHECK_THAT(row, Contains(record.system_id));
}

TEST_CASE("rows of another system are neither fitted on nor predicted") {
  std::vector<Reference> references = two_sources();
  const std::size_t ours = references.size();
  Reference foreign = references.front();
  foreign.record.system_id = "hpe-v100.h1.nvlink";
  references.push_back(foreign);
  foreign.record.system_id = "host.h1.c2.block.sm";
  references.push_back(foreign);
  for (const Fold by : {Fold::scale, Fold::source, Fold::size}) {
    const RecordFile file = crossvalidate(references, {quick_platform()}, by);
    REQUIRE(file.records.size() == ours);
    for (const std::string& fold : folds_of(file))
      for (const std::string& row : fitted_of(file, fold)) CHECK_THAT(row, Contains("hgx-h100"));
  }
}

TEST_CASE("rows that ask the same are answered once a fold") {
  std::vector<Reference> references = two_sources();
  for (const Reference& row : two_sources()) {
    references.push_back(row);  // the same again, by a third source
    references.back().record.source = "a third table";
    references.back().source = "a third";
  }
  const RecordFile by_size = crossvalidate(references, {quick_platform()}, Fold::size);
  REQUIRE(by_size.records.size() == references.size() / 2);
  // By source all three answer: theirs without theirs, the third without the third.
  const RecordFile by_source = crossvalidate(references, {quick_platform()}, Fold::source);
  REQUIRE(by_source.records.size() == references.size());
  std::set<std::string> ids;
  for (const Record& record : by_source.records) REQUIRE(ids.insert(record_id(record)).second);
}

TEST_CASE("a fold's fit is by its own rows") {
  // Theirs take 3 % longer. Held out, they are predicted by the others' fit, which knows nothing of that.
  std::vector<Reference> references;
  for (const Bytes bytes : {1024_MiB, 2048_MiB, 4096_MiB}) {
    references.push_back(published_row(bytes, 2, one_process, "theirs", 1.03));
    references.push_back(published_row(bytes, 4, one_process, "others'"));
  }
  const RecordFile file = crossvalidate(references, {quick_platform()}, Fold::source);
  for (const Record& record : file.records) {
    const Reference row = asked_by(record, references).front();
    const double ratio = time_of(record) / time_of(row.record);
    CHECK_THAT(ratio, Catch::WithinAbs(row.source == "theirs" ? 1 / 1.03 : 1.03, 0.01));
  }
}

TEST_CASE("two platforms with a fold of one name both say what they were fitted on") {
  // One does not know four GPUs, so its fold without odd sizes holds fewer rows than the other's.
  PlatformFile narrow = quick_platform("narrow"), wide = quick_platform("wide");
  std::get<nccl::Machine>(narrow.platforms.front().machine).links = {{.gpus = 2, .links = 18}};
  for (const auto& order : {std::vector{wide, narrow}, std::vector{narrow, wide}}) {
    const RecordFile file = crossvalidate(two_sources(), order, Fold::size);
    for (const std::string& fold : folds_of(file)) CHECK(fitted_of(file, fold).size() == two_sources().size() / 2);
  }
}

TEST_CASE("one fold alone cannot be held out") {
  const std::vector<Reference> alone{published_row(64_MiB, 2, one_process, "theirs"),
                                     published_row(256_MiB, 2, one_process, "theirs")};
  for (const Fold by : {Fold::scale, Fold::source, Fold::size})
    REQUIRE_THROWS_WITH(crossvalidate(alone, {quick_platform()}, by), Contains("references in two folds or more"));
  const PlatformFile others = read_platform_file(shipped_path("sim/platforms/hgx_h100_others.json"));
  REQUIRE_THROWS_WITH(crossvalidate(two_sources(), {others}, Fold::size), Contains("no platform of kind nccl"));
}

TEST_CASE("folds have three names") {
  REQUIRE(parse_fold("scale") == Fold::scale);
  REQUIRE(parse_fold("source") == Fold::source);
  REQUIRE(parse_fold("size") == Fold::size);
  REQUIRE_THROWS_WITH(parse_fold("scales"), Contains("--by scales") && Contains("scale, source and size"));
}

TEST_CASE("of even sizes only the even powers of two are fitted on") {
  const PlatformFile others = read_platform_file(shipped_path("sim/platforms/hgx_h100_others.json"));
  PlatformFile file = quick_platform();
  file.platforms.push_back(others.platforms.front());
  const std::vector<Platform> all = fit_platforms(file, two_sources(), false);
  const std::vector<Platform> even = fit_platforms(file, two_sources(), true);
  REQUIRE(all.size() == 2);
  CHECK(all.front().fitted_on.size() == 16);
  CHECK(even.front().fitted_on.size() == 8);
  for (const std::string& row : even.front().fitted_on)
    CHECK_THAT(row, Contains(".67108864B.") || Contains(".268435456B."));  // 2^26, 2^28
  CHECK(std::get<nccl::Machine>(even.front().machine).covers.most == 256_MiB);
  CHECK(to_json(all.back()).dump() == to_json(others.platforms.front()).dump());  // nothing to fit
}

TEST_CASE("a platform that stands for no reference cannot be fitted") {
  std::vector<Reference> foreign = two_sources();
  for (Reference& reference : foreign) reference.record.system_id = "hpe-v100.h1.nvlink";
  REQUIRE_THROWS_WITH(fit_platforms(quick_platform(), foreign, false),
                      Contains("hgx_h100.json") && Contains("'nccl' stands for none of the references"));
}

TEST_CASE("a row is fitted on by what its log shows, if the platform knows that") {
  Reference row = published_row(64_MiB, 2, one_process, "theirs");
  std::get<CollectiveRun>(row.record.experiment.workload).algorithm = Algorithm::library;
  const auto fitted_on = [&](const std::string& chosen) {
    std::get<Publication>(row.record.result).chosen = chosen;
    return fit_platforms(quick_platform(), {row, published_row(256_MiB, 2, one_process, "theirs")}, false)
        .front()
        .fitted_on.size();
  };
  CHECK(fitted_on("") == 2);
  CHECK(fitted_on("ring/ll128") == 2);
  CHECK(fitted_on("nvls/simple") == 2);
  CHECK(fitted_on("nvls") == 2);
  CHECK(fitted_on("nvls/ll") == 1);  // there is no such kernel
  CHECK(fitted_on("direct") == 1);
  CHECK_THROWS_WITH(fitted_on("rnig/simple"), Contains("rnig") && Contains("theirs"));
}

}  // namespace
}  // namespace ringtrue
