#include "sim/astra/engine/plan.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/astra/engine/bucket_queue.hpp"

namespace ringtrue::astra {
namespace {

constexpr Cycles subgroup_endpoint_delay = 10;

int slots_of(Algorithm algorithm, int members) {
  switch (algorithm) {
    case Algorithm::ring: return 2;  // from the left, from the right
    case Algorithm::halving_doubling: return static_cast<int>(std::bit_width(static_cast<unsigned>(members)));
    case Algorithm::direct:
    case Algorithm::double_binary_tree: return members;
  }
  throw std::logic_error("slots_of: not an algorithm");
}

void add_dimension(LogicalTopology& topology, const Implementation& implementation, int members, int stride) {
  topology.dimensions.push_back({.algorithm = implementation.algorithm,
                                 .window = implementation.window,
                                 .members = members,
                                 .stride = stride,
                                 .first_slot = topology.slots});
  topology.slots += slots_of(implementation.algorithm, members);
}

int log2_of(int members) { return static_cast<int>(std::bit_width(static_cast<unsigned>(members))) - 1; }

std::uint32_t sends_of(const Phase& phase) {
  const auto n = static_cast<std::uint32_t>(phase.members);
  const bool both_ways = phase.collective == Collective::all_reduce;
  switch (phase.algorithm) {
    case Algorithm::ring:
      return phase.collective == Collective::all_to_all ? n * (n - 1) / 2 : (both_ways ? 2 : 1) * (n - 1);
    case Algorithm::direct: return (both_ways ? 2 : 1) * (n - 1);
    case Algorithm::halving_doubling: return (both_ways ? 2U : 1U) * static_cast<std::uint32_t>(log2_of(phase.members));
    case Algorithm::double_binary_tree: return 0;  // its own state machine
  }
  throw std::logic_error("sends_of: not an algorithm");
}

/// After how many packets ASTRA-sim's counters of packets without and with reduction start over.
void set_packet_groups(Phase& phase, bool subgroup) {
  const int n = phase.members;
  switch (phase.algorithm) {
    case Algorithm::ring: phase.group = n; break;
    case Algorithm::halving_doubling: phase.group = log2_of(n); break;
    case Algorithm::direct:
      phase.unreduced = phase.window;
      phase.group = phase.window + (subgroup ? n - 1 : 1) * phase.window;
      break;
    case Algorithm::double_binary_tree: break;
  }
}

/// Size of what a member holds at the end of the phase.
std::uint64_t final_bytes(const Phase& phase) {
  const auto n = static_cast<std::uint64_t>(phase.members);
  if (phase.algorithm == Algorithm::double_binary_tree) return phase.bytes;
  switch (phase.collective) {
    case Collective::reduce_scatter: return phase.bytes / n;
    case Collective::all_gather: return phase.bytes * n;
    case Collective::all_reduce:
    case Collective::all_to_all:
    case Collective::broadcast:
    case Collective::send_recv: return phase.bytes;
  }
  throw std::logic_error("final_bytes: not a collective");
}

Cycles scaled_endpoint_delay(const Configuration& configuration) {
  return static_cast<Cycles>(static_cast<double>(configuration.system.endpoint_delay) * configuration.injection_scale);
}

class ChunkPlanner {
 public:
  ChunkPlanner(const Configuration& configuration, const LogicalTopology& topology, const ChunkRequest& request,
               QueueChooser& queues, TreeCounters& trees)
      : configuration_(configuration),
        topology_(topology),
        request_(request),
        queues_(queues),
        trees_(trees),
        bytes_(request.bytes) {
    plan_.slots = topology.slots;
  }

  ChunkPlan plan() {
    const int dimensions = static_cast<int>(topology_.dimensions.size());
    if (request_.collective == Collective::all_reduce && configuration_.system.local_bw_aware) {
      plan_hierarchical(dimensions);
    } else {
      for (int i = 0; i < dimensions; ++i) {
        const int d = request_.collective == Collective::all_gather ? dimensions - 1 - i : i;
        if (involved(d)) add(request_.collective, d, queues_.any(d));
      }
    }
    return std::move(plan_);
  }

 private:
  bool involved(int d) const {
    const auto index = static_cast<std::size_t>(d);
    const bool asked = request_.involved == nullptr || request_.involved->empty() ||
                       (index < request_.involved->size() && (*request_.involved)[index]);
    return asked && topology_.dimensions[index].members > 1;
  }

  /// Reduce-scatter up to the dimension before the last, all-reduce in the last, all-gather back.
  void plan_hierarchical(int dimensions) {
    int last = dimensions - 1;
    while (last >= 0 && !involved(last)) --last;
    for (int d = 0; d < last; ++d)
      if (involved(d)) add(Collective::reduce_scatter, d, queues_.going(d));
    if (last >= 0) add(Collective::all_reduce, last, queues_.going(last));
    for (int d = last - 1; d >= 0; --d)
      if (involved(d)) add(Collective::all_gather, d, queues_.coming(d));
  }

  void add(Collective collective, int d, QueueChooser::Choice choice) {
    const LogicalDimension& dimension = topology_.dimensions[static_cast<std::size_t>(d)];
    Phase phase{.collective = collective,
                .algorithm = dimension.algorithm,
                .dimension = d,
                .members = dimension.members,
                .stride = dimension.stride,
                .clockwise = choice.clockwise,
                .queue = choice.queue,
                .slot = dimension.first_slot,
                .bytes = bytes_};
    const int most = phase.members - 1;
    phase.window = dimension.window == 0 ? most : std::min(dimension.window, most);
    phase.sends = sends_of(phase);
    set_packet_groups(phase, topology_.subgroup);
    phase.message = collective == Collective::all_gather ? bytes_ : bytes_ / static_cast<std::uint64_t>(phase.members);
    if (phase.algorithm == Algorithm::double_binary_tree) {
      phase.last_tree = trees_[{request_.collective, d}]++ % 2 == 0;
      phase.message = bytes_;
    }
    phase.reduction = reduction_time(configuration_, phase.message);
    phase.endpoint_delay = topology_.subgroup ? subgroup_endpoint_delay : scaled_endpoint_delay(configuration_);
    check_messages(phase);
    bytes_ = final_bytes(phase);
    plan_.phases.push_back(phase);
  }

