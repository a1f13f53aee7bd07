#include "experiment/experiment.hpp"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

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
                                     Collective::all_to_all, Collective::broadcast};
constexpr std::array all_algorithms{Algorithm::ring,   Algorithm::halving_doubling, Algorithm::double_binary_tree,
                                    Algorithm::direct, Algorithm::library,          Algorithm::library_ring};
constexpr std::array all_data_types{DataType::float32, DataType::float64};
constexpr std::array all_ops{ReduceOp::sum};

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
  return fmt::format("{}.{}.{}B.{}{}.{}{}{}", to_string(w.collective), to_string(w.algorithm), w.bytes.count,
                     name_or_any(w.dtype), op, place_key(w.in_place),
                     w.segmentation ? "." + segmentation_key(*w.segmentation) : "",
                     w.root ? fmt::format(".root{}", *w.root) : "");
}
std::string key(const PingPong& w) {
  return fmt::format("ping_pong.{}B.stride{}.rep{}", w.bytes.count, w.stride, w.repetitions);
}
std::string key(const Exchange& w) {
  return fmt::format("exchange.{}B.stride{}.rep{}.{}", w.bytes.count, w.stride, w.repetitions,
                     segmentation_key(w.segmentation));
}
std::string key(const ReduceLocal& w) {
  return fmt::format("reduce_local.{}B.{}.rep{}.seg{}", w.bytes.count, to_string(w.dtype), w.repetitions,
                     w.segment.count);
}
std::string key(const CopyLocal& w) {
  return fmt::format("copy_local.{}B.rep{}.seg{}", w.bytes.count, w.repetitions, w.segment.count);
}

template <class T>
Json name_or_null(const std::optional<T>& value) {
  return value ? Json(to_string(*value)) : Json(nullptr);
}

Json json_of(const CollectiveRun& w) {
  Json json{{"collective", to_string(w.collective)},
            {"algorithm", to_string(w.algorithm)},
            {"bytes", w.bytes.count},
            {"dtype", name_or_null(w.dtype)}};
  if (reduces_values(w.collective)) json["op"] = name_or_null(w.op);
  json["in_place"] = w.in_place ? Json(*w.in_place) : Json(nullptr);
  if (w.segmentation) {
    json["segment_bytes"] = w.segmentation->segment.count;
    json["segments_in_flight"] = w.segmentation->in_flight;
  }
  if (w.root) json["root"] = *w.root;
  return json;
}
Json json_of(const PingPong& w) {
  return {{"calibration", "ping_pong"}, {"bytes", w.bytes.count}, {"stride", w.stride}, {"repetitions", w.repetitions}};
}
Json json_of(const Exchange& w) {
  return {{"calibration", "exchange"},
          {"bytes", w.bytes.count},
          {"stride", w.stride},
          {"repetitions", w.repetitions},
          {"segment_bytes", w.segmentation.segment.count},
          {"segments_in_flight", w.segmentation.in_flight}};
}
Json json_of(const ReduceLocal& w) {
  return {{"calibration", "reduce_local"},
          {"bytes", w.bytes.count},
          {"dtype", to_string(w.dtype)},
          {"repetitions", w.repetitions},
          {"segment_bytes", w.segment.count}};
}
Json json_of(const CopyLocal& w) {
  return {{"calibration", "copy_local"},
          {"bytes", w.bytes.count},
          {"repetitions", w.repetitions},
          {"segment_bytes", w.segment.count}};
}

Bytes read_bytes(ObjectReader& reader, const std::string& key, std::int64_t lowest) {
  return {reader.integer(key, lowest, max_bytes.count)};
}
int read_int(ObjectReader& reader, const std::string& key, int lowest, int highest) {
  return static_cast<int>(reader.integer(key, lowest, highest));
}
Segmentation read_segmentation(ObjectReader& reader) {
  return {.segment = read_bytes(reader, "segment_bytes", 1),
          .in_flight = read_int(reader, "segments_in_flight", 1, 1024)};
}

CollectiveRun read_collective(ObjectReader& reader) {
  CollectiveRun w;
  w.collective = parse_collective(reader.text("collective"), reader.where("collective"));
  w.algorithm = parse_algorithm(reader.text("algorithm"), reader.where("algorithm"));
  w.bytes = read_bytes(reader, "bytes", 1);
  if (reader.has("dtype")) w.dtype = parse_data_type(reader.text("dtype"), reader.where("dtype"));
  if (reduces_values(w.collective) && reader.has("op"))
    w.op = parse_name(reader.text("op"), all_ops, "operation", reader.where("op"));
  if (reader.has("in_place")) w.in_place = reader.boolean("in_place");
  if (reader.has("segment_bytes")) w.segmentation = read_segmentation(reader);
  if (w.collective == Collective::broadcast && reader.has("root")) w.root = read_int(reader, "root", 0, max_ranks - 1);
  return w;
}

