#include "bench/mpi/preflight.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "bench/subject/memory.hpp"
#include "bench/training/training_memory.hpp"
#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "experiment/training/exchange.hpp"

namespace ringtrue {
namespace {

std::uint64_t hash_value(const std::string& text) { return std::stoull(content_hash(text), nullptr, 16); }

/// Buffers of a row, per rank: data, input and scratch, each at most the message.
constexpr std::int64_t buffers_per_rank = 3;

/// What the exchanges of a step need besides its network: one scratch for the gradients of all buckets, and one for
/// their parameters.
Bytes scratch_of(const TrainingStep& step, const Model& model, int ranks) {
  Bytes gradients{0}, parameters{0};
  if (!is_ours(step.algorithm)) return gradients;
  const auto take_largest = [](const std::vector<Experiment>& part, Bytes& scratch) {
    for (const Experiment& collective : part) scratch = std::max(scratch, Schedule(collective, 0).scratch_bytes());
  };
  for (const Bucket& bucket : make_buckets(model, step.buckets)) {
    const BucketExchange exchange = exchange_of(step, bucket, ranks);
    take_largest(exchange.gradients, gradients);
    take_largest(exchange.parameters, parameters);
  }
  return gradients + parameters;
}

/// What one rank needs for a row.
Bytes memory_of(const Experiment& experiment, const Models& models) {
  if (const auto* profile = std::get_if<LayerProfile>(&experiment.workload))
    return training_memory(models.at(profile->model), profile->batch, 1);
  if (const TrainingStep* step = as_training(experiment)) {
    const Model& model = models.at(step->model);
    return training_memory(model, step->batch, step->sharded ? experiment.ranks : 1) +
           scratch_of(*step, model, experiment.ranks);
  }
  const Bytes buffers{buffers_per_rank * message_bytes(experiment).count};
  return is_cold(experiment) ? buffers + cold_walk : buffers;
}

std::optional<int> first_number(std::span<const char* const> names) {
  for (const char* name : names) {
    const char* text = std::getenv(name);
    const std::string_view value = text == nullptr ? "" : text;
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc{} && end == value.data() + value.size() && number >= 0) return number;
  }
  return std::nullopt;
}

}  // namespace

void require_launcher() {
  constexpr std::array launchers{"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "SLURM_PROCID"};
  const bool launched = std::ranges::any_of(launchers, [](const char* name) { return std::getenv(name) != nullptr; });
  if (!launched)
    throw Error(
        "started without a launcher, so there is nobody to exchange messages with; start it as 'mpirun -np 4 "
        "ringtrue-bench ...' or with srun");
}

PlaceInLaunch place_in_launch() {
  constexpr std::array ranks{"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"};
  constexpr std::array sizes{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
  return {.rank = first_number(ranks).value_or(-1), .ranks = first_number(sizes).value_or(0)};
}

void require_same_everywhere(const Suite& suite, const std::string& arguments, const mpi::Communicator& comm) {
  const auto require = [&](const char* what, const std::string& text) {
    if (!mpi::all_equal(hash_value(text), comm))
      throw Error(fmt::format(
          "the {} differs between ranks; give every host the same one (a shared folder, or copy it)", what));
  };
  require("program file", read_text_file("/proc/self/exe"));
  require("suite file", suite.hash);
  require("command line", arguments);
}

Bytes require_memory(const std::vector<SuiteRow>& rows, const Models& models, const mpi::Communicator& comm) {
  Bytes largest{0};
  std::string of;
  for (const SuiteRow& row : rows) {
    const Bytes needed = memory_of(row.experiment, models);
    if (needed < largest) continue;
    largest = needed;
    of = experiment_key(row.experiment);
  }
  const mpi::Communicator host = comm.same_host();
  const double needed = static_cast<double>(largest.count) * host.size();
  const double free = static_cast<double>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  const double excess = mpi::max_over_ranks(needed - free, comm);
  if (excess > 0)
    throw Error(fmt::format(
        "the largest row, {}, needs about {:.2f} GiB a rank, {:.2f} GiB more than a host has free; use fewer "
        "ranks, smaller sizes or a smaller batch",
        of, static_cast<double>(largest.count) / (1 << 30), excess / (1 << 30)));
  return largest;
}

}  // namespace ringtrue