  static void check_messages(const Phase& phase) {
    std::uint64_t smallest = phase.message;
    if (phase.algorithm == Algorithm::halving_doubling)
      for (std::uint32_t i = 0; i < phase.sends; ++i) smallest = std::min(smallest, halving_doubling_bytes(phase, i));
    if (smallest == 0)
      throw Error(
          fmt::format("{} of {} bytes over {} ranks: a message of 0 bytes, on which ASTRA-sim aborts; raise the "
                      "size or lower preferred-dataset-splits",
                      to_string(phase.collective), phase.bytes, phase.members));
  }

  const Configuration& configuration_;
  const LogicalTopology& topology_;
  const ChunkRequest& request_;
  QueueChooser& queues_;
  TreeCounters& trees_;
  std::uint64_t bytes_;
  ChunkPlan plan_;
};

}  // namespace

LogicalTopology world_topology(const Configuration& configuration, Collective collective) {
  LogicalTopology topology;
  const std::vector<Dimension>& dimensions = configuration.network.dimensions;
  const std::vector<Implementation>& implementations = configuration.system.implementations.at(collective);
  int stride = 1;
  for (std::size_t d = 0; d < implementations.size() && d < dimensions.size(); ++d) {
    if (implementations[d].flat) {
      add_dimension(topology, implementations[d], static_cast<int>(npu_count(configuration.network)), 1);
      break;
    }
    add_dimension(topology, implementations[d], dimensions[d].npus, stride);
    stride *= dimensions[d].npus;
  }
  return topology;
}

LogicalTopology group_topology(const Configuration& configuration, Collective collective, int members) {
  LogicalTopology topology;
  topology.subgroup = true;
  const std::vector<Implementation>& implementations = configuration.system.implementations.at(collective);
  const Implementation ring;
  add_dimension(topology, implementations.size() == 1 ? implementations.front() : ring, members, 1);
  return topology;
}

QueueChooser::QueueChooser(int dimensions, int queues_per_dim)
    : queues_(queues_per_dim), counters_(static_cast<std::size_t>(dimensions)) {}

QueueChooser::Choice QueueChooser::any(int dimension) {
  int& counter = counters_[static_cast<std::size_t>(dimension)].any;
  const int index = counter;
  counter = (counter + 1) % queues_;
  return {dimension * queues_ + index, queues_ == 1 || index < queues_ / 2};
}

QueueChooser::Choice QueueChooser::going(int dimension) {
  int& counter = counters_[static_cast<std::size_t>(dimension)].going;
  const int index = counter;
  counter = (counter + 1) % std::max(1, queues_ / 2);
  return {dimension * queues_ + index, true};
}

QueueChooser::Choice QueueChooser::coming(int dimension) {
  int& counter = counters_[static_cast<std::size_t>(dimension)].coming;
  const int first = queues_ / 2;
  const int index = first + counter;
  counter = (counter + 1) % (queues_ - first);
  return {dimension * queues_ + index, false};
}

Chunking chunking(const Configuration& configuration, Collective collective, std::uint64_t bytes) {
  const auto splits = static_cast<std::uint64_t>(configuration.system.preferred_dataset_splits);
  const auto npus = static_cast<std::uint64_t>(npu_count(configuration.network));
  Chunking result{.bytes = bytes / splits, .chunks = 0};
  if (collective != Collective::all_gather && npus > result.bytes) {
    result.bytes = npus;
    bytes = splits * npus;
  }
  if (result.bytes == 0)
    throw Error(
        fmt::format("{} of {} bytes in {} splits: a chunk of 0 bytes, on which ASTRA-sim hangs; raise the size "
                    "or lower preferred-dataset-splits",
                    to_string(collective), bytes, splits));
  result.chunks = (bytes + result.bytes - 1) / result.bytes;
  return result;
}

ChunkPlan plan_chunk(const Configuration& configuration, const LogicalTopology& topology, const ChunkRequest& request,
                     QueueChooser& queues, TreeCounters& trees) {
  return ChunkPlanner(configuration, topology, request, queues, trees).plan();
}

Cycles reduction_time(const Configuration& configuration, std::uint64_t bytes) {
  const double bytes_per_second = configuration.system.local_mem_bw_gb_per_s * 1e9;
  if (bytes_per_second <= 0) return 0;
  return std::min(end_of_time,
                  3 * std::min(end_of_time / 2, whole_cycles(static_cast<double>(bytes) / bytes_per_second * 1e9)));
}

std::uint64_t halving_doubling_bytes(const Phase& phase, std::uint32_t index) {
  if (phase.collective == Collective::all_gather) return phase.bytes << index;
  const auto steps = static_cast<std::uint32_t>(log2_of(phase.members));
  if (index < steps) return phase.bytes >> (index + 1);
  return (phase.bytes >> (steps + 1)) << (index - steps + 1);
}

int halving_doubling_distance(const Phase& phase, std::uint32_t index) {
  const int steps = log2_of(phase.members), i = static_cast<int>(index);
  if (phase.collective == Collective::all_gather) return steps - 1 - i;
  return i < steps ? i : 2 * steps - 1 - i;
}

}  // namespace ringtrue::astra
