#include "experiment/priced_row.hpp"

#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

constexpr double longest_s = 1e9;

Json prices_json(const PiecePrices& prices) {
  Json json = Json::array();
  for (const auto& [length, seconds] : prices) json.push_back({{"bytes", length}, {"cost_s", seconds}});
  return json;
}

PiecePrices read_prices(ObjectReader& reader, const std::string& key) {
  PiecePrices prices;
  const Json& list = reader.at(key);
  if (!list.is_array()) reader.refuse(key, "a list of pieces with bytes and cost_s");
  for (const Json& element : list) {
    ObjectReader piece(element, reader.where(key));
    const std::int64_t length = piece.integer("bytes", 0, max_bytes.count);
    if (!prices.emplace(length, piece.number("cost_s", {0, longest_s})).second)
      piece.refuse("bytes", "each length once");
    piece.finish();
  }
  return prices;
}

}  // namespace

Json to_json(const PricedRow& row) {
  return {{"experiment", to_json(row.experiment)},
          {"reduce_s", prices_json(row.reduce_s)},
          {"copy_s", prices_json(row.copy_s)},
          {"extrapolated", row.extrapolated}};
}

Json to_json(const SimulatedRow& row) {
  return {{"key", row.key}, {"time_s", row.time.count()}, {"wall_s", row.wall.count()}};
}

PricedRow parse_priced_row(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  PricedRow row{.experiment = parse_experiment(reader.at("experiment"), reader.where("experiment")),
                .reduce_s = read_prices(reader, "reduce_s"),
                .copy_s = read_prices(reader, "copy_s"),
                .extrapolated = reader.boolean("extrapolated")};
  reader.finish();
  return row;
}

SimulatedRow parse_simulated_row(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  SimulatedRow row{.key = reader.text("key"),
                   .time = Seconds{reader.number("time_s", {0, longest_s})},
                   .wall = Seconds{reader.number("wall_s", {0, longest_s})}};
  reader.finish();
  return row;
}

}  // namespace ringtrue
