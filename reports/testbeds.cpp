#include "reports/testbeds.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "experiment/system.hpp"

namespace ringtrue {
namespace {

template <class T>
void keep_systems_of(const std::string& testbed, std::vector<T>& values) {
  std::erase_if(values, [&](const T& value) { return testbed_of(value.system_id) != testbed; });
}

/// The rest: training steps that were predicted on other systems.
std::vector<TrainingPrediction> predictions_off(const std::vector<std::string>& beds,
                                                std::vector<TrainingPrediction> all) {
  std::erase_if(
      all, [&](const TrainingPrediction& p) { return std::ranges::find(beds, testbed_of(p.system_id)) != beds.end(); });
  return all;
}

template <class T>
void keep_published(bool published, std::vector<T>& values) {
  std::erase_if(values, [&](const T& value) { return value.published != published; });
}

/// A launch that does not say where it ran may have run anywhere.
bool may_be_of(const Json& context, const std::string& testbed) {
  const auto id = context.find("system_id");
  return id == context.end() || !id->is_string() || testbed_of(id->get<std::string>()) == testbed;
}

}  // namespace

std::vector<std::string> testbeds(const Comparison& comparison) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Verdict& verdict : comparison.verdicts) add(testbed_of(verdict.system_id));
  for (const MeasuredRow& row : comparison.measured) add(testbed_of(row.system_id));
  return names;
}

Comparison on_testbed(const Comparison& comparison, const std::string& testbed) {
  Comparison c = comparison;
  keep_published(false, c.pairs);
  keep_published(false, c.aggregates);
  keep_systems_of(testbed, c.measured);
  keep_systems_of(testbed, c.pairs);
  keep_systems_of(testbed, c.aggregates);
  keep_systems_of(testbed, c.ring_ratios);
  keep_systems_of(testbed, c.verdicts);
  keep_systems_of(testbed, c.unpaired);
  keep_systems_of(testbed, c.rankings);
  keep_systems_of(testbed, c.training_predictions);
  std::erase_if(c.training_rankings,
                [&](const TrainingRanking& r) { return testbed_of(r.ranking.system_id) != testbed; });
  std::erase_if(c.undecided, [&](const Budget& budget) { return budget.testbed != testbed; });
  std::erase_if(c.measured_contexts, [&](const Json& context) { return !may_be_of(context, testbed); });
  c.scalars.clear();
  c.published_sources.clear();
  c.published_scores.clear();
  c.spreads.clear();
  c.replications.clear();
  c.lints.clear();
  c.warnings.clear();
  return c;
}

Comparison off_testbeds(const Comparison& comparison) {
  Comparison c = comparison;
  keep_published(true, c.pairs);
  keep_published(true, c.aggregates);
  c.measured.clear();
  c.ring_ratios.clear();
  c.verdicts.clear();
  c.rankings.clear();
  c.training_rankings.clear();
  c.training_predictions = predictions_off(testbeds(comparison), std::move(c.training_predictions));
  return c;
}

}  // namespace ringtrue
