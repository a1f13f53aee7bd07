// Answers on one page: how good is the simulator on the GPUs somebody else measured, how do we know, and how good is
// ASTRA-sim on the same numbers.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "experiment/record/summary.hpp"
#include "experiment/system.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

/// What a row of a table is about; its cells are models.
using ScoreLine = std::tuple<std::string, std::string, Collective, Algorithm, int>;
using Scores = std::map<std::string, const PublishedScore*>;
using ScoreLines = std::map<ScoreLine, Scores>;

bool is_digitised(const PublishedScore& s) { return s.how_read == to_string(HowRead::digitised); }

ScoreLines lines_of(const Comparison& comparison, bool digitised) {
  ScoreLines lines;
  for (const PublishedScore& s : comparison.published_scores)
    if (is_digitised(s) == digitised) lines[{s.system_id, s.source, s.collective, s.algorithm, s.ranks}][s.model] = &s;
  return lines;
}

/// Ours with the rows they were not fitted on first, then the others by name, ASTRA-sim's last.
std::vector<std::string> models_of(const ScoreLines& lines) {
  std::map<std::string, std::size_t> counts;
  for (const auto& [line, scores] : lines)
    for (const auto& [model, score] : scores) ++counts[model];
  std::set<std::string> names;
  for (const auto& [model, count] : counts)
    if (3 * count >= lines.size()) names.insert(model);  // those that know little are in accuracy.csv
  const auto rank = [](const std::string& name) {
    if (name.starts_with("nccl")) return 0;
    return name.starts_with("astra-sim") ? 2 : 1;
  };
  std::vector<std::string> ordered(names.begin(), names.end());
  std::ranges::stable_sort(ordered, {}, rank);
  return ordered;
}

std::string algorithm_text(Algorithm algorithm) {
  return algorithm == Algorithm::library ? "auto" : std::string(to_string(algorithm));
}

std::string launch_text(const std::string& id) {
  const std::optional<GpuSystem> system = parse_gpu_system(id);
  return system && system->launch ? std::string(to_string(*system->launch)) : "-";
}

std::string system_text(const std::string& id) {
  const std::optional<GpuSystem> system = parse_gpu_system(id);
  if (!system) return id;
  return system->nodes == 1 ? system->testbed : fmt::format("{}, {} nodes", system->testbed, system->nodes);
}

/// Models leave out different rows, so each says how many it was scored on if not on all of them.
std::string cell_of(const Scores& scores, const std::string& model, std::size_t most) {
  const auto found = scores.find(model);
  if (found == scores.end()) return "-";
  const PublishedScore& s = *found->second;
  return s.rows == most ? format_percent(s.log_error) : fmt::format("{} ({})", format_percent(s.log_error), s.rows);
}

Table score_table(const ScoreLines& lines) {
  const std::vector<std::string> models = models_of(lines);
  Table table{{{"system"},
               {"launch"},
               {"source"},
               {"collective"},
               {"algorithm"},
               {"GPUs", Align::right},
               {"messages"},
               {"rows", Align::right}},
              {}};
  for (const std::string& model : models) table.columns.push_back({model, Align::right});
  for (const auto& [line, scores] : lines) {
    const PublishedScore* widest =
        std::ranges::max_element(scores, {}, [](const auto& named) { return named.second->rows; })->second;
    std::vector<std::string> row{system_text(widest->system_id),
                                 launch_text(widest->system_id),
                                 widest->source,
                                 std::string(to_string(widest->collective)),
                                 algorithm_text(widest->algorithm),
                                 fmt::format("{}", widest->ranks),
                                 fmt::format("{} - {}", to_string(widest->least), to_string(widest->most)),
                                 fmt::format("{}", widest->rows)};
    for (const std::string& model : models) row.push_back(cell_of(scores, model, widest->rows));
    table.rows.push_back(std::move(row));
  }
  return table;
}

struct SpreadLine {
  std::vector<double> widths;
  const Spread* widest = nullptr;
};

Table spread_table(const Comparison& comparison) {
  std::map<std::tuple<std::string, Collective, Algorithm, int>, SpreadLine> lines;
  for (const Spread& s : comparison.spreads) {
    const CollectiveRun& run = *as_collective(s.experiment);
    SpreadLine& line = lines[{s.system_id, run.collective, run.algorithm, s.experiment.ranks}];
    line.widths.push_back(s.width());
    if (line.widest == nullptr || s.width() > line.widest->width()) line.widest = &s;
  }
  Table table{{{"system"},
               {"collective"},
               {"algorithm"},
               {"GPUs", Align::right},
               {"sizes", Align::right},
               {"median spread", Align::right},
               {"largest", Align::right},
               {"there"}},
              {}};
  for (const auto& [key, line] : lines) {
    const auto& [system, collective, algorithm, gpus] = key;
    std::vector<std::string> there;
    for (const SourceTime& t : line.widest->times) there.push_back(fmt::format("{} {}", format_time(t.time), t.source));
    table.rows.push_back({system_text(system), std::string(to_string(collective)), algorithm_text(algorithm),
                          fmt::format("{}", gpus), fmt::format("{}", line.widths.size()),
                          format_percent(median(line.widths)), format_percent(line.widest->width()),
                          fmt::format("{}: {}", to_string(message_bytes(line.widest->experiment)), enumerate(there))});
  }
  return table;
}

