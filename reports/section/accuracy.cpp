#include <algorithm>
#include <functional>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"
#include "reports/testbeds.hpp"

namespace ringtrue {
namespace {

struct Labelled {
  std::string label;
  std::string text;
};

/// One value stands alone; several, of different models or systems, are named. Nothing reads `-`.
std::string cell_of(const std::vector<Labelled>& values) {
  if (values.empty()) return "-";
  if (values.size() == 1) return values.front().text;
  std::string cell;
  for (const auto& [label, text] : values) cell += fmt::format("{}{}: {}", cell.empty() ? "" : "; ", label, text);
  return cell;
}

std::string label_of(const Judged& judged) {
  if (judged.aggregate != nullptr) return fmt::format("{} on {}", judged.aggregate->model, judged.aggregate->system_id);
  return fmt::format("{} on {}", judged.verdict->model, judged.verdict->system_id);
}

using AggregateText = std::function<std::string(const Aggregate&)>;

std::string judged_cell(const std::vector<Judged>& judged, const AggregateText& text) {
  std::vector<Labelled> values;
  for (const Judged& j : judged)
    if (j.aggregate != nullptr) values.push_back({label_of(j), text(*j.aggregate)});
  return cell_of(values);
}

std::string verdict_cell(const std::vector<Judged>& judged) {
  std::vector<Labelled> values;
  for (const Judged& j : judged)
    if (j.verdict != nullptr) values.push_back({label_of(j), std::string(to_string(j.verdict->outcome))});
  return cell_of(values);
}

std::string error_with_interval(const Aggregate& a) {
  return format_percent_interval(a.log_error, a.log_error_interval);
}

std::string published_cell(const Aggregates& aggregates) {
  std::vector<Labelled> values;
  values.reserve(aggregates.size());
  for (const Aggregate* a : aggregates)
    values.push_back({fmt::format("{} on {}", a->model, a->system_id), error_with_interval(*a)});
  return cell_of(values);
}

std::string scalar_cell(const std::vector<const PublishedScalar*>& scalars) {
  std::vector<Labelled> values;
  values.reserve(scalars.size());
  for (const PublishedScalar* s : scalars)
    values.push_back({s->source, s->as_printed.empty() ? format_percent(s->value) : s->as_printed});
  return cell_of(values);
}

using Cells = std::vector<std::string>;
using Columns = std::vector<Column>;

const Columns measured_columns{
    {"log error [95 %]", Align::right}, {"bias", Align::right}, {"noise floor", Align::right}};
const Columns published_columns{{"our log error on published HGX-H100", Align::right},
                                {"ASTRA-sim's log error on the same points", Align::right},
                                {"ASTRA-sim's published geomean error", Align::right}};

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

Cells measured_cells(const std::vector<Judged>& judged) {
  return {judged_cell(judged, error_with_interval),
          judged_cell(judged, [](const Aggregate& a) { return format_signed_percent(a.bias); }),
          judged_cell(judged, [](const Aggregate& a) { return format_percent(a.noise_floor); })};
}

Cells published_cells(const Comparison& comparison, int ranks) {
  return {published_cell(our_published_aggregates(comparison, ranks)),
          published_cell(astra_aggregates(comparison, ranks)), scalar_cell(astra_scalars(comparison, ranks))};
}

// The tables whose rows begin with a bare number of ranks; scripts look for `| 2 |`.

/// Of one test bed, beside the published numbers.
Table scale_table(const Comparison& comparison) {
  Table table{{{"ranks", Align::right}}, {}};
  append(table.columns, measured_columns);
  append(table.columns, published_columns);
  table.columns.push_back({"verdict"});
  for (const int ranks : scales(comparison)) {
    const std::vector<Judged> judged = judged_at(comparison, ranks);
    Cells row{fmt::format("{}", ranks)};
    append(row, measured_cells(judged));
    append(row, published_cells(comparison, ranks));
    row.push_back(verdict_cell(judged));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Of several: a row says which it is of.
Table testbed_table(const Comparison& comparison) {
  Table table{{{"ranks", Align::right}, {"test bed"}}, {}};
  append(table.columns, measured_columns);
  table.columns.push_back({"verdict"});
  for (const std::string& bed : testbeds(comparison)) {
    const Comparison own = on_testbed(comparison, bed);
    for (const int ranks : scales(own)) {
      const std::vector<Judged> judged = judged_at(own, ranks);
      Cells row{fmt::format("{}", ranks), bed};
      append(row, measured_cells(judged));
      row.push_back(verdict_cell(judged));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

/// The published numbers, which are of no test bed.
Table published_table(const Comparison& comparison) {
  Table table{{{"ranks", Align::right}}, {}};
  append(table.columns, published_columns);
  for (const int ranks : scales(comparison)) {
    if (astra_aggregates(comparison, ranks).empty() && our_published_aggregates(comparison, ranks).empty() &&
        astra_scalars(comparison, ranks).empty())
      continue;
    Cells row{fmt::format("{}", ranks)};
    append(row, published_cells(comparison, ranks));
    table.rows.push_back(std::move(row));
  }
  return table;
}

BulletList definitions_of(const Comparison& comparison) {
  const std::string resampling = fmt::format(
      "95 % interval from {}. Measured: launches drawn jointly across rows. Published: readings drawn with their "
      "stated "
      "sigma. Where nothing can be resampled there is no interval.",
      count_of(static_cast<std::size_t>(comparison.replicates), "bootstrap replicate"));
  return {{
      "reference: published, or measured (median over iterations within a launch, then over launches).",
      "r = simulated / reference; when measured, the median over launches of the ratio within one machine state.",
      "e = r - 1: positive means that the model is too slow. Simulated times shown are r times the reference.",
      "log error = exp(mean |ln r|) - 1: a model that is twice too fast counts like one that is twice too slow.",
      "bias = exp(mean ln r) - 1: what is left of the error when signs may cancel.",
      resampling,
      "noise floor: the log error that a perfect model would show on these launches or readings.",
      "MAPE = mean |e|; p90 = the 90 % quantile of |e|; worst = e of the row farthest off.",
      "Kendall tau: 1 if the model puts all rows in the measured order, -1 if it reverses them.",
      fmt::format("geomean = exp(mean ln max(|e|, {})): only to stand beside ASTRA-sim's published number.",
                  format_exact(comparison.geomean_epsilon)),
      "regimes of the message: latency up to 8 KiB, bandwidth from 1 MiB, middle in between.",
  }};
}

std::vector<std::string> metric_row(const Aggregate& a) {
  return {a.model,
          a.system_id,
          format_scale(a.ranks),
          std::string(to_string(a.regime)),
          fmt::format("{}", a.rows),
          fmt::format("{}", a.launches),
          error_with_interval(a),
          format_signed_percent(a.bias),
          format_percent(a.noise_floor),
          format_percent(a.mape),
          format_percent(a.p90),
          format_signed_percent(a.worst),
          a.worst_key.empty() ? "-" : a.worst_key,
          a.rows < 2 ? "-" : format_ratio(a.kendall_tau),
          format_percent(a.geomean_abs)};
}

Table metric_table(const Comparison& comparison) {
  Table table{{{"model"},
               {"system"},
               {"scale"},
               {"regime"},
               {"rows", Align::right},
               {"launches", Align::right},
               {"log error [95 %]", Align::right},
               {"bias", Align::right},
               {"noise floor", Align::right},
               {"MAPE", Align::right},
               {"p90", Align::right},
               {"worst", Align::right},
               {"worst row"},
               {"Kendall tau", Align::right},
               {"geomean", Align::right}},
              {}};
  for (const Aggregate& a : comparison.aggregates)
    if (a.regime != Regime::training && !a.published) table.rows.push_back(metric_row(a));
  return table;
}

void add_metrics(const std::string& title, const Comparison& comparison, Section& section) {
  const bool any = std::ranges::any_of(comparison.aggregates,
                                       [](const Aggregate& a) { return a.regime != Regime::training && !a.published; });
  if (!any) return;
  if (!title.empty()) section.blocks.emplace_back(Paragraph{{{title, true}}});
  section.blocks.emplace_back(metric_table(comparison));
}

std::string intro_of(const Comparison& comparison) {
  const std::string model = judged_model(comparison);
  if (model.empty()) return "No model was compared with a measurement.";
  const bool one = testbeds(comparison).size() < 2;
  return fmt::format("The first {} {} against measurements{}; - means that there is no such number.",
                     one ? "columns judge" : "table judges the model", model, one ? "" : " on each test bed");
}

}  // namespace

Section accuracy_section(const Comparison& comparison) {
  Section section{"Per-scale accuracy", {Paragraph{{{intro_of(comparison)}}}}};
  if (scales(comparison).empty()) return section;
  if (testbeds(comparison).size() < 2) {
    section.blocks.emplace_back(scale_table(comparison));
    section.blocks.emplace_back(definitions_of(comparison));
    add_metrics("", comparison, section);
    return section;
  }
  section.blocks.emplace_back(testbed_table(comparison));
  const Comparison rest = off_testbeds(comparison);
  if (!scales(rest).empty()) section.blocks.emplace_back(published_table(rest));
  section.blocks.emplace_back(definitions_of(comparison));
  for (const std::string& bed : testbeds(comparison))
    add_metrics("Test bed " + bed, on_testbed(comparison, bed), section);
  return section;
}

}  // namespace ringtrue
