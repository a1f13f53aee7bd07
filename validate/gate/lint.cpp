#include "validate/gate/lint.hpp"

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

constexpr double most_scatter = 0.02;   ///< Standard deviation of ln r that still looks like one factor.
constexpr double most_distance = 0.01;  ///< Of the mean of ln r from that factor.
constexpr std::size_t least_alike = 3;
constexpr double least_fall = 0.8;
constexpr std::int64_t least_growth = 4;

struct Slip {
  double ratio;
  const char* hint;
};

constexpr std::array slips{
    Slip{1e9 / (1 << 30), "bandwidths in GB/s were read as GiB/s"},
    Slip{(1 << 30) / 1e9, "bandwidths in GiB/s were read as GB/s"},
    Slip{2, "one direction was counted for two, or the other way round"},
    Slip{0.5, "one direction was counted for two, or the other way round"},
    Slip{1000, "a prefix of a unit is off by one"},
    Slip{0.001, "a prefix of a unit is off by one"},
};

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  double squares = 0;
  for (const double value : values) sum += value;
  for (const double value : values) squares += (value - sum / n) * (value - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1))};
}

const Slip* slip_of(const std::vector<double>& log_ratios) {
  if (log_ratios.size() < least_alike) return nullptr;
  const Moments moments = moments_of(log_ratios);
  if (moments.deviation > most_scatter) return nullptr;
  for (const Slip& slip : slips)
    if (std::abs(moments.mean - std::log(slip.ratio)) <= most_distance) return &slip;
  return nullptr;
}

using Curve = std::map<std::int64_t, double>;  ///< Bytes to seconds.

/// The steepest fall over a growth of the bytes by four or more.
std::optional<std::pair<std::int64_t, std::int64_t>> worst_fall(const Curve& curve) {
  std::optional<std::pair<std::int64_t, std::int64_t>> worst;
  double least = least_fall;
  for (const auto& [small, early] : curve) {
    for (auto it = curve.lower_bound(small * least_growth); it != curve.end(); ++it) {
      if (it->second >= least * early) continue;
      least = it->second / early;
      worst = {small, it->first};
    }
  }
  return worst;
}

/// Who, where and what, but for the bytes.
std::string series_name(const std::string& who, const Experiment& experiment, const std::string& system_id) {
  Experiment any_bytes = experiment;
  std::get<CollectiveRun>(any_bytes.workload).bytes = Bytes{0};
  return fmt::format("{}, {} on {}", who, experiment_key(any_bytes), system_id);
}

using Curves = std::map<std::string, Curve>;

void add_curves(const std::string& name, const Predictor& model, Curves& curves) {
  for (const auto& [place, p] : model.predictions) {
    if (as_collective(p.experiment) == nullptr) continue;
    for (const PredictedInState& state : p.states) {
      const std::string who = state.state.empty() ? name : name + " " + state.state;
      curves[series_name(who, p.experiment, p.system_id)][message_bytes(p.experiment).count] = std::exp(state.log_time);
    }
  }
}

Curves curves_of(std::span<const MeasuredRow> measured, const std::map<std::string, Predictor>& models) {
  Curves curves;
  for (const MeasuredRow& row : measured)
    if (as_collective(row.experiment) != nullptr)
      curves[series_name("measured", row.experiment, row.system_id)][message_bytes(row.experiment).count] =
          row.median.count();
  for (const auto& [name, model] : models) add_curves(name, model, curves);
  return curves;
}

/// What has to be equal for two scales to be the same question: model, system, state and all of the experiment but
/// ranks.
using Question = std::tuple<std::string, std::string, std::string>;

struct FirstSeen {
  int ranks;
  double log_time;
};

Lint equal_scales(const std::string& model, const std::string& system_id, int count, const std::string& example) {
  return {.rule = "equal-across-scales",
          .what = fmt::format(
              "{} on {}: {} predictions are exactly equal at different numbers of ranks, e.g. {}; the number of "
              "ranks may not reach the model",
              model, system_id, count, example)};
}

struct Equals {
  int count = 0;
  std::string example;
};

std::map<std::string, Equals> equals_of(const Predictor& model) {
  std::map<Question, FirstSeen> first;
  std::map<std::string, Equals> equals;
  for (const auto& [place, p] : model.predictions) {
    if (as_collective(p.experiment) == nullptr) continue;
    Experiment any_ranks = p.experiment;
    any_ranks.ranks = 0;
    for (const PredictedInState& state : p.states) {
      const FirstSeen mine{p.experiment.ranks, state.log_time};
      const auto [other, added] = first.try_emplace({experiment_key(any_ranks), p.system_id, state.state}, mine);
      if (added || other->second.log_time != mine.log_time) continue;
      Equals& found = equals[p.system_id];
      if (found.count++ == 0) found.example = fmt::format("{} and p{}", place.first, other->second.ranks);
    }
  }
  return equals;
}

}  // namespace

std::vector<Lint> lint_units(std::span<const Pair> pairs) {
  std::map<std::tuple<std::string, std::string, bool, int, bool>, std::vector<double>> groups;
  for (const Pair& p : pairs) {
    const bool training = as_training(p.experiment) != nullptr;
    groups[{p.model, p.system_id, p.published, p.experiment.ranks, training}].push_back(std::log(p.ratio));
  }
  std::vector<Lint> lints;
  for (const auto& [group, log_ratios] : groups) {
    const Slip* slip = slip_of(log_ratios);
    if (slip == nullptr) continue;
    const auto& [model, system_id, published, ranks, training] = group;
    lints.push_back(
        {.rule = "unit-slip",
         .what = fmt::format("{} on {} at {} ranks is off by a factor {:.4g} in all {} {} alike; perhaps {}", model,
                             system_id, ranks, std::exp(moments_of(log_ratios).mean), log_ratios.size(),
                             training ? "training steps" : "rows", slip->hint)});
  }
  return lints;
}

std::vector<Lint> lint_growth(std::span<const MeasuredRow> measured, const std::map<std::string, Predictor>& models) {
  std::vector<Lint> lints;
  for (const auto& [name, curve] : curves_of(measured, models)) {
    const auto fall = worst_fall(curve);
    if (!fall) continue;
    lints.push_back(
        {.rule = "not-monotone",
         .what = fmt::format("{}: {} take {:.3g} s, but {} only {:.3g} s; a change of protocol, of machine state, or "
                             "a mistake",
                             name, to_string(Bytes{fall->first}), curve.at(fall->first), to_string(Bytes{fall->second}),
                             curve.at(fall->second))});
  }
  return lints;
}

std::vector<Lint> lint_scales(const std::map<std::string, Predictor>& models) {
  std::vector<Lint> lints;
  for (const auto& [name, model] : models)
    for (const auto& [system_id, found] : equals_of(model))
      lints.push_back(equal_scales(name, system_id, found.count, found.example));
  return lints;
}

}  // namespace ringtrue
