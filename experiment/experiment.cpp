#include "experiment/experiment.hpp"

#include <array>
#include <vector>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

template <class Enum, std::size_t N>
Enum parse_name(const std::string& name, const std::array<Enum, N>& all, std::string_view what,
                const std::string& where) {
  std::vector<std::string_view> names;
  for (const Enum value : all) {
    if (to_string(value) == name) return value;
    names.push_back(to_string(value));
  }
  throw Error(fmt::format("{}: '{}' is not a known {}; allowed: {}", where, name, what, fmt::join(names, ", ")));
}

constexpr std::array all_collectives{Collective::all_reduce, Collective::reduce_scatter, Collective::all_gather,
                                     Collective::all_to_all, Collective::broadcast,      Collective::send_recv};
constexpr std::array all_algorithms{Algorithm::ring,   Algorithm::halving_doubling, Algorithm::double_binary_tree,
                                    Algorithm::direct, Algorithm::library,          Algorithm::library_ring,
                                    Algorithm::nvls};
constexpr std::array all_protocols{Protocol::ll, Protocol::ll128, Protocol::simple};
constexpr std::array all_data_types{DataType::float32, DataType::float64};
constexpr std::array all_ops{ReduceOp::sum};
constexpr std::array all_overlaps{Overlap::none, Overlap::thread, Overlap::polling};

template <class T>
std::string name_or_any(const std::optional<T>& value) {
  return value ? std::string(to_string(*value)) : "any";
}

std::string segmentation_key(const Segmentation& s) { return fmt::format("seg{}x{}", s.segment.count, s.in_flight); }

std::string place_key(const std::optional<bool>& in_place) {
  if (!in_place) return "any";
  return *in_place ? "in_place" : "out_of_place";
}

std::string key(const CollectiveRun& w) {
  const std::string op = reduces_values(w.collective) ? "." + name_or_any(w.op) : "";
  return fmt::format(
      FMT_COMPILE("{}.{}.{}B.{}{}.{}{}{}{}"), to_string(w.collective), to_string(w.algorithm), w.bytes.count,
      name_or_any(w.dtype), op, place_key(w.in_place), w.segmentation ? "." + segmentation_key(*w.segmentation) : "",
      w.root ? fmt::format(".root{}", *w.root) : "", w.protocol ? fmt::format(".{}", to_string(*w.protocol)) : "");
}
std::string key(const PingPong& w) {
  return fmt::format("ping_pong.{}B.stride{}.rep{}", w.bytes.count, w.stride, w.repetitions);
}
std::string_view cold_key(bool cold) { return cold ? ".cold" : ""; }
std::string key(const Exchange& w) {
  return fmt::format("exchange.{}B.stride{}.rep{}.{}{}{}", w.bytes.count, w.stride, w.repetitions,
                     segmentation_key(w.segmentation), cold_key(w.cold), w.fresh ? ".fresh" : "");
}
std::string key(const BusyExchange& w) { return "busy_" + key(w.exchange); }
std::string key(const ReduceLocal& w) {
  return fmt::format("reduce_local.{}B.{}.rep{}.seg{}{}", w.bytes.count, to_string(w.dtype), w.repetitions,
                     w.segment.count, cold_key(w.cold));
}
std::string key(const CopyLocal& w) {
  return fmt::format("copy_local.{}B.rep{}.seg{}{}", w.bytes.count, w.repetitions, w.segment.count, cold_key(w.cold));
}

std::string buckets_key(const Bucketing& buckets) {
  switch (buckets.rule) {
    case BucketRule::per_layer: return "per_layer";
    case BucketRule::one: return "one";
    case BucketRule::capped: return fmt::format("first{}cap{}", buckets.first.count, buckets.cap.count);
  }
  throw std::logic_error("buckets_key: not a rule");
}

std::string key(const LayerProfile& w) {
  return fmt::format("layer_profile.{}.{}B.batch{}", w.model, w.gradients.count, w.batch);
}
std::string key(const TrainingStep& w) {
  return fmt::format("training_step.{}.{}B.batch{}.{}.{}{}.overlap_{}{}", w.model, w.gradients.count, w.batch,
                     buckets_key(w.buckets), to_string(w.algorithm),
                     w.segmentation ? "." + segmentation_key(*w.segmentation) : "", to_string(w.overlap),
                     w.sharded ? ".sharded" : "");
}

template <class T>
bool equal_or_unknown(const std::optional<T>& a, const std::optional<T>& b) {
  return !a || !b || *a == *b;
}

}  // namespace

std::string experiment_key(const Experiment& experiment) {
  return fmt::format(FMT_COMPILE("{}.p{}"), std::visit([](const auto& w) { return key(w); }, experiment.workload),
                     experiment.ranks);
}

Bytes message_bytes(const Experiment& experiment) {
  return std::visit(
      Overloaded{[](const LayerProfile& w) { return w.gradients; }, [](const TrainingStep& w) { return w.gradients; },
                 [](const BusyExchange& w) { return w.exchange.bytes; }, [](const auto& w) { return w.bytes; }},
      experiment.workload);
}

