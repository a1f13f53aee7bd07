#include "validate/join/spread.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "experiment/record/summary.hpp"
#include "experiment/system.hpp"

namespace ringtrue {
namespace {

/// What has to be equal for two published times to answer one question.
using PublishedQuestion = std::tuple<std::string, Collective, Algorithm, std::optional<Protocol>, int, Bytes>;

struct Answers {
  Experiment experiment;
  std::map<std::string, std::vector<double>> of;  ///< Seconds, by source.
};

constexpr NumberRange time_range{0, 3.2e9};

void take(const Record& record, const std::string& source, std::map<PublishedQuestion, Answers>& questions) {
  const CollectiveRun* run = as_collective(record.experiment);
  if (run == nullptr) return;
  Answers& answers = questions[{without_launch_mode(record.system_id), run->collective, run->algorithm, run->protocol,
                                record.experiment.ranks, run->bytes}];
  if (answers.of.empty()) answers.experiment = record.experiment;
  answers.of[source].push_back(time_of(record).count());
}

}  // namespace

std::vector<Spread> spreads_of(std::span<const PublishedFile> files) {
  std::map<PublishedQuestion, Answers> questions;
  for (const PublishedFile& file : files)
    if (file.model.empty())
      for (const Record& record : file.records) take(record, file.provenance.source, questions);
  std::vector<Spread> spreads;
  for (const auto& [question, answers] : questions) {
    if (answers.of.size() < 2) continue;
    Spread spread{.experiment = answers.experiment, .system_id = std::get<0>(question), .times = {}};
    for (const auto& [source, times] : answers.of) spread.times.push_back({source, Seconds{median(times)}});
    std::ranges::stable_sort(spread.times, {}, &SourceTime::time);
    spreads.push_back(std::move(spread));
  }
  return spreads;
}

Json to_json(const Spread& spread) {
  Json times = Json::array();
  for (const SourceTime& t : spread.times) times.push_back({{"source", t.source}, {"time_s", t.time.count()}});
  return {{"experiment", to_json(spread.experiment)}, {"system_id", spread.system_id}, {"times", times}};
}

Spread parse_spread(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Spread spread{.experiment = parse_experiment(reader.at("experiment"), reader.where("experiment")),
                .system_id = reader.text("system_id"),
                .times = {}};
  const Json& list = reader.at("times");
  if (!list.is_array() || list.size() < 2) reader.refuse("times", "the times of at least two sources");
  for (const Json& element : list) {
    ObjectReader time(element, reader.where("times"));
    spread.times.push_back({.source = time.text("source"), .time = Seconds{time.number("time_s", time_range)}});
    if (spread.times.back().time <= Seconds{0}) time.refuse("time_s", "a time above zero");
    time.finish();
  }
  reader.finish();
  return spread;
}

std::vector<PublishedSource> sources_of(std::span<const PublishedFile> files) {
  std::vector<PublishedSource> sources;
  for (const PublishedFile& file : files)
    sources.push_back({file.provenance, file.name, file.model, file.records.size()});
  return sources;
}

Json to_json(const PublishedSource& s) {
  Json json = to_json(s.provenance);
  json["file"] = s.name;
  json["model"] = s.model;
  json["records"] = s.records;
  return json;
}

PublishedSource parse_source(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  PublishedSource s{.provenance = parse_provenance(reader),
                    .name = reader.text("file"),
                    .model = reader.text("model"),
                    .records = static_cast<std::size_t>(reader.integer("records", 0, 1'000'000'000))};
  reader.finish();
  return s;
}

}  // namespace ringtrue
