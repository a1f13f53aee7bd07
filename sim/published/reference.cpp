#include "sim/published/reference.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/published_file.hpp"
#include "sim/simulate.hpp"

namespace ringtrue {
namespace {

void add_file(const std::string& path, std::vector<Reference>& references) {
  if (path.ends_with(".jsonl")) {
    for (Record& record : read_record_file(path).records) {
      if (std::holds_alternative<Simulation>(record.result))
        throw Error(
            fmt::format("{}: {} is simulated, which is nothing to fit on or compare with; give measured records", path,
                        record_id(record)));
      std::string source = record.source;
      references.push_back({std::move(record), std::move(source)});
    }
    return;
  }
  PublishedFile file = read_published(path);
  if (!file.model.empty()) return;
  for (Record& record : file.records) references.push_back({std::move(record), file.provenance.source});
}

/// What no model here looks at.
Experiment without_details(Experiment experiment) {
  if (auto* run = std::get_if<CollectiveRun>(&experiment.workload)) {
    run->in_place.reset();
    run->dtype.reset();
  }
  return experiment;
}

/// As simulate_reference, each question once: published rows ask most of them several times.
class Answers {
 public:
  explicit Answers(const Platform& platform) : platform_(platform) {}

  std::vector<Record> to(const Record& reference) {
    const auto [found, added] =
        known_.try_emplace({experiment_key(without_details(reference.experiment)), reference.system_id});
    if (added) found->second = simulate_reference(reference, platform_);
    std::vector<Record> records = found->second;
    for (Record& record : records) record.experiment = reference.experiment;
    return records;
  }

 private:
  const Platform& platform_;
  std::map<std::pair<std::string, std::string>, std::vector<Record>> known_;
};

/// What the platform was fitted on is left out.
void add_held_out(const std::vector<Reference>& references, const Platform& platform, std::vector<Record>& records) {
  const std::set<std::string> fitted(platform.fitted_on.begin(), platform.fitted_on.end());
  Answers answers(platform);
  for (const Reference& reference : references) {
    if (fitted.contains(record_id(reference.record))) continue;
    for (Record& record : answers.to(reference.record)) records.push_back(std::move(record));
  }
}

}  // namespace

bool is_nccl(const Platform& platform) { return std::holds_alternative<nccl::Machine>(platform.machine); }

nccl::Call known_call(nccl::Call call, const std::string& chosen, const std::string& where) {
  if (chosen.empty()) return call;
  const std::size_t slash = chosen.find('/');
  call.algorithm = parse_algorithm(chosen.substr(0, slash), where);
  if (slash != std::string::npos) call.protocol = parse_protocol(chosen.substr(slash + 1), where);
  return call;
}

void keep_first(std::vector<Record>& records) {
  std::set<std::string> seen;
  std::erase_if(records, [&](const Record& record) { return !seen.insert(record_id(record)).second; });
}

std::vector<Reference> read_references(const std::vector<std::string>& paths) {
  std::vector<Reference> references;
  for (const std::string& path : paths) add_file(path, references);
  if (references.empty()) throw Error("the files hold no reference: give published references or measured records");
  return references;
}

RecordFile simulate_references(const std::vector<Reference>& references, const std::vector<PlatformFile>& files) {
  RecordFile simulated;
  simulated.contexts = {platforms_context(files)};
  for (const PlatformFile& file : files)
    for (const Platform& platform : file.platforms) add_held_out(references, platform, simulated.records);
  keep_first(simulated.records);
  if (simulated.records.empty())
    throw Error("nothing to simulate: the platforms know none of the references, or were fitted on all they know");
  return simulated;
}

std::map<std::string, int> refusals(const std::vector<Reference>& references, const std::vector<PlatformFile>& files) {
  std::vector<const Platform*> platforms;
  for (const PlatformFile& file : files)
    for (const Platform& platform : file.platforms)
      if (is_nccl(platform)) platforms.push_back(&platform);
  std::map<std::string, int> reasons;
  if (platforms.empty()) return reasons;
  for (const Reference& reference : references) {
    const std::optional<GpuSystem> system = parse_gpu_system(reference.record.system_id);
    const auto found = std::ranges::find_if(
        platforms, [&](const Platform* platform) { return stands_for(*platform, reference.record.system_id); });
    std::string reason;
    if (found == platforms.end() || !system || as_collective(reference.record.experiment) == nullptr) {
      reason = fmt::format("no platform of kind nccl stands for {}", reference.record.system_id);
    } else {
      reason = nccl::refusal(nccl::call_of(reference.record.experiment, *system),
                             std::get<nccl::Machine>((*found)->machine));
    }
    if (!reason.empty()) ++reasons[reason];
  }
  return reasons;
}

}  // namespace ringtrue
