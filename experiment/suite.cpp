#include "experiment/suite.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "experiment/suite_entry.hpp"
#include "experiment/training/exchange.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t max_rows = 100'000;

/// One number for all scales, or an object with a number for each: {"2": 12, "8": 6}.
std::map<int, int> read_launches(ObjectReader& reader, const std::vector<int>& ranks) {
  constexpr std::int64_t most = 10'000;
  std::map<int, int> launches;
  if (!reader.has("launches") || !reader.at("launches").is_object()) {
    const int all = static_cast<int>(reader.integer("launches", 1, most));
    for (const int r : ranks) launches[r] = all;
    return launches;
  }
  ObjectReader each(reader.at("launches"), reader.where("launches"));
  for (const int r : ranks) launches[r] = static_cast<int>(each.integer(std::to_string(r), 1, most));
  each.finish();
  return launches;
}

/// The values the lists of an entry take for one row.
struct Choice {
  Bytes bytes;
  Algorithm algorithm;
  DataType dtype;
  bool in_place;
  int stride;
};

Workload workload_of(const SuiteEntry& entry, const Choice& choice) {
  if (entry.subject == "ping_pong") return PingPong{choice.bytes, choice.stride, entry.repetitions};
  const Exchange exchange{choice.bytes, choice.stride, entry.repetitions, entry.segmentation, entry.cold, entry.fresh};
  if (entry.subject == "exchange") return exchange;
  if (entry.subject == "busy_exchange") return BusyExchange{exchange};
  if (entry.subject == "reduce_local")
    return ReduceLocal{choice.bytes, choice.dtype, entry.repetitions, entry.segmentation.segment, entry.cold};
  if (entry.subject == "copy_local")
    return CopyLocal{choice.bytes, entry.repetitions, entry.segmentation.segment, entry.cold};
  CollectiveRun run{.collective = entry.collective,
                    .algorithm = choice.algorithm,
                    .bytes = choice.bytes,
                    .dtype = choice.dtype,
                    .op = {},
                    .in_place = choice.in_place,
                    .segmentation = {},
                    .root = entry.root};
  if (reduces_values(entry.collective)) run.op = ReduceOp::sum;
  if (is_ours(choice.algorithm)) run.segmentation = entry.segmentation;
  return run;
}

/// Every place and stride of one size, algorithm and type.
void add_choices(const SuiteEntry& entry, const Choice& choice, const std::set<int>& strides,
                 std::vector<Choice>& choices) {
  for (const bool in_place : entry.in_place)
    for (const int stride : strides)
      choices.push_back({choice.bytes, choice.algorithm, choice.dtype, in_place, stride});
}

std::vector<Choice> choices_of(const SuiteEntry& entry, int ranks) {
  std::set<int> strides;
  for (const std::string& stride : entry.strides) strides.insert(stride == "far" ? std::max(1, ranks / 2) : 1);
  std::vector<Choice> choices;
  for (const Bytes bytes : entry.bytes)
    for (const Algorithm algorithm : entry.algorithms)
      for (const DataType dtype : entry.dtypes)
        add_choices(entry, {bytes, algorithm, dtype, true, 1}, strides, choices);
  return choices;
}

std::vector<Workload> workloads_of(const SuiteEntry& entry, int ranks, const std::string& suite_name) {
  if (entry.training) return training_workloads(*entry.training, ranks, fmt::format("suite '{}'", suite_name));
  std::vector<Workload> workloads;
  for (const Choice& choice : choices_of(entry, ranks)) workloads.push_back(workload_of(entry, choice));
  return workloads;
}

struct SuitePart {
  Purpose purpose;
  std::vector<SuiteEntry> entries;
};

void require_exchange(const TrainingStep& step, const Experiment& experiment, const std::string& suite_name) {
  if (!is_ours(step.algorithm)) {
    if (!step.sharded) return;
    throw Error(fmt::format(
        "suite '{}': {}: the library's algorithms are not sharded here; take ring, halving_doubling or direct",
        suite_name, experiment_key(experiment)));
  }
  const BucketExchange exchange = exchange_of(step, {.parameters = {}, .bytes = step.gradients}, experiment.ranks);
  try {
    for (const Experiment& part : exchange.gradients) check_schedulable(part);
    for (const Experiment& part : exchange.parameters) check_schedulable(part);
  } catch (const Error& error) {
    throw Error(fmt::format("suite '{}': {}: {}", suite_name, experiment_key(experiment), error.what()));
  }
}

