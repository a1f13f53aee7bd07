#include "tests/reports/training_fixture.hpp"

#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/reports/comparison_fixture.hpp"
#include "tests/validate/campaign.hpp"

namespace ringtrue {
namespace {

/// Milliseconds of one kind of step.
struct StepParts {
  double forward, backward, update, communication, exposed;
  int buckets = 5;  ///< 102 MB: 1 MiB, then four of 25 MiB or less.
  double waiting = 0;

  double step() const { return forward + backward + update + exposed + waiting; }
};

Phases phases_of(const StepParts& p, double factor) {
  Phases phases;
  phases["forward"] = Seconds{p.forward * factor * 1e-3};
  phases["backward"] = Seconds{p.backward * factor * 1e-3};
  phases["update"] = Seconds{p.update * factor * 1e-3};
  phases["exposed"] = Seconds{p.exposed * factor * 1e-3};
  if (p.communication == 0) return phases;
  phases["communication"] = Seconds{p.communication * factor * 1e-3};
  phases["waiting"] = Seconds{p.waiting * factor * 1e-3};
  for (int i = 0; i < p.buckets; ++i)
    phases["bucket/" + std::to_string(i) + "/ready"] =
        Seconds{(p.forward + p.backward * (i + 1) / p.buckets) * factor * 1e-3};
  return phases;
}

/// Median 1; the 95 % interval is a few percent wide.
constexpr std::array of_launch{1.00, 1.01, 0.99, 1.02, 0.98, 1.00};

struct Kind {
  Experiment experiment;
  StepParts measured, simulated;
  bool oversubscribed = false;
};

std::vector<Kind> kinds() {
  const Bucketing one{BucketRule::one, {}, {}};
  return {{resnet_step(1, Overlap::none), {120, 260, 20, 0, 0}, {118, 264, 20, 0, 0}},
          {resnet_step(2, Overlap::none), {130, 280, 22, 120, 118, 5, 6}, {127, 274, 22, 112, 108, 5, 4}},
          {resnet_step(2, Overlap::thread), {130, 310, 22, 180, 45}, {129, 305, 22, 160, 40}},
          {resnet_step(2, Overlap::thread, one), {130, 284, 22, 130, 132, 1}, {129, 278, 22, 119, 119, 1}},
          {resnet_step(4, Overlap::none), {270, 590, 48, 330, 340}, {262, 574, 46, 300, 300}, true},
          {resnet_step(4, Overlap::thread), {272, 640, 48, 520, 335}, {260, 600, 46, 440, 270}, true}};
}

Record measured_step(const Kind& kind, int launch) {
  const double factor = of_launch[static_cast<std::size_t>(launch)];
  Record record = testing::measured(kind.experiment, launch, kind.measured.step() * factor * 1e-3);
  auto& m = std::get<Measurement>(record.result);
  m.phases = phases_of(kind.measured, factor);
  for (const double part : {0.99, 1.0, 1.05}) m.samples.push_back(part * m.time.median);
  m.time.n = m.samples.size();
  m.losses = {7.05, 6.98, 6.91};
  m.oversubscribed = kind.oversubscribed;
  return record;
}

/// Computing alone: of the same ranks, nothing exchanged.
Record profile(int ranks, int launch, double compute_ms) {
  const auto step = std::get<TrainingStep>(resnet_step(ranks, Overlap::none).workload);
  const Experiment experiment{LayerProfile{step.model, step.gradients, step.batch}, ranks};
  Record record = testing::measured(experiment, launch, compute_ms * 1e-3);
  auto& m = std::get<Measurement>(record.result);
  m.purpose = Purpose::calibrate;
  m.phases["forward"] = Seconds{0.3 * compute_ms * of_launch[static_cast<std::size_t>(launch)] * 1e-3};
  m.phases["backward"] = Seconds{0.7 * compute_ms * of_launch[static_cast<std::size_t>(launch)] * 1e-3};
  return record;
}

RecordFile measured_file() {
  std::vector<Record> records;
  for (int launch = 0; launch < 6; ++launch) {
    for (const Kind& kind : kinds()) records.push_back(measured_step(kind, launch));
    records.push_back(profile(2, launch, 420));
    records.push_back(profile(4, launch, 840));
  }
  return testing::file_of("training.jsonl", std::move(records));
}

Record simulated_step(const Experiment& experiment, const StepParts& parts, const std::string& model) {
  Record record = testing::simulated(experiment, parts.step() * 1e-3, "", model);
  std::get<Simulation>(record.result).phases = phases_of(parts, 1);
  return record;
}

RecordFile simulated_file() {
  std::vector<Record> records;
  for (const Kind& kind : kinds()) records.push_back(simulated_step(kind.experiment, kind.simulated, "cluster"));
  return testing::file_of("simulated.jsonl", std::move(records), Json{{"fitted_on", Json::array()}});
}

RecordFile gpu_file() {
  std::vector<Record> records{simulated_step(resnet_step(1, Overlap::thread), {4, 8, 0.3, 0, 0}, "nccl"),
                              simulated_step(resnet_step(8, Overlap::thread), {4, 8, 0.3, 1.2, 0.25}, "nccl")};
  for (Record& record : records) record.system_id = "hgx-h100.h1.nvswitch";
  return testing::file_of("gpu.jsonl", std::move(records),
                          Json{{"compute_assumption", "synthetic: 12.3 ms of forward, backward and update a GPU"}});
}

template <class T>
void append(std::vector<T>& all, std::vector<T> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

Experiment resnet_step(int ranks, Overlap overlap, const Bucketing& buckets) {
  TrainingStep step;
  step.model = "resnet50";
  step.gradients = Bytes{102'228'128};  // 25,557,032 parameters of four bytes
  step.batch = 1;
  step.buckets = buckets;
  step.segmentation = Segmentation{1_MiB, 2};
  step.overlap = overlap;
  return {step, ranks};
}

Comparison training_comparison() {
  Inputs inputs;
  inputs.measured = {measured_file()};
  inputs.simulated = {simulated_file(), gpu_file()};
  inputs.budgets = Budgets{};
  inputs.budgets->budgets = {
      {.model = "cluster", .testbed = "host", .ranks = 2, .log_error = 0.08, .regime = Regime::training}};
  return compare(inputs);
}

Comparison golden_comparison() {
  Comparison c = small_comparison();
  Comparison training = training_comparison();
  append(c.measured, std::move(training.measured));
  append(c.pairs, std::move(training.pairs));
  append(c.aggregates, std::move(training.aggregates));
  append(c.verdicts, std::move(training.verdicts));
  c.training_rankings = std::move(training.training_rankings);
  c.training_predictions = std::move(training.training_predictions);
  return c;
}

}  // namespace ringtrue
