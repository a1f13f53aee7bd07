// Which algorithm is fastest, and whether a model would have chosen it.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

const CollectiveRun& run_of(const AlgorithmTime& time) { return *as_collective(time.experiment); }
const CollectiveRun& run_of(const Ranking& ranking) { return run_of(ranking.times.front()); }
int ranks_of(const Ranking& ranking) { return ranking.times.front().experiment.ranks; }

std::string name_of(const AlgorithmTime& time) { return std::string(to_string(run_of(time).algorithm)); }

/// `64 KiB, float32, in place`.
std::string question_of(const Ranking& ranking) {
  const CollectiveRun& run = run_of(ranking);
  std::string text = to_string(run.bytes);
  if (run.dtype) text += fmt::format(", {}", to_string(*run.dtype));
  if (run.in_place) text += *run.in_place ? ", in place" : ", out of place";
  return text;
}

std::string cell_of(const Ranking& ranking, Algorithm algorithm) {
  std::string cell;
  for (const AlgorithmTime& time : ranking.times)
    if (run_of(time).algorithm == algorithm)
      cell += fmt::format("{}{} ({})", cell.empty() ? "" : "; ", format_time(time.measured),
                          format_signed_percent(time.ratio - 1));
  return cell.empty() ? "-" : cell;
}

using Rankings = std::vector<const Ranking*>;

/// One table for each collective of a system, as the model sees it; its own scale in the first column.
Table times_table(const Rankings& rankings) {
  std::set<Algorithm> algorithms;
  for (const Ranking* ranking : rankings)
    for (const AlgorithmTime& time : ranking->times) algorithms.insert(run_of(time).algorithm);
  Table table{{{"scale"}, {"message"}}, {}};
  for (const Algorithm algorithm : algorithms)
    table.columns.push_back({std::string(to_string(algorithm)), Align::right});
  table.columns.insert(table.columns.end(),
                       {{"fastest measured"}, {"model's choice"}, {"agree"}, {"choice costs", Align::right}});
  for (const Ranking* ranking : rankings) {
    std::vector<std::string> row{format_scale(ranks_of(*ranking)), question_of(*ranking)};
    for (const Algorithm algorithm : algorithms) row.push_back(cell_of(*ranking, algorithm));
    row.insert(row.end(), {name_of(ranking->times.front()), name_of(ranking->times[ranking->choice]),
                           agreement_of(*ranking), format_signed_percent(ranking->loss())});
    table.rows.push_back(std::move(row));
  }
  return table;
}

BulletList flips_of(const Rankings& rankings) {
  BulletList flips;
  for (const Ranking* ranking : rankings)
    if (ranking->flips)
      flips.items.push_back(
          fmt::format("{} {} of {}: measured, {} is fastest ({}); {} would choose {}, which takes {} ({})",
                      format_scale(ranks_of(*ranking)), to_string(run_of(*ranking).collective), question_of(*ranking),
                      name_of(ranking->times.front()), format_time(ranking->times.front().measured), ranking->model,
                      name_of(ranking->times[ranking->choice]), format_time(ranking->times[ranking->choice].measured),
                      format_signed_percent(ranking->loss())));
  return flips;
}

std::string error_cell(const std::vector<AlgorithmError>& errors, const AlgorithmError& row, int ranks) {
  for (const AlgorithmError& e : errors)
    if (e.model == row.model && e.system_id == row.system_id && e.collective == row.collective &&
        e.algorithm == row.algorithm && e.ranks == ranks)
      return fmt::format("{} ({})", format_percent(e.log_error), format_signed_percent(e.bias));
  return "-";
}

/// A row for each collective and algorithm, a column for each scale.
Table errors_table(const Comparison& comparison) {
  const std::vector<AlgorithmError> errors = algorithm_errors(comparison.rankings);
  std::set<int> scales;
  for (const AlgorithmError& e : errors) scales.insert(e.ranks);
  Table table{{{"model"}, {"system"}, {"collective"}, {"algorithm"}, {"sizes", Align::right}}, {}};
  for (const int ranks : scales) table.columns.push_back({format_scale(ranks), Align::right});
  std::set<std::tuple<std::string, std::string, Collective, Algorithm>> listed;
  for (const AlgorithmError& e : errors) {
    if (!listed.insert({e.model, e.system_id, e.collective, e.algorithm}).second) continue;
    std::vector<std::string> row{e.model, e.system_id, std::string(to_string(e.collective)),
                                 std::string(to_string(e.algorithm)), fmt::format("{}", e.rows)};
    for (const int ranks : scales) row.push_back(error_cell(errors, e, ranks));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Questions that several algorithms answered, by model, system and collective.
std::map<std::tuple<std::string, std::string, Collective>, Rankings> contests(const Comparison& comparison) {
  std::map<std::tuple<std::string, std::string, Collective>, Rankings> groups;
  for (const Ranking& ranking : comparison.rankings)
    if (ranking.times.size() > 1)
      groups[{ranking.model, ranking.system_id, run_of(ranking).collective}].push_back(&ranking);
  return groups;
}

std::string summary_of(const Rankings& all, int least_launches) {
  const auto agreed = std::ranges::count_if(all, [](const Ranking* r) { return r->choice == 0; });
  const auto flips = std::ranges::count_if(all, [](const Ranking* r) { return r->flips; });
  return fmt::format(
      "Where several algorithms answered the same question ({}), models and measurement name the same fastest {} "
      "times; "
      "{} a model is wrong beyond the measurement's 95 % intervals (NO); in the rest the measurement cannot tell: "
      "intervals overlap, or there are fewer than {} launches. Below: measured medians, in brackets the model's error.",
      count_of(all.size(), "question"), agreed, count_of(static_cast<std::size_t>(flips), "time"), least_launches);
}

}  // namespace

Section algorithms_section(const Comparison& comparison) {
  Section section{"Collectives and algorithms", {}};
  const auto groups = contests(comparison);
  Rankings all;
  for (const auto& [key, rankings] : groups) all.insert(all.end(), rankings.begin(), rankings.end());
  section.blocks.emplace_back(
      Paragraph{{{"Log error and, in brackets, bias of each collective and algorithm by itself. Rows that are only "
                  "shown count here "
                  "and in no verdict."}}});
  section.blocks.emplace_back(errors_table(comparison));
  if (!all.empty()) section.blocks.emplace_back(Paragraph{{{summary_of(all, comparison.least_launches)}}});
  if (BulletList flips = flips_of(all); !flips.items.empty()) section.blocks.emplace_back(std::move(flips));
  for (const auto& [key, rankings] : groups) {
    const auto& [model, system_id, collective] = key;
    section.blocks.emplace_back(
        Paragraph{{{fmt::format("{}, {} on {}", to_string(collective), model, system_id), true}}});
    section.blocks.emplace_back(times_table(rankings));
  }
  return section;
}

}  // namespace ringtrue
