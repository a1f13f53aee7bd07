#include "validate/published_score.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "validate/comparison.hpp"
#include "validate/statistics/error_metrics.hpp"

namespace ringtrue {
namespace {

using Kind = std::tuple<std::string, std::string, std::string, Collective, Algorithm, int, std::string>;

Kind kind_of(const Pair& p, const CollectiveRun& run) {
  return {p.system_id,   p.reference_source.substr(0, p.reference_source.find(',')),
          p.how_read,    run.collective,
          run.algorithm, p.experiment.ranks,
          p.model};
}

PublishedScore score_for(const Kind& kind, const std::vector<const Pair*>& pairs) {
  PublishedScore s;
  std::tie(s.system_id, s.source, s.how_read, s.collective, s.algorithm, s.ranks, s.model) = kind;
  std::vector<double> ratios;
  s.least = max_bytes;
  for (const Pair* p : pairs) {
    ratios.push_back(p->ratio);
    s.least = std::min(s.least, message_bytes(p->experiment));
    s.most = std::max(s.most, message_bytes(p->experiment));
  }
  s.rows = pairs.size();
  s.log_error = log_error(ratios);
  s.bias = bias(ratios);
  s.worst = ratios[worst_row(ratios)] - 1;
  return s;
}

}  // namespace

std::vector<PublishedScore> published_scores(std::span<const Pair> pairs) {
  std::map<Kind, std::vector<const Pair*>> kinds;
  for (const Pair& p : pairs)
    if (const CollectiveRun* run = as_collective(p.experiment); run != nullptr && p.published)
      kinds[kind_of(p, *run)].push_back(&p);
  std::vector<PublishedScore> scores;
  for (const auto& [kind, members] : kinds) scores.push_back(score_for(kind, members));
  return scores;
}

Json to_json(const PublishedScore& s) {
  return {{"model", s.model},
          {"source", s.source},
          {"system_id", s.system_id},
          {"how_read", s.how_read},
          {"collective", to_string(s.collective)},
          {"algorithm", to_string(s.algorithm)},
          {"ranks", s.ranks},
          {"least_bytes", s.least.count},
          {"most_bytes", s.most.count},
          {"rows", s.rows},
          {"log_error", s.log_error},
          {"bias", s.bias},
          {"worst", s.worst}};
}

PublishedScore parse_published_score(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  PublishedScore s{.model = reader.text("model"),
                   .source = reader.text("source"),
                   .system_id = reader.text("system_id"),
                   .how_read = reader.text("how_read"),
                   .collective = parse_collective(reader.text("collective"), reader.where("collective")),
                   .algorithm = parse_algorithm(reader.text("algorithm"), reader.where("algorithm")),
                   .ranks = static_cast<int>(reader.integer("ranks", 1, max_ranks)),
                   .least = {reader.integer("least_bytes", 1, max_bytes.count)},
                   .most = {reader.integer("most_bytes", 1, max_bytes.count)},
                   .rows = static_cast<std::size_t>(reader.integer("rows", 1, 1'000'000'000)),
                   .log_error = reader.number("log_error", {0, 1e300}),
                   .bias = reader.number("bias", {-1, 1e300}),
                   .worst = reader.number("worst", {-1, 1e300})};
  reader.finish();
  return s;
}

}  // namespace ringtrue
