#include "sim/platform.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/nccl/machine_json.hpp"

namespace ringtrue {
namespace {

constexpr int platform_schema = 1;
constexpr NumberRange time_range{0, 1e6};
constexpr NumberRange bandwidth_range{1, 1e18};
/// Narrower for ASTRA-sim: its clock counts nanoseconds, and the largest message over the most ranks must fit into it.
constexpr NumberRange astra_time_range{0, 1e3};
constexpr NumberRange astra_bandwidth_range{1e3, 1e18};

Json table_json(const CostTable& table) {
  Json json = Json::array();
  for (const CostPoint& p : table.points())
    json.push_back({{"message_bytes", p.message.count}, {"buffer_bytes", p.buffer.count}, {"cost_s", p.cost.count()}});
  return json;
}

template <class T>
std::vector<T> read_list(ObjectReader& reader, const std::string& key, T (*parse)(const Json&, const std::string&)) {
  const Json& list = reader.at(key);
  if (!list.is_array()) reader.refuse(key, "a list");
  std::vector<T> values;
  for (std::size_t i = 0; i < list.size(); ++i)
    values.push_back(parse(list[i], fmt::format("{}/{}", reader.where(key), i)));
  return values;
}

CostTable read_table(ObjectReader& reader, const std::string& key, Bytes border) {
  std::vector<CostPoint> points;
  const Json& list = reader.at(key);
  if (!list.is_array() || list.empty()) reader.refuse(key, "a list of cost points, at least one");
  for (const Json& element : list) {
    ObjectReader point(element, reader.where(key));
    points.push_back({.message = {point.integer("message_bytes", 0, max_bytes.count)},
                      .buffer = {point.integer("buffer_bytes", 0, max_bytes.count)},
                      .cost = Seconds{point.number("cost_s", time_range)}});
    point.finish();
  }
  return {std::move(points), border};
}

Json scale_json(const ClusterScale& s, const System& system) {
  Json json{{"ranks", s.ranks},   {"state", s.state},         {"launches", s.launches},
            {"pooled", s.pooled}, {"turn_s", s.turn.count()}, {"skew_s", s.skew.count()}};
  if (s.ranks > 1 || !s.reduce.empty()) {
    json["same_core"] = table_json(s.same_core);
    json["cross_core"] = table_json(s.cross_core);
    json["reduce"] = table_json(s.reduce);
  }
  if (system.shared_pool && s.ranks > 1) json["acknowledgement_s"] = s.acknowledgement.count();
  if (!s.fresh.empty()) json["fresh"] = table_json(s.fresh);
  if (!s.copy.empty()) json["copy"] = table_json(s.copy);
  for (const ComputeProfile& profile : s.profiles) json["profiles"].push_back(to_json(profile));
  for (const BusyPoint& point : s.busy) json["busy"].push_back(to_json(point));
  return json;
}

ClusterScale parse_scale(const Json& json, const std::string& where, const ClusterPlatform& platform) {
  ObjectReader reader(json, where);
  const int ranks = static_cast<int>(reader.integer("ranks", 1, max_ranks));
  const Bytes border = cost_border(platform);
  const auto costs = [&](const std::string& key, Bytes at) {
    return ranks > 1 || reader.has(key) ? read_table(reader, key, at) : CostTable{};
  };
  ClusterScale s{
      .ranks = ranks,
      .state = reader.text("state"),
      .turn = Seconds{reader.number("turn_s", time_range)},
      .acknowledgement =
          Seconds{platform.system.shared_pool && ranks > 1 ? reader.number("acknowledgement_s", time_range) : 0},
      .skew = Seconds{reader.number("skew_s", time_range)},
      .same_core = costs("same_core", border),
      .cross_core = costs("cross_core", border),
      .fresh = reader.has("fresh") ? read_table(reader, "fresh", border) : CostTable{},
      .reduce = costs("reduce", Bytes{0}),
      .copy = reader.has("copy") ? read_table(reader, "copy", Bytes{0}) : CostTable{},
      .launches = static_cast<int>(reader.integer("launches", 1, 1'000'000)),
      .pooled = reader.boolean("pooled")};
  if (reader.has("profiles")) s.profiles = read_list<ComputeProfile>(reader, "profiles", parse_compute_profile);
  if (reader.has("busy")) s.busy = read_list<BusyPoint>(reader, "busy", parse_busy_point);
  reader.finish();
  return s;
}

Json machine_json(const ClusterPlatform& m) {
  Json scales = Json::array();
  for (const ClusterScale& scale : m.scales) scales.push_back(scale_json(scale, m.system));
  Json json{{"system_id", system_id(m.system)},
            {"eager_limit_bytes", m.eager_limit.count},
            {"link", {{"bits_per_s", m.link.bits_per_s}, {"burst_bytes", m.link.burst.count}}},
            {"state_threshold_s", std::isfinite(m.state_threshold_s) ? Json(m.state_threshold_s) : Json(nullptr)},
            {"scales", scales}};
  if (m.without) json["without"] = to_string(*m.without);
  return json;
}
Json machine_json(const AlphaBetaRing& m) {
  return {{"base_s", m.base.count()},
          {"alpha_s", m.link.alpha.count()},
          {"bandwidth_bytes_per_s", m.link.bandwidth.bytes_per_second}};
}
Json machine_json(const BandwidthBound& m) {
  return {{"system_id", system_id(m.system)}, {"bandwidth_bytes_per_s", m.bandwidth.bytes_per_second}};
}

Json machine_json(const AstraRing& m) {
  return {{"ranks", m.ranks},
          {"latency_s", m.latency.count()},
          {"bandwidth_bytes_per_s", m.bandwidth.bytes_per_second},
          {"memory_bytes_per_s", m.memory.bytes_per_second}};
}

Json machine_json(const AstraSwitch& m) {
  return {{"latency_s", m.latency.count()},
          {"bandwidth_bytes_per_s", m.bandwidth.bytes_per_second},
          {"memory_bytes_per_s", m.memory.bytes_per_second},
          {"endpoint_delay_ns", m.endpoint_delay_ns},
          {"chunks", m.chunks},
          {"active_chunks", m.active_chunks}};
}

Json machine_json(const nccl::Machine& m) { return nccl::to_json(m); }

ClusterPlatform read_cluster(ObjectReader& reader) {
  ClusterPlatform m{.system = parse_system_id(reader.text("system_id"), reader.where("system_id")),
                    .eager_limit = {reader.integer("eager_limit_bytes", 0, max_bytes.count)},
                    .link = {},
                    .state_threshold_s = std::numeric_limits<double>::infinity(),
                    .scales = {}};
  if (reader.has("link")) {
    ObjectReader link(reader.at("link"), reader.where("link"));
    m.link.bits_per_s = link.integer("bits_per_s", 0, 1'000'000'000'000'000);
    m.link.burst = {link.integer("burst_bytes", 0, max_bytes.count)};
    link.finish();
  }
  if (reader.has("state_threshold_s")) m.state_threshold_s = reader.number("state_threshold_s", time_range);
  if (reader.has("without")) m.without = parse_mechanism(reader.text("without"), reader.where("without"));
  const Json& scales = reader.at("scales");
  if (!scales.is_array()) reader.refuse("scales", "a list");
  for (const Json& scale : scales) m.scales.push_back(parse_scale(scale, reader.where("scales"), m));
  return m;
}

AlphaBetaRing read_alpha_beta(ObjectReader& reader) {
  return {.base = Seconds{reader.number("base_s", time_range)},
          .link = {.alpha = Seconds{reader.number("alpha_s", time_range)},
                   .bandwidth = {reader.number("bandwidth_bytes_per_s", bandwidth_range)}}};
}

BandwidthBound read_bound(ObjectReader& reader) {
  return {.system = parse_system_id(reader.text("system_id"), reader.where("system_id")),
          .bandwidth = {reader.number("bandwidth_bytes_per_s", bandwidth_range)}};
}

AstraRing read_astra(ObjectReader& reader) {
  return {.latency = Seconds{reader.number("latency_s", astra_time_range)},
          .bandwidth = {reader.number("bandwidth_bytes_per_s", astra_bandwidth_range)},
          .memory = {reader.number("memory_bytes_per_s", astra_bandwidth_range)},
          .ranks = static_cast<int>(reader.integer("ranks", 0, max_ranks))};
}

AstraSwitch read_astra_switch(ObjectReader& reader) {
  return {.latency = Seconds{reader.number("latency_s", astra_time_range)},
          .bandwidth = {reader.number("bandwidth_bytes_per_s", astra_bandwidth_range)},
          .memory = {reader.number("memory_bytes_per_s", astra_bandwidth_range)},
          .endpoint_delay_ns = static_cast<int>(reader.integer("endpoint_delay_ns", 1, 1'000'000)),
          .chunks = static_cast<int>(reader.integer("chunks", 1, 1024)),
          .active_chunks = static_cast<int>(reader.integer("active_chunks", 1, 1024))};
}

Machine read_machine(const std::string& kind, ObjectReader& reader, const ObjectReader& parent) {
  if (kind == "cluster") return read_cluster(reader);
  if (kind == "alpha_beta_ring") return read_alpha_beta(reader);
  if (kind == "bandwidth_bound") return read_bound(reader);
  if (kind == "astra_ring") return read_astra(reader);
  if (kind == "astra_switch") return read_astra_switch(reader);
  if (kind == "nccl") return nccl::parse_machine(reader);
  parent.refuse("kind", "cluster, alpha_beta_ring, bandwidth_bound, astra_ring, astra_switch or nccl");
}

}  // namespace

std::string model_kind(const Platform& platform) {
  return std::visit(
      Overloaded{[](const ClusterPlatform&) { return "cluster"; },
                 [](const AlphaBetaRing&) { return "alpha_beta_ring"; },
                 [](const BandwidthBound&) { return "bandwidth_bound"; }, [](const AstraRing&) { return "astra_ring"; },
                 [](const AstraSwitch&) { return "astra_switch"; }, [](const nccl::Machine&) { return "nccl"; }},
      platform.machine);
}

bool stands_for(const Platform& platform, const std::string& id) {
  return std::ranges::any_of(platform.describes, [&](const std::string& described) {
    return described == id || described == without_launch_mode(id);
  });
}

Json to_json(const Platform& platform) {
  Json json{{"model", platform.model},
            {"kind", model_kind(platform)},
            {"describes", platform.describes},
            {"machine", std::visit([](const auto& m) { return machine_json(m); }, platform.machine)},
            {"sources", platform.sources},
            {"fitted_on", platform.fitted_on}};
  for (const StatedProfile& profile : platform.profiles) json["profiles"].push_back(to_json(profile));
  return json;
}

Platform parse_platform(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  ObjectReader machine(reader.at("machine"), reader.where("machine"));
  Platform platform{.model = reader.text("model"),
                    .describes = reader.texts("describes"),
                    .machine = read_machine(reader.text("kind"), machine, reader),
                    .sources = reader.texts("sources"),
                    .fitted_on = reader.texts("fitted_on")};
  machine.finish();
  if (platform.describes.empty()) reader.refuse("describes", "a list of the system_ids it stands for, at least one");
  if (reader.has("profiles")) platform.profiles = read_list<StatedProfile>(reader, "profiles", parse_stated_profile);
  reader.finish();
  return platform;
}

PlatformFile read_platform_file(const std::filesystem::path& path) {
  const std::string text = read_text_file(path);
  const Json json = parse_json(text, path.string());
  ObjectReader reader(json, path.string());
  if (reader.integer("schema", 0, 1'000'000) != platform_schema)
    reader.refuse("schema", fmt::format("{}", platform_schema));
  PlatformFile file{.name = path.string(), .hash = content_hash(text), .platforms = {}};
  file.platforms = read_list<Platform>(reader, "platforms", parse_platform);
  reader.finish();
  return file;
}

std::string platform_file_text(const std::vector<Platform>& platforms) {
  Json list = Json::array();
  for (const Platform& platform : platforms) list.push_back(to_json(platform));
  return Json{{"schema", platform_schema}, {"platforms", list}}.dump(1) + "\n";
}

}  // namespace ringtrue