/// Whatever would stop a launch stops it before anything is measured.
void require_runnable(const Experiment& experiment, const std::string& suite_name) {
  if (const TrainingStep* step = as_training(experiment)) return require_exchange(*step, experiment, suite_name);
  const CollectiveRun* run = as_collective(experiment);
  const auto refuse = [&](const std::string& what) { throw Error(fmt::format("suite '{}': {}", suite_name, what)); };
  const auto require_schedule = [&] {
    try {
      check_schedulable(experiment);
    } catch (const Error& error) {
      refuse(error.what());
    }
  };
  if (run == nullptr) return require_schedule();
  if (run->bytes.count <= 0 || run->bytes.count % element_bytes(*run->dtype).count != 0)
    refuse(fmt::format("{} asks for {}, but it takes a positive multiple of {}, the element",
                       experiment_key(experiment), to_string(run->bytes), to_string(element_bytes(*run->dtype))));
  if (is_ours(run->algorithm)) require_schedule();
  if (run->algorithm == Algorithm::nvls || run->collective == Collective::send_recv || run->protocol)
    refuse(fmt::format("{}: this is NCCL's and only compared with published numbers; no MPI library has it",
                       experiment_key(experiment)));
  if (run->algorithm == Algorithm::library_ring && run->collective != Collective::all_reduce)
    refuse(fmt::format("{}: library_ring is an all_reduce only", experiment_key(experiment)));
  if (run->algorithm == Algorithm::library && run->collective == Collective::all_to_all && *run->in_place)
    refuse(
        fmt::format("{}: an all_to_all has no in-place form here; set in_place to false", experiment_key(experiment)));
}

void expand(const SuitePart& part, int ranks, std::set<std::string>& seen, Suite& suite) {
  for (const SuiteEntry& entry : part.entries) {
    if (std::ranges::find(entry.ranks, ranks) == entry.ranks.end()) continue;
    for (const Workload& workload : workloads_of(entry, ranks, suite.name)) {
      const Experiment experiment{workload, ranks};
      require_runnable(experiment, suite.name);
      if (!seen.insert(experiment_key(experiment)).second)
        throw Error(
            fmt::format("suite '{}': {} is asked for twice; remove one entry", suite.name, experiment_key(experiment)));
      suite.rows.push_back({part.purpose, experiment, entry.budget});
    }
  }
  if (suite.rows.size() > max_rows) throw Error(fmt::format("suite '{}': more than {} rows", suite.name, max_rows));
}

SuitePart read_part(ObjectReader& reader, Purpose purpose, const SuiteEntry& defaults, const Models& models) {
  const std::string key(to_string(purpose));
  SuitePart part{purpose, {}};
  if (!reader.has(key)) return part;
  const Json& list = reader.at(key);
  if (!list.is_array()) reader.refuse(key, "a list of entries");
  for (std::size_t i = 0; i < list.size(); ++i)
    part.entries.push_back(read_entry(list[i], fmt::format("{}/{}", reader.where(key), i), defaults, models));
  return part;
}

/// Fisher and Yates by hand: std::shuffle is free to differ between standard libraries, and all ranks must agree.
template <class T>
void shuffle(std::vector<T>& values, const std::string& seed) {
  std::mt19937_64 random(std::stoull(content_hash(seed), nullptr, 16));
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

}  // namespace

Suite parse_suite(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  Suite suite{.name = reader.text("name"),
              .hash = content_hash(text),
              .ranks = read_ranks(reader),
              .launches = {},
              .rows = {},
              .models = read_models(reader)};
  for (const auto& [name, model] : suite.models) suite.hash = content_hash(suite.hash + model.hash);
  suite.launches = read_launches(reader, suite.ranks);
  SuiteEntry defaults;
  defaults.ranks = suite.ranks;
  const std::vector<SuitePart> parts{read_part(reader, Purpose::calibrate, defaults, suite.models),
                                     read_part(reader, Purpose::score, defaults, suite.models),
                                     read_part(reader, Purpose::show, defaults, suite.models)};
  reader.finish();
  std::set<std::string> seen;
  for (const int ranks : suite.ranks)
    for (const SuitePart& part : parts) expand(part, ranks, seen, suite);
  if (suite.rows.empty()) throw Error(where + ": the suite asks for nothing; fill 'score', 'calibrate' or 'show'");
  return suite;
}

Suite read_suite(const std::filesystem::path& path) { return parse_suite(read_text_file(path), path.string()); }

std::vector<SuiteRow> rows_of_launch(const Suite& suite, int ranks, int launch) {
  std::vector<SuiteRow> rows;
  for (const SuiteRow& row : suite.rows)
    if (row.experiment.ranks == ranks) rows.push_back(row);
  if (rows.empty())
    throw Error(
        fmt::format("suite '{}' has nothing for {} ranks; it has experiments for {}; start that many with mpirun -np",
                    suite.name, ranks, fmt::join(suite.ranks, ", ")));
  shuffle(rows, fmt::format("{}/{}/{}", suite.name, ranks, launch));
  return rows;
}

std::vector<PlannedLaunch> plan_of(const Suite& suite, int launches) {
  const auto launches_at = [&](int ranks) { return launches > 0 ? launches : suite.launches.at(ranks); };
  int most = 0;
  for (const int ranks : suite.ranks) most = std::max(most, launches_at(ranks));
  std::vector<PlannedLaunch> plan;
  for (int launch = 0; launch < most; ++launch) {
    std::vector<int> order = suite.ranks;
    shuffle(order, fmt::format("{}/{}", suite.name, launch));
    for (const int ranks : order)
      if (launch < launches_at(ranks)) plan.push_back({.launch = launch, .ranks = ranks});
  }
  return plan;
}

}  // namespace ringtrue