Bytes element_bytes(DataType dtype) {
  switch (dtype) {
    case DataType::float32: return {4};
    case DataType::float64: return {8};
  }
  throw std::logic_error("element_bytes: not a data type");
}

bool is_ours(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ring:
    case Algorithm::halving_doubling:
    case Algorithm::double_binary_tree:
    case Algorithm::direct: return true;
    case Algorithm::library:
    case Algorithm::library_ring:
    case Algorithm::nvls: return false;
  }
  throw std::logic_error("is_ours: not an algorithm");
}

bool reduces_values(Collective collective) {
  switch (collective) {
    case Collective::all_reduce:
    case Collective::reduce_scatter: return true;
    case Collective::all_gather:
    case Collective::all_to_all:
    case Collective::broadcast:
    case Collective::send_recv: return false;
  }
  throw std::logic_error("reduces_values: not a collective");
}

bool is_cold(const Experiment& experiment) {
  return std::visit(
      [](const auto& w) {
        if constexpr (requires { w.cold; }) return w.cold;
        if constexpr (requires { w.exchange; }) return w.exchange.cold;
        return false;
      },
      experiment.workload);
}

bool is_fresh(const Experiment& experiment) {
  const auto* exchange = std::get_if<Exchange>(&experiment.workload);
  return exchange != nullptr && exchange->fresh;
}

const CollectiveRun* as_collective(const Experiment& experiment) {
  return std::get_if<CollectiveRun>(&experiment.workload);
}

const TrainingStep* as_training(const Experiment& experiment) {
  return std::get_if<TrainingStep>(&experiment.workload);
}

bool matches(const Experiment& a, const Experiment& b) {
  const CollectiveRun* x = as_collective(a);
  const CollectiveRun* y = as_collective(b);
  if (x == nullptr || y == nullptr) return a == b;
  return a.ranks == b.ranks && x->collective == y->collective && x->algorithm == y->algorithm && x->bytes == y->bytes &&
         equal_or_unknown(x->dtype, y->dtype) && equal_or_unknown(x->op, y->op) &&
         equal_or_unknown(x->in_place, y->in_place) && equal_or_unknown(x->segmentation, y->segmentation) &&
         equal_or_unknown(x->root, y->root) && equal_or_unknown(x->protocol, y->protocol);
}

std::string_view to_string(Collective collective) {
  switch (collective) {
    case Collective::all_reduce: return "all_reduce";
    case Collective::reduce_scatter: return "reduce_scatter";
    case Collective::all_gather: return "all_gather";
    case Collective::all_to_all: return "all_to_all";
    case Collective::broadcast: return "broadcast";
    case Collective::send_recv: return "send_recv";
  }
  throw std::logic_error("to_string: not a collective");
}

std::string_view to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ring: return "ring";
    case Algorithm::halving_doubling: return "halving_doubling";
    case Algorithm::double_binary_tree: return "double_binary_tree";
    case Algorithm::direct: return "direct";
    case Algorithm::library: return "library";
    case Algorithm::library_ring: return "library_ring";
    case Algorithm::nvls: return "nvls";
  }
  throw std::logic_error("to_string: not an algorithm");
}

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::ll: return "ll";
    case Protocol::ll128: return "ll128";
    case Protocol::simple: return "simple";
  }
  throw std::logic_error("to_string: not a protocol");
}

std::string_view to_string(DataType dtype) {
  switch (dtype) {
    case DataType::float32: return "float32";
    case DataType::float64: return "float64";
  }
  throw std::logic_error("to_string: not a data type");
}

std::string_view to_string(ReduceOp op) {
  switch (op) {
    case ReduceOp::sum: return "sum";
  }
  throw std::logic_error("to_string: not an operation");
}

std::string_view to_string(Overlap overlap) {
  switch (overlap) {
    case Overlap::none: return "none";
    case Overlap::thread: return "thread";
    case Overlap::polling: return "polling";
  }
  throw std::logic_error("to_string: not an overlap");
}

Collective parse_collective(const std::string& name, const std::string& where) {
  return parse_name(name, all_collectives, "collective", where);
}

Algorithm parse_algorithm(const std::string& name, const std::string& where) {
  return parse_name(name, all_algorithms, "algorithm", where);
}

Protocol parse_protocol(const std::string& name, const std::string& where) {
  return parse_name(name, all_protocols, "protocol", where);
}

DataType parse_data_type(const std::string& name, const std::string& where) {
  return parse_name(name, all_data_types, "data type", where);
}

ReduceOp parse_op(const std::string& name, const std::string& where) {
  return parse_name(name, all_ops, "operation", where);
}

Overlap parse_overlap(const std::string& name, const std::string& where) {
  return parse_name(name, all_overlaps, "overlap", where);
}

}  // namespace ringtrue