/// Of our out-of-fold predictions and ASTRA-sim's own, at each number of GPUs where both stand beside the same rows.
std::string answer_of(const Comparison& comparison) {
  std::vector<std::string> ours, theirs, gpus;
  for (const int ranks : scales(comparison)) {
    const Aggregates mine = our_published_aggregates(comparison, ranks);
    const Aggregates astra = astra_aggregates(comparison, ranks);
    if (mine.empty() || astra.empty() || mine.front()->rows != astra.front()->rows) continue;
    gpus.push_back(fmt::format("{}", ranks));
    ours.push_back(format_percent(mine.front()->log_error));
    theirs.push_back(format_percent(astra.front()->log_error));
  }
  if (gpus.empty()) return "No simulator was compared with ASTRA-sim's own published curves.";
  return fmt::format(
      "On the curves that ASTRA-sim's authors published of an HGX-H100, our model of NCCL is off by {} at {} GPUs, "
      "each "
      "predicted by a fit on the other numbers of GPUs; ASTRA-sim's own published prediction is off by {} (log error).",
      enumerate(ours), enumerate(gpus), enumerate(theirs));
}

struct Explained {
  std::string_view prefix;  ///< Of names of models.
  std::string_view text;
};
constexpr std::array explained{
    Explained{"nccl",
              "Of the models named nccl no row is scored by a fit that has seen it: nccl is the platform as it is "
              "shipped, on "
              "the rows that its file does not name as fitted on; by scale, source and size are fits without the "
              "row's number of GPUs (among rows of one system and launch mode), without its source, and without its "
              "and every other power of two. The form of the model, though, was chosen with these scores in view: "
              "among some thirty variants of formulas, priors and residual scale. Only sources that nobody has "
              "looked at can say what that is worth."},
    Explained{"astra-sim-published", "astra-sim-published is ASTRA-sim's own plotted curve."},
    Explained{"astra-sim closed form",
              "astra-sim closed form is what that curve is, its bandwidth of 370.67 GB/s read as 2^30 "
              "bytes as ASTRA-sim does, or, decimal, as 10^9 as it was measured; rings only."},
    Explained{"astra-sim-validated",
              "astra-sim-validated is its HGX-H100-validated configuration in our replay of its backend, "
              "with either unit; it takes every collective for a ring."},
    Explained{"alpha-beta", "alpha-beta is the textbook ring with NCCL's constants."}};

/// What the columns are, of those that there are.
Paragraph columns_text(const Comparison& comparison) {
  std::string text = "Log errors; in brackets the rows they are over, if not all.";
  for (const Explained& e : explained)
    if (std::ranges::any_of(comparison.published_scores,
                            [&](const PublishedScore& s) { return s.model.starts_with(e.prefix); }))
      text += fmt::format(" {}", e.text);
  return {{{text + " Models that know few of the lines, and every row by itself, are in accuracy.csv."}}};
}

/// The metric that its authors seem to mean, over the points that can be read.
std::string geomeans_of(const Comparison& comparison) {
  std::vector<std::string> texts;
  for (const int ranks : scales(comparison))
    for (const Aggregate* a : astra_aggregates(comparison, ranks))
      texts.push_back(fmt::format("{} at {} GPUs", format_percent(a->geomean_abs), ranks));
  if (texts.empty()) return "";
  return fmt::format(" Over the points that can be read, exp(mean ln max(|e|, {})) of its curve is {}.",
                     format_exact(comparison.geomean_epsilon), enumerate(texts));
}

Paragraph not_recomputable(const Comparison& comparison) {
  std::vector<std::string> printed;
  for (const PublishedScalar& s : comparison.scalars)
    printed.push_back(
        fmt::format("{} at {} GPUs", s.as_printed.empty() ? format_percent(s.value) : s.as_printed, s.ranks));
  return {
      {{fmt::format("ASTRA-sim's published geomean errors ({}) cannot be recomputed: no table was published, and the "
                    "sizes below 64 MiB, which they include, cannot be read off the plots. They stand here as "
                    "printed and are not one metric with the log error.{}",
                    enumerate(printed), geomeans_of(comparison))}}};
}

BulletList sources_of(const Comparison& comparison) {
  BulletList list;
  for (const PublishedSource& s : comparison.published_sources) {
    if (!s.model.empty()) continue;  // predictions read off the same plots as the references
    const Provenance& p = s.provenance;
    std::string text =
        fmt::format("{} ({}; licence: {}): {}; NCCL {}; launch: {}; {} rows, {}. Sigma: {}", p.source, p.url, p.licence,
                    p.system, p.nccl_version, p.launch_mode, s.records, s.name, p.sigma);
    for (const std::string& caveat : p.caveats) text += fmt::format(" Caveat: {}", caveat);
    list.items.push_back(text);
  }
  return list;
}

void add_table(const std::string& title, Table table, Section& section) {
  if (table.rows.empty()) return;
  section.blocks.emplace_back(Paragraph{{{title, true}}});
  section.blocks.emplace_back(std::move(table));
}

}  // namespace

Section published_section(const Comparison& comparison) {
  Section section{"Published reference", {}};
  if (comparison.published_scores.empty()) {
    section.blocks.emplace_back(Paragraph{{{"No published time was compared."}}});
  } else {
    section.blocks.emplace_back(Paragraph{{{answer_of(comparison)}}});
    add_table("Digitised curves, rings", score_table(lines_of(comparison, true)), section);
    add_table("Printed tables", score_table(lines_of(comparison, false)), section);
    section.blocks.emplace_back(columns_text(comparison));
  }
  add_table("How far the sources are apart: no model can be closer to all of them", spread_table(comparison), section);
  if (!comparison.scalars.empty()) section.blocks.emplace_back(not_recomputable(comparison));
  if (!comparison.published_sources.empty()) section.blocks.emplace_back(sources_of(comparison));
  return section;
}

}  // namespace ringtrue