Workload read_calibration(ObjectReader& reader) {
  const std::string subject = reader.text("calibration");
  const Bytes bytes = read_bytes(reader, "bytes", 0);
  const int repetitions = read_int(reader, "repetitions", 1, 1'000'000);
  if (subject == "ping_pong") return PingPong{bytes, read_int(reader, "stride", 1, max_ranks), repetitions};
  if (subject == "exchange")
    return Exchange{bytes, read_int(reader, "stride", 1, max_ranks), repetitions, read_segmentation(reader)};
  if (subject == "reduce_local") {
    const DataType dtype = parse_data_type(reader.text("dtype"), reader.where("dtype"));
    return ReduceLocal{bytes, dtype, repetitions, read_bytes(reader, "segment_bytes", 1)};
  }
  if (subject == "copy_local") return CopyLocal{bytes, repetitions, read_bytes(reader, "segment_bytes", 1)};
  reader.refuse("calibration", "ping_pong, exchange, reduce_local or copy_local");
}

template <class T>
bool equal_or_unknown(const std::optional<T>& a, const std::optional<T>& b) {
  return !a || !b || *a == *b;
}

}  // namespace

std::string experiment_key(const Experiment& experiment) {
  return fmt::format("{}.p{}", std::visit([](const auto& w) { return key(w); }, experiment.workload), experiment.ranks);
}

Bytes message_bytes(const Experiment& experiment) {
  return std::visit([](const auto& w) { return w.bytes; }, experiment.workload);
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
    case Algorithm::library_ring: return false;
  }
  throw std::logic_error("is_ours: not an algorithm");
}

bool reduces_values(Collective collective) {
  switch (collective) {
    case Collective::all_reduce:
    case Collective::reduce_scatter: return true;
    case Collective::all_gather:
    case Collective::all_to_all:
    case Collective::broadcast: return false;
  }
  throw std::logic_error("reduces_values: not a collective");
}

const CollectiveRun* as_collective(const Experiment& experiment) {
  return std::get_if<CollectiveRun>(&experiment.workload);
}

bool matches(const Experiment& a, const Experiment& b) {
  const CollectiveRun* x = as_collective(a);
  const CollectiveRun* y = as_collective(b);
  if (x == nullptr || y == nullptr) return a == b;
  return a.ranks == b.ranks && x->collective == y->collective && x->algorithm == y->algorithm && x->bytes == y->bytes &&
         equal_or_unknown(x->dtype, y->dtype) && equal_or_unknown(x->op, y->op) &&
         equal_or_unknown(x->in_place, y->in_place) && equal_or_unknown(x->segmentation, y->segmentation) &&
         equal_or_unknown(x->root, y->root);
}

Json to_json(const Experiment& experiment) {
  Json json = std::visit([](const auto& w) { return json_of(w); }, experiment.workload);
  json["ranks"] = experiment.ranks;
  return json;
}

Experiment parse_experiment(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Experiment experiment;
  if (reader.has("calibration")) {
    experiment.workload = read_calibration(reader);
  } else {
    experiment.workload = read_collective(reader);
  }
  experiment.ranks = read_int(reader, "ranks", 1, max_ranks);
  reader.finish();
  return experiment;
}

std::string_view to_string(Collective collective) {
  switch (collective) {
    case Collective::all_reduce: return "all_reduce";
    case Collective::reduce_scatter: return "reduce_scatter";
    case Collective::all_gather: return "all_gather";
    case Collective::all_to_all: return "all_to_all";
    case Collective::broadcast: return "broadcast";
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
  }
  throw std::logic_error("to_string: not an algorithm");
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

Collective parse_collective(const std::string& name, const std::string& where) {
  return parse_name(name, all_collectives, "collective", where);
}

Algorithm parse_algorithm(const std::string& name, const std::string& where) {
  return parse_name(name, all_algorithms, "algorithm", where);
}

DataType parse_data_type(const std::string& name, const std::string& where) {
  return parse_name(name, all_data_types, "data type", where);
}

}  // namespace ringtrue
