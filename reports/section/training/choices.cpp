// Which buckets, which overlap is the fastest, and would a model have chosen it?
#include <algorithm>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

const TrainingStep& step_of(const AlgorithmTime& time) { return *as_training(time.experiment); }

/// What all of the ranking's steps share.
std::string shared_by(const TrainingRanking& r) {
  const TrainingStep& step = step_of(r.ranking.times.front());
  std::string text = r.question == TrainingChoice::buckets ? fmt::format("overlap {}", to_string(step.overlap))
                                                           : fmt::format("buckets {}", buckets_name(step.buckets));
  text += ", " + exchange_name(step);
  return step.sharded ? text + ", sharded" : text;
}

std::string candidates_of(const TrainingRanking& r) {
  std::string cell;
  for (const AlgorithmTime& time : r.ranking.times)
    cell += fmt::format("{}{}: {} ({})", cell.empty() ? "" : "; ", answer_of(time, r.question),
                        format_time(time.measured), format_signed_percent(time.ratio - 1));
  return cell;
}

std::vector<std::string> choice_row(const TrainingRanking& r) {
  const Ranking& ranking = r.ranking;
  const TrainingStep& step = step_of(ranking.times.front());
  return {std::string(to_string(r.question)),
          fmt::format("{}, batch {}", step.model, step.batch),
          ranking.system_id,
          format_scale(ranking.times.front().experiment.ranks),
          shared_by(r),
          candidates_of(r),
          answer_of(ranking.times.front(), r.question),
          ranking.model,
          answer_of(ranking.times[ranking.choice], r.question),
          agreement_of(ranking),
          format_signed_percent(ranking.loss())};
}

std::string summary_of(const std::vector<TrainingRanking>& all, int least_launches) {
  const auto count = [&](const std::string& answer) {
    return std::ranges::count_if(all, [&](const TrainingRanking& r) { return agreement_of(r.ranking) == answer; });
  };
  return fmt::format(
      "Steps that differ in their buckets only, or in their overlap only: which is the fastest, and does the model "
      "choose it? Of {} (one a model), the model is right in {} (yes) and wrong beyond the 95 % intervals of the "
      "measurement in {} (NO). In the rest the measurement cannot tell: the intervals overlap, or there are fewer than "
      "{} launches. Candidates: measured medians, fastest first, in brackets the model's error. Choice costs: measured "
      "time of the model's choice against the fastest.",
      count_of(all.size(), "question"), count("yes"), count("NO"), least_launches);
}

}  // namespace

Blocks choice_tables(const Comparison& comparison) {
  if (comparison.training_rankings.empty()) return {};
  Table table{{{"question"},
               {"network"},
               {"system"},
               {"scale"},
               {"all with"},
               {"candidates (error)"},
               {"fastest measured"},
               {"model"},
               {"model's choice"},
               {"agree"},
               {"choice costs", Align::right}},
              {}};
  for (const TrainingRanking& r : comparison.training_rankings) table.rows.push_back(choice_row(r));
  return {Paragraph{{{"Which buckets, which overlap?", true}}},
          Paragraph{{{summary_of(comparison.training_rankings, comparison.least_launches)}}}, table};
}

}  // namespace ringtrue
