#include "experiment/suite.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t max_rows = 100'000;

/// One entry of a suite file before its lists are multiplied out.
struct Entry {
  std::vector<Bytes> bytes;
  std::vector<DataType> dtypes;
  std::vector<bool> in_place;
  std::vector<std::string> strides;  ///< "near" or "far"
  std::vector<int> ranks;
  std::string subject;  ///< A calibration subject; empty for a collective.
  Collective collective = Collective::all_reduce;
  std::vector<Algorithm> algorithms;
  std::optional<int> root;
  Segmentation segmentation;
  int repetitions = 1;
  RowBudget budget;
};

Bytes read_size(const Json& json, const std::string& where) {
  if (json.is_string()) return parse_bytes(json.get<std::string>(), where);
  throw Error(fmt::format("{}: {} is not a size; write text with a unit, such as \"64 KiB\"", where, json.dump()));
}

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

template <class T, class Read>
std::vector<T> one_or_list(const Json& json, Read read) {
  std::vector<T> values;
  if (!json.is_array()) return {read(json)};
  for (const Json& element : json) values.push_back(read(element));
  return values;
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

std::vector<int> read_ranks(ObjectReader& reader) {
  return one_or_list<int>(reader.at("ranks"), [&](const Json& element) {
    if (element.is_number_integer() && element.get<std::int64_t>() >= 1 && element.get<std::int64_t>() <= max_ranks)
      return element.get<int>();
    throw Error(fmt::format("{}: {} is not a number of ranks; allowed: 1 to {}", reader.where("ranks"), element.dump(),
                            max_ranks));
  });
}

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

RowBudget read_budget(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  RowBudget budget;
  constexpr NumberRange a_day{0, 86'400};
  if (reader.has("min_time_s")) budget.min_time = Seconds{reader.number("min_time_s", a_day)};
  if (reader.has("max_time_s")) budget.max_time = Seconds{reader.number("max_time_s", a_day)};
  if (reader.has("min_iterations")) budget.min_iterations = static_cast<int>(reader.integer("min_iterations", 1, 1000));
  if (reader.has("max_iterations")) budget.max_iterations = static_cast<int>(reader.integer("max_iterations", 1, 1000));
  if (reader.has("precision")) budget.precision = reader.number("precision", {0, 1});
  reader.finish();
  if (budget.min_iterations > budget.max_iterations || budget.min_time > budget.max_time)
    throw Error(where + ": a minimum is above its maximum");
  return budget;
}

Segmentation read_segmentation(ObjectReader& reader) {
  const Bytes segment = read_size(reader.at("segment_bytes"), reader.where("segment_bytes"));
  if (segment.count < 1) reader.refuse("segment_bytes", "at least 1 B");
  const int in_flight =
      reader.has("segments_in_flight") ? static_cast<int>(reader.integer("segments_in_flight", 1, 1024)) : 1;
  return {.segment = segment, .in_flight = in_flight};
}

void read_collective(ObjectReader& reader, Entry& entry) {
  entry.collective = parse_collective(reader.text("collective"), reader.where("collective"));
  entry.algorithms = one_or_list<Algorithm>(reader.at("algorithm"), [&](const Json& element) {
    return parse_algorithm(read_text(element, reader.where("algorithm")), reader.where("algorithm"));
  });
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
  if (std::ranges::any_of(entry.algorithms, is_ours)) entry.segmentation = read_segmentation(reader);
}

void read_calibration(ObjectReader& reader, Entry& entry) {
  static const std::set<std::string> subjects{"ping_pong", "exchange", "reduce_local", "copy_local"};
  entry.subject = reader.text("calibration");
  if (!subjects.contains(entry.subject)) reader.refuse("calibration", fmt::format("{}", fmt::join(subjects, ", ")));
  entry.repetitions = static_cast<int>(reader.integer("repetitions", 1, 1'000'000));
  if (entry.subject != "ping_pong") entry.segmentation = read_segmentation(reader);
  if (entry.subject != "ping_pong" && entry.subject != "exchange") return;
  entry.strides = one_or_list<std::string>(reader.at("stride"), [&](const Json& element) {
    if (element != "near" && element != "far")
      reader.refuse("stride", "near (rank r with r+1), far (r with r+ranks/2) or a list");
    return element.get<std::string>();
  });
}

Entry read_entry(const Json& json, const std::string& where, const Entry& defaults) {
  ObjectReader reader(json, where);
  Entry entry = defaults;
  entry.bytes = read_sizes(reader);
  if (reader.has("ranks")) entry.ranks = read_ranks(reader);
  for (const int ranks : entry.ranks)
    if (std::ranges::find(defaults.ranks, ranks) == defaults.ranks.end())
      reader.refuse("ranks", fmt::format("a choice of the suite's own ranks, {}", fmt::join(defaults.ranks, ", ")));
  if (reader.has("budget")) entry.budget = read_budget(reader.at("budget"), reader.where("budget"));
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
  reader.finish();
  return entry;
}

/// The values the lists of an entry take for one row.
struct Choice {
  Bytes bytes;
  Algorithm algorithm;
  DataType dtype;
  bool in_place;
  int stride;
};

Workload workload_of(const Entry& entry, const Choice& choice) {
  if (entry.subject == "ping_pong") return PingPong{choice.bytes, choice.stride, entry.repetitions};
  if (entry.subject == "exchange") return Exchange{choice.bytes, choice.stride, entry.repetitions, entry.segmentation};
  if (entry.subject == "reduce_local")
    return ReduceLocal{choice.bytes, choice.dtype, entry.repetitions, entry.segmentation.segment};
  if (entry.subject == "copy_local") return CopyLocal{choice.bytes, entry.repetitions, entry.segmentation.segment};
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
void add_choices(const Entry& entry, const Choice& choice, const std::set<int>& strides, std::vector<Choice>& choices) {
  for (const bool in_place : entry.in_place)
    for (const int stride : strides)
      choices.push_back({choice.bytes, choice.algorithm, choice.dtype, in_place, stride});
}

std::vector<Choice> choices_of(const Entry& entry, int ranks) {
  std::set<int> strides;
  for (const std::string& stride : entry.strides) strides.insert(stride == "far" ? std::max(1, ranks / 2) : 1);
  std::vector<Choice> choices;
  for (const Bytes bytes : entry.bytes)
    for (const Algorithm algorithm : entry.algorithms)
      for (const DataType dtype : entry.dtypes)
        add_choices(entry, {bytes, algorithm, dtype, true, 1}, strides, choices);
  return choices;
}

struct Part {
  Purpose purpose;
  std::vector<Entry> entries;
};

/// Whatever would stop a launch stops it before anything is measured.
void require_runnable(const Experiment& experiment, const std::string& suite_name) {
  const CollectiveRun* run = as_collective(experiment);
  if (run == nullptr) return;
  const auto refuse = [&](const std::string& what) { throw Error(fmt::format("suite '{}': {}", suite_name, what)); };
  if (run->bytes.count <= 0 || run->bytes.count % element_bytes(*run->dtype).count != 0)
    refuse(fmt::format("{} asks for {}, but it takes a positive multiple of {}, the element",
                       experiment_key(experiment), to_string(run->bytes), to_string(element_bytes(*run->dtype))));
  try {
    if (is_ours(run->algorithm)) check_schedulable(experiment);
  } catch (const Error& error) {
    refuse(error.what());
  }
  if (run->algorithm == Algorithm::library_ring && run->collective != Collective::all_reduce)
    refuse(fmt::format("{}: library_ring is an all_reduce only", experiment_key(experiment)));
  if (run->algorithm == Algorithm::library && run->collective == Collective::all_to_all && *run->in_place)
    refuse(
        fmt::format("{}: an all_to_all has no in-place form here; set in_place to false", experiment_key(experiment)));
}

void expand(const Part& part, int ranks, std::set<std::string>& seen, Suite& suite) {
  for (const Entry& entry : part.entries) {
    if (std::ranges::find(entry.ranks, ranks) == entry.ranks.end()) continue;
    for (const Choice& choice : choices_of(entry, ranks)) {
      const Experiment experiment{workload_of(entry, choice), ranks};
      require_runnable(experiment, suite.name);
      if (!seen.insert(experiment_key(experiment)).second)
        throw Error(
            fmt::format("suite '{}': {} is asked for twice; remove one entry", suite.name, experiment_key(experiment)));
      suite.rows.push_back({part.purpose, experiment, entry.budget});
    }
  }
  if (suite.rows.size() > max_rows) throw Error(fmt::format("suite '{}': more than {} rows", suite.name, max_rows));
}

Part read_part(ObjectReader& reader, Purpose purpose, const Entry& defaults) {
  const std::string key(to_string(purpose));
  Part part{purpose, {}};
  if (!reader.has(key)) return part;
  const Json& list = reader.at(key);
  if (!list.is_array()) reader.refuse(key, "a list of entries");
  for (std::size_t i = 0; i < list.size(); ++i)
    part.entries.push_back(read_entry(list[i], fmt::format("{}/{}", reader.where(key), i), defaults));
  return part;
}

}  // namespace

Suite parse_suite(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  Suite suite{
      .name = reader.text("name"), .hash = content_hash(text), .ranks = read_ranks(reader), .launches = {}, .rows = {}};
  suite.launches = read_launches(reader, suite.ranks);
  Entry defaults;
  defaults.ranks = suite.ranks;
  const std::vector<Part> parts{read_part(reader, Purpose::calibrate, defaults),
                                read_part(reader, Purpose::score, defaults),
                                read_part(reader, Purpose::show, defaults)};
  reader.finish();
  std::set<std::string> seen;
  for (const int ranks : suite.ranks)
    for (const Part& part : parts) expand(part, ranks, seen, suite);
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
  // Fisher and Yates by hand: std::shuffle is free to differ between standard libraries, and all ranks must agree.
  std::mt19937_64 random(std::stoull(content_hash(fmt::format("{}/{}/{}", suite.name, ranks, launch)), nullptr, 16));
  for (std::size_t i = rows.size() - 1; i > 0; --i) std::swap(rows[i], rows[random() % (i + 1)]);
  return rows;
}

}  // namespace ringtrue
