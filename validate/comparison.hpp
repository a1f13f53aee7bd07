#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/record/published_file.hpp"
#include "experiment/record/record.hpp"
#include "experiment/regime.hpp"
#include "validate/gate/budgets.hpp"
#include "validate/join/spread.hpp"
#include "validate/published_score.hpp"
#include "validate/ranking/ranking.hpp"
#include "validate/ranking/training_ranking.hpp"
#include "validate/replication/replication.hpp"
#include "validate/training/step.hpp"

namespace ringtrue {

/// Version of comparison.json; a file of another version is refused.
inline constexpr int comparison_schema = 1;

/// One input file, for the reader who wants to check.
struct InputFile {
  std::string role;  ///< measured, published, simulated, replicated, budgets
  std::string name;
  std::string hash;
};

/// How measuring went, over the launches of a row that say so. Nothing here drops a row or changes a verdict.
struct Conditions {
  int judged = 0;             ///< Launches with enough samples to tell whether conditions changed.
  int non_stationary = 0;     ///< Those with a step of 20 % or more in their samples.
  int steps_with_canary = 0;  ///< Those of them where the machine's state changed, by its canaries, as well.
  double largest_step = 1;    ///< Later over earlier, the one farthest from 1.
  int warmed_up = 0;          ///< Launches that say whether the warm-up ended steady.
  int not_steady = 0;         ///< Those where it did not.
  std::int64_t samples = 0;   ///< Of the launches that counted outliers.
  std::int64_t outliers = 0;  ///< Samples above three medians; kept.
  std::int64_t together = 0;  ///< Samples that all ranks were to begin at one time.
  std::int64_t late = 0;      ///< Those of them that some rank began too late; kept.
  Seconds wall{};             ///< Wall time.
  Seconds outside{};          ///< Of it, outside of warm-up and timed iterations.
};

/// One experiment over all launches of a campaign.
struct MeasuredRow {
  Experiment experiment;
  std::string system_id;
  Purpose purpose = Purpose::score;
  Seconds median{};     ///< Median over launches of the launches' medians.
  Interval interval_s;  ///< 95 % interval of that median, launches resampled.
  int launches = 0;
  std::map<std::string, int> states;  ///< Launches per machine state: fast, slow, mixed, unknown.
  Clock clock = Clock::makespan;
  Seconds local_max_median{};  ///< Median over launches of the local-maximum medians; 0 under `mean_of_ranks`.
  bool oversubscribed = false;
  bool verified = false;  ///< In every launch.
  Conditions conditions;
  std::optional<TrainingDetails> training;  ///< Of training steps only.
};

/// One model's prediction beside one reference, measured or published.
struct Pair {
  std::string model;
  Experiment experiment;  ///< The reference's; unknown fields filled from the prediction.
  std::string system_id;
  bool published = false;        ///< The reference is a published number, not ours.
  std::string reference_source;  ///< `ringtrue-bench ...` or the paper.
  Seconds reference{};
  Seconds simulated{};  ///< reference x ratio.
  double ratio = 1;     ///< exp of the median over launches of ln(simulated/measured), paired by machine state.
  bool extrapolated = false;
  std::string matched_any;    ///< Fields matched because one side leaves them empty, e.g. "dtype, in_place".
  Seconds reference_sigma{};  ///< Of a published number; zero if unknown.
  std::string how_read;       ///< Of a published number: tabulated, digitised, ...; empty for measured references.
  Phases phases{};            ///< Predicted for training; paired by machine state as `ratio` is.
};

/// Formulas: validate/error_metrics.hpp. Intervals are 95 %.
struct Aggregate {
  std::string model;
  std::string system_id;
  bool published = false;
  int ranks = 0;
  Regime regime = Regime::all;
  std::size_t rows = 0;
  int launches = 0;  ///< 0 for published references.
  double log_error = 0;
  Interval log_error_interval;  ///< Bias-corrected; both bounds equal log_error where nothing can be resampled.
  double noise_floor = 0;       ///< The log error a perfect model would show on these launches.
  double bias = 0;
  double mape = 0;
  double p90 = 0;
  double worst = 0;  ///< Signed relative error of the worst row.
  std::string worst_key;
  double geomean_abs = 0;  ///< With `geomean_epsilon`; only to stand beside ASTRA-sim's published number.
  double kendall_tau = 0;
};

/// The library's rings beside ours, rows of equal bytes, paired by launch and machine state.
struct RingRatio {
  std::string system_id;
  int ranks = 0;
  std::string baseline;                            ///< library or library_ring
  std::vector<std::pair<Bytes, double>> by_bytes;  ///< time of our ring / time of the baseline, median over launches.
  double geomean = 1;
};

enum class Outcome { pass, fail, inconclusive };

/// One budget of the budgets file, decided.
struct Verdict {
  std::string model;
  std::string system_id;
  int ranks = 0;
  Regime regime = Regime::all;  ///< `all` or `training`.
  double budget = 0;
  Outcome outcome = Outcome::inconclusive;
  std::string reason;  ///< One sentence with the numbers that decided.
};

/// A row without its partner. Reported, never dropped; `fails` where the gate must not pass without it.
struct Unpaired {
  std::string origin;  ///< measured, simulated, published
  std::string model;   ///< The model that lacks it or, for simulated rows, made it.
  std::string experiment_key;
  std::string system_id;
  bool fails = false;
};

struct Lint {
  std::string rule;     ///< unit-slip, not-monotone, busbw-above-link, ...
  std::string what;     ///< One sentence: where, what was found, what it hints at.
  std::string about{};  ///< The replication whose published runs it is about; empty for this comparison's own numbers.
};

/// Everything a report says, and nothing it has to compute. ringtrue-validate writes it, ringtrue-report reads it.
struct Comparison {
  std::vector<InputFile> inputs;
  std::vector<Json> measured_contexts;         ///< One per launch: environment, command, commit, seed.
  std::map<std::string, Json> model_contexts;  ///< Per model: platform hashes, fitted_on count; `unknown` if external.
  std::vector<MeasuredRow> measured;
  std::vector<Pair> pairs;
  std::vector<Aggregate> aggregates;
  std::vector<PublishedScalar> scalars;
  std::vector<PublishedSource> published_sources;
  std::vector<PublishedScore> published_scores;
  std::vector<Spread> spreads;  ///< Of published times between their sources.
  std::vector<RingRatio> ring_ratios;
  std::vector<Verdict> verdicts;
  std::vector<Budget> undecided;  ///< Budgets of scales that were neither asked for nor measured.
  std::vector<Unpaired> unpaired;
  std::vector<Lint> lints;
  std::vector<Ranking> rankings;                   ///< Algorithms of a collective, measured and predicted, in order.
  std::vector<TrainingRanking> training_rankings;  ///< The same of buckets and overlap of training steps.
  std::vector<TrainingPrediction> training_predictions;  ///< Of steps that nobody measured.
  std::vector<Replication> replications;                 ///< Published runs of a simulator, run again.
  std::vector<std::string> warnings;
  std::uint64_t seed = 0;
  int replicates = 0;
  double geomean_epsilon = 0.001;
  int least_launches = 6;
  double precision = 0;  ///< What the campaign was to go on for, see ScalePrecision; 0: a fixed number of launches.

  /// FAIL if any verdict fails or a row that must be paired is not; else INCONCLUSIVE if any verdict is, or if there
  /// are budgets and none was decided; else PASS.
  Outcome outcome() const;
};

Json to_json(const Comparison& comparison);
/// Strict. Throws Error.
Comparison parse_comparison(const Json& json, const std::string& where);

std::string_view to_string(Outcome outcome);  ///< PASS, FAIL, INCONCLUSIVE
}  // namespace ringtrue
