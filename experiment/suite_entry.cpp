#include "experiment/suite_entry.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/list_or_one.hpp"

namespace ringtrue {
namespace {

std::vector<Bytes> read_range(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  const Bytes from = read_size(reader.at("from"), reader.where("from"));
  const Bytes to = read_size(reader.at("to"), reader.where("to"));
  const std::int64_t factor = reader.integer("factor", 2, 1 << 20);
  reader.finish();
  if (from.count < 1 || from > to)
    throw Error(fmt::format("{}: 'from' must be at least 1 B and not above 'to'", where));
  std::vector<Bytes> sizes;
  for (Bytes size = from; size < to; size = Bytes{size.count * factor}) sizes.push_back(size);
  sizes.push_back(to);
  return sizes;
}

std::vector<Bytes> read_sizes(ObjectReader& reader) {
  const Json& json = reader.at("bytes");
  const std::string where = reader.where("bytes");
  if (json.is_object()) return read_range(json, where);
  return one_or_list<Bytes>(json, [&](const Json& element) { return read_size(element, where); });
}

std::string read_text(const Json& json, const std::string& where) {
  if (!json.is_string()) throw Error(fmt::format("{}: {} is not a text", where, json.dump()));
  return json.get<std::string>();
}

RowBudget read_budget(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  RowBudget budget;
  constexpr NumberRange a_day{0, 86'400};
  if (reader.has("min_time_s")) budget.min_time = Seconds{reader.number("min_time_s", a_day)};
  if (reader.has("max_time_s")) budget.max_time = Seconds{reader.number("max_time_s", a_day)};
  if (reader.has("min_iterations")) budget.min_iterations = static_cast<int>(reader.integer("min_iterations", 1, 1000));
  if (reader.has("max_iterations")) budget.max_iterations = static_cast<int>(reader.integer("max_iterations", 1, 1000));
  if (reader.has("max_warm_up")) budget.max_warm_up = static_cast<int>(reader.integer("max_warm_up", 1, 1000));
  if (reader.has("precision")) budget.precision = reader.number("precision", {0, 1});
  reader.finish();
  if (budget.min_iterations > budget.max_iterations || budget.min_time > budget.max_time)
    throw Error(where + ": a minimum is above its maximum");
  return budget;
}

void read_collective(ObjectReader& reader, SuiteEntry& entry) {
  entry.collective = parse_collective(reader.text("collective"), reader.where("collective"));
  entry.algorithms = read_algorithms(reader);
  if (reader.has("op")) {
    if (!reduces_values(entry.collective)) reader.refuse("op", "left out where nothing is reduced");
    if (reader.text("op") != to_string(ReduceOp::sum)) reader.refuse("op", "sum");
  }
  entry.in_place = one_or_list<bool>(reader.at("in_place"), [&](const Json& element) {
    if (!element.is_boolean()) reader.refuse("in_place", "true, false or a list of them");
    return element.get<bool>();
  });
  if (entry.collective == Collective::broadcast)
    entry.root = reader.has("root") ? static_cast<int>(reader.integer("root", 0, max_ranks - 1)) : 0;
  if (std::ranges::any_of(entry.algorithms, is_ours)) entry.segmentation = read_entry_segmentation(reader);
}

void read_calibration(ObjectReader& reader, SuiteEntry& entry) {
  static const std::set<std::string> subjects{"ping_pong",    "exchange",   "busy_exchange",
                                              "reduce_local", "copy_local", "layer_profile"};
  entry.subject = reader.text("calibration");
  if (!subjects.contains(entry.subject)) reader.refuse("calibration", fmt::format("{}", fmt::join(subjects, ", ")));
  entry.repetitions = static_cast<int>(reader.integer("repetitions", 1, 1'000'000));
  if (entry.subject != "ping_pong") {
    entry.segmentation = read_entry_segmentation(reader);
    entry.cold = reader.has("cold") && reader.boolean("cold");
  }
  if (entry.subject == "exchange") entry.fresh = reader.has("fresh") && reader.boolean("fresh");
  if (entry.subject == "reduce_local" || entry.subject == "copy_local") return;
  entry.strides = one_or_list<std::string>(reader.at("stride"), [&](const Json& element) {
    if (element != "near" && element != "far")
      reader.refuse("stride", "near (rank r with r+1), far (r with r+ranks/2) or a list");
    return element.get<std::string>();
  });
}

/// Everything that is not about training.
void read_lists(ObjectReader& reader, SuiteEntry& entry) {
  entry.bytes = read_sizes(reader);
  entry.dtypes = {DataType::float32};
  if (reader.has("dtype")) {
    entry.dtypes = one_or_list<DataType>(reader.at("dtype"), [&](const Json& element) {
      return parse_data_type(read_text(element, reader.where("dtype")), reader.where("dtype"));
    });
  }
  entry.in_place = {true};
  entry.strides = {"near"};
  entry.algorithms = {Algorithm::ring};
  if (reader.has("calibration")) {
    read_calibration(reader, entry);
  } else {
    read_collective(reader, entry);
  }
}

}  // namespace

Bytes read_size(const Json& json, const std::string& where) {
  if (json.is_string()) return parse_bytes(json.get<std::string>(), where);
  throw Error(fmt::format("{}: {} is not a size; write text with a unit, such as \"64 KiB\"", where, json.dump()));
}

Segmentation read_entry_segmentation(ObjectReader& reader) {
  const Bytes segment = read_size(reader.at("segment_bytes"), reader.where("segment_bytes"));
  if (segment.count < 1) reader.refuse("segment_bytes", "at least 1 B");
  const int in_flight =
      reader.has("segments_in_flight") ? static_cast<int>(reader.integer("segments_in_flight", 1, 1024)) : 1;
  return {.segment = segment, .in_flight = in_flight};
}

std::vector<Algorithm> read_algorithms(ObjectReader& reader) {
  return one_or_list<Algorithm>(reader.at("algorithm"), [&](const Json& element) {
    return parse_algorithm(read_text(element, reader.where("algorithm")), reader.where("algorithm"));
  });
}

std::vector<int> read_ranks(ObjectReader& reader) {
  return one_or_list<int>(reader.at("ranks"), [&](const Json& element) {
    if (element.is_number_integer() && element.get<std::int64_t>() >= 1 && element.get<std::int64_t>() <= max_ranks)
      return element.get<int>();
    throw Error(fmt::format("{}: {} is not a number of ranks; allowed: 1 to {}", reader.where("ranks"), element.dump(),
                            max_ranks));
  });
}

SuiteEntry read_entry(const Json& json, const std::string& where, const SuiteEntry& defaults, const Models& models) {
  ObjectReader reader(json, where);
  SuiteEntry entry = defaults;
  if (reader.has("ranks")) entry.ranks = read_ranks(reader);
  for (const int ranks : entry.ranks)
    if (std::ranges::find(defaults.ranks, ranks) == defaults.ranks.end())
      reader.refuse("ranks", fmt::format("a choice of the suite's own ranks, {}", fmt::join(defaults.ranks, ", ")));
  if (reader.has("budget")) entry.budget = read_budget(reader.at("budget"), reader.where("budget"));
  if (is_training_entry(reader)) {
    entry.training = read_training_entry(reader, models);
  } else {
    read_lists(reader, entry);
  }
  reader.finish();
  return entry;
}

}  // namespace ringtrue
