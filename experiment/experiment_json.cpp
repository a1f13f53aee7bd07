#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "experiment/experiment.hpp"

namespace ringtrue {
namespace {

template <class T>
Json name_or_null(const std::optional<T>& value) {
  return value ? Json(to_string(*value)) : Json(nullptr);
}

void write_segmentation(Json& json, const std::optional<Segmentation>& segmentation) {
  if (!segmentation) return;
  json["segment_bytes"] = segmentation->segment.count;
  json["segments_in_flight"] = segmentation->in_flight;
}

/// Left out where it is false.
void write_flag(Json& json, const char* key, bool value) {
  if (value) json[key] = true;
}
bool read_flag(ObjectReader& reader, const std::string& key) { return reader.has(key) && reader.boolean(key); }

Json json_of(const CollectiveRun& w) {
  Json json{{"collective", to_string(w.collective)},
            {"algorithm", to_string(w.algorithm)},
            {"bytes", w.bytes.count},
            {"dtype", name_or_null(w.dtype)}};
  if (reduces_values(w.collective)) json["op"] = name_or_null(w.op);
  json["in_place"] = w.in_place ? Json(*w.in_place) : Json(nullptr);
  write_segmentation(json, w.segmentation);
  if (w.root) json["root"] = *w.root;
  if (w.protocol) json["protocol"] = to_string(*w.protocol);
  return json;
}
Json json_of(const PingPong& w) {
  return {{"calibration", "ping_pong"}, {"bytes", w.bytes.count}, {"stride", w.stride}, {"repetitions", w.repetitions}};
}
Json json_of(const Exchange& w) {
  Json json{{"calibration", "exchange"},
            {"bytes", w.bytes.count},
            {"stride", w.stride},
            {"repetitions", w.repetitions},
            {"segment_bytes", w.segmentation.segment.count},
            {"segments_in_flight", w.segmentation.in_flight}};
  write_flag(json, "cold", w.cold);
  write_flag(json, "fresh", w.fresh);
  return json;
}
Json json_of(const BusyExchange& w) {
  Json json = json_of(w.exchange);
  json["calibration"] = "busy_exchange";
  return json;
}
Json json_of(const ReduceLocal& w) {
  Json json{{"calibration", "reduce_local"},
            {"bytes", w.bytes.count},
            {"dtype", to_string(w.dtype)},
            {"repetitions", w.repetitions},
            {"segment_bytes", w.segment.count}};
  write_flag(json, "cold", w.cold);
  return json;
}
Json json_of(const CopyLocal& w) {
  Json json{{"calibration", "copy_local"},
            {"bytes", w.bytes.count},
            {"repetitions", w.repetitions},
            {"segment_bytes", w.segment.count}};
  write_flag(json, "cold", w.cold);
  return json;
}

Json buckets_json(const Bucketing& buckets) {
  switch (buckets.rule) {
    case BucketRule::per_layer: return "per_layer";
    case BucketRule::one: return "one";
    case BucketRule::capped: return {{"first_bytes", buckets.first.count}, {"cap_bytes", buckets.cap.count}};
  }
  throw std::logic_error("buckets_json: not a rule");
}

Json json_of(const LayerProfile& w) {
  return {
      {"calibration", "layer_profile"}, {"model", w.model}, {"gradient_bytes", w.gradients.count}, {"batch", w.batch}};
}
Json json_of(const TrainingStep& w) {
  Json json{{"training", w.model},
            {"gradient_bytes", w.gradients.count},
            {"batch", w.batch},
            {"buckets", buckets_json(w.buckets)},
            {"algorithm", to_string(w.algorithm)}};
  write_segmentation(json, w.segmentation);
  json["overlap"] = to_string(w.overlap);
  json["sharded"] = w.sharded;
  return json;
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
  if (reduces_values(w.collective) && reader.has("op")) w.op = parse_op(reader.text("op"), reader.where("op"));
  if (reader.has("in_place")) w.in_place = reader.boolean("in_place");
  if (reader.has("segment_bytes")) w.segmentation = read_segmentation(reader);
  if (reader.has("protocol")) w.protocol = parse_protocol(reader.text("protocol"), reader.where("protocol"));
  if (w.collective == Collective::broadcast && reader.has("root")) w.root = read_int(reader, "root", 0, max_ranks - 1);
  return w;
}

Bytes read_gradients(ObjectReader& reader) { return read_bytes(reader, "gradient_bytes", 4); }

Bucketing read_buckets(ObjectReader& reader) {
  const Json& json = reader.at("buckets");
  if (json == "per_layer") return {BucketRule::per_layer, {}, {}};
  if (json == "one") return {BucketRule::one, {}, {}};
  if (!json.is_object()) reader.refuse("buckets", "per_layer, one, or an object with first_bytes and cap_bytes");
  ObjectReader sizes(json, reader.where("buckets"));
  const Bucketing buckets{BucketRule::capped, read_bytes(sizes, "first_bytes", 1), read_bytes(sizes, "cap_bytes", 1)};
  sizes.finish();
  return buckets;
}

TrainingStep read_training(ObjectReader& reader) {
  TrainingStep w;
  w.model = reader.text("training");
  w.gradients = read_gradients(reader);
  w.batch = read_int(reader, "batch", 1, max_batch);
  w.buckets = read_buckets(reader);
  w.algorithm = parse_algorithm(reader.text("algorithm"), reader.where("algorithm"));
  if (reader.has("segment_bytes")) w.segmentation = read_segmentation(reader);
  w.overlap = parse_overlap(reader.text("overlap"), reader.where("overlap"));
  w.sharded = reader.boolean("sharded");
  return w;
}

Workload read_calibration(ObjectReader& reader) {
  const std::string subject = reader.text("calibration");
  if (subject == "layer_profile")
    return LayerProfile{reader.text("model"), read_gradients(reader), read_int(reader, "batch", 1, max_batch)};
  const Bytes bytes = read_bytes(reader, "bytes", 0);
  const int repetitions = read_int(reader, "repetitions", 1, 1'000'000);
  if (subject == "ping_pong") return PingPong{bytes, read_int(reader, "stride", 1, max_ranks), repetitions};
  if (subject == "exchange" || subject == "busy_exchange") {
    const Exchange exchange{.bytes = bytes,
                            .stride = read_int(reader, "stride", 1, max_ranks),
                            .repetitions = repetitions,
                            .segmentation = read_segmentation(reader),
                            .cold = read_flag(reader, "cold"),
                            .fresh = subject == "exchange" && read_flag(reader, "fresh")};
    return subject == "exchange" ? Workload(exchange) : Workload(BusyExchange{exchange});
  }
  if (subject == "reduce_local") {
    const DataType dtype = parse_data_type(reader.text("dtype"), reader.where("dtype"));
    return ReduceLocal{bytes, dtype, repetitions, read_bytes(reader, "segment_bytes", 1), read_flag(reader, "cold")};
  }
  if (subject == "copy_local")
    return CopyLocal{bytes, repetitions, read_bytes(reader, "segment_bytes", 1), read_flag(reader, "cold")};
  reader.refuse("calibration", "ping_pong, exchange, busy_exchange, reduce_local, copy_local or layer_profile");
}

}  // namespace

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
  } else if (reader.has("training")) {
    experiment.workload = read_training(reader);
  } else {
    experiment.workload = read_collective(reader);
  }
  experiment.ranks = read_int(reader, "ranks", 1, max_ranks);
  reader.finish();
  return experiment;
}

}  // namespace ringtrue
