#include "sim/nccl/machine_json.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue::nccl {
namespace {

constexpr NumberRange value_range{1e-9, 1e9};
constexpr NumberRange width_range{0, 10};

Json parameters_json(const Parameters& parameters) {
  Json json = Json::object();
  for (std::size_t i = 0; i < quantities; ++i) {
    const Parameter& p = parameters[static_cast<Quantity>(i)];
    json[std::string(name_of(static_cast<Quantity>(i)))] = {
        {"value", p.value}, {"prior", p.prior}, {"width", p.width}, {"source", p.source}};
  }
  return json;
}

Parameter parse_parameter(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Parameter p{.value = reader.number("value", value_range),
              .prior = reader.number("prior", value_range),
              .width = reader.number("width", width_range),
              .source = reader.text("source")};
  if (p.source.empty()) reader.refuse("source", "where the prior comes from, in words");
  if (p.width == 0 && p.value != p.prior)
    reader.refuse("value", "the prior, as a width of 0 says that it is not fitted");
  reader.finish();
  return p;
}

Parameters parse_parameters(ObjectReader& machine) {
  ObjectReader reader(machine.at("parameters"), machine.where("parameters"));
  Parameters parameters;
  for (std::size_t i = 0; i < quantities; ++i) {
    const std::string name(name_of(static_cast<Quantity>(i)));
    parameters[static_cast<Quantity>(i)] = parse_parameter(reader.at(name), reader.where(name));
  }
  reader.finish();
  return parameters;
}

std::vector<LinkCount> parse_links(ObjectReader& machine) {
  const Json& list = machine.at("links");
  if (!list.is_array() || list.empty()) machine.refuse("links", "a list of {gpus, links}, at least one");
  std::vector<LinkCount> links;
  for (const Json& json : list) {
    ObjectReader reader(json, fmt::format("{}/{}", machine.where("links"), links.size()));
    links.push_back({.gpus = static_cast<int>(reader.integer("gpus", 0, 1024)),
                     .links = static_cast<int>(reader.integer("links", 1, 1024))});
    reader.finish();
  }
  return links;
}

Json coverage_json(const Coverage& covers) {
  Json collectives = Json::array();
  for (const Collective collective : covers.collectives) collectives.push_back(to_string(collective));
  return {{"gpus", covers.gpus},
          {"collectives", collectives},
          {"least_bytes", covers.least.count},
          {"most_bytes", covers.most.count}};
}

Coverage parse_coverage(ObjectReader& machine) {
  ObjectReader reader(machine.at("covers"), machine.where("covers"));
  Coverage covers;
  for (const double gpus : reader.numbers("gpus", {2, max_ranks})) {
    if (gpus != std::floor(gpus)) reader.refuse("gpus", "a list of whole numbers");
    covers.gpus.push_back(static_cast<int>(gpus));
  }
  for (const std::string& name : reader.texts("collectives"))
    covers.collectives.push_back(parse_collective(name, reader.where("collectives")));
  covers.least = {reader.integer("least_bytes", 1, max_bytes.count)};
  covers.most = {reader.integer("most_bytes", covers.least.count, max_bytes.count)};
  reader.finish();
  return covers;
}

}  // namespace

Json to_json(const Machine& m) {
  Json links = Json::array();
  for (const LinkCount& l : m.links) links.push_back({{"gpus", l.gpus}, {"links", l.links}});
  return {{"gpus_per_node", m.gpus_per_node},
          {"nics_per_node", m.nics_per_node},
          {"most_nodes", m.most_nodes},
          {"nvls", m.nvls},
          {"tuner", m.tuner},
          {"links", links},
          {"covers", coverage_json(m.covers)},
          {"parameters", parameters_json(m.parameters)}};
}

Machine parse_machine(ObjectReader& reader) {
  Machine m{.gpus_per_node = static_cast<int>(reader.integer("gpus_per_node", 2, 1024)),
            .nics_per_node = static_cast<int>(reader.integer("nics_per_node", 0, 1024)),
            .most_nodes = static_cast<int>(reader.integer("most_nodes", 1, 1024)),
            .nvls = reader.boolean("nvls"),
            .tuner = reader.boolean("tuner"),
            .links = parse_links(reader),
            .parameters = parse_parameters(reader),
            .covers = parse_coverage(reader)};
  if (m.most_nodes > 1 && m.nics_per_node == 0)
    reader.refuse("nics_per_node", "at least 1 where most_nodes is above 1");
  return m;
}

}  // namespace ringtrue::nccl
