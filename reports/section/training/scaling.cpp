// Scaling efficiency, measured and predicted. A row's base is the row of the fewest ranks with which it shares the
// batch of a rank (weak scaling) or of all ranks together (strong scaling); of several the fastest, which is the
// hardest base.
#include <algorithm>

#include <fmt/format.h>

#include "experiment/system.hpp"
#include "experiment/training/step_metrics.hpp"
#include "reports/format.hpp"
#include "reports/section/training/steps.hpp"

namespace ringtrue {
namespace {

using Cells = std::vector<std::string>;

enum class Scaling { weak, strong };

/// A row with the group that names it.
struct Placed {
  const StepRow* row = nullptr;
  const StepGroup* group = nullptr;
};

int ranks_of(const StepRow& row) { return row.measured->experiment.ranks; }
int global_batch(const StepRow& row) { return step_of(row).batch * ranks_of(row); }

bool share_base(const Placed& a, const Placed& b, Scaling scaling) {
  const TrainingStep& x = step_of(*a.row);
  const TrainingStep& y = step_of(*b.row);
  if (x.model != y.model || x.gradients != y.gradients ||
      testbed_of(a.group->system_id) != testbed_of(b.group->system_id))
    return false;
  return scaling == Scaling::weak ? x.batch == y.batch : global_batch(*a.row) == global_batch(*b.row);
}

const StepRow* base_of(const Placed& placed, const std::vector<Placed>& all, Scaling scaling) {
  const StepRow* base = nullptr;
  const auto better = [&](const StepRow& row) {
    if (base == nullptr || ranks_of(row) != ranks_of(*base)) return base == nullptr || ranks_of(row) < ranks_of(*base);
    return measured_images(*row.measured) > measured_images(*base->measured);
  };
  for (const Placed& other : all)
    if (share_base(placed, other, scaling) && better(*other.row)) base = other.row;
  return base != nullptr && ranks_of(*base) < ranks_of(*placed.row) ? base : nullptr;
}

double measured_efficiency(const StepRow& row, const StepRow& base) {
  return scaling_efficiency(measured_images(*row.measured), ranks_of(row), measured_images(*base.measured),
                            ranks_of(base));
}

std::string points(double difference) {
  const std::string text = format_signed_percent(difference);
  return text.ends_with(" %") ? text.substr(0, text.size() - 2) : text;
}

/// Model, efficiency and its distance from the measured one; the base is the same model's.
Cells predicted_cells(const Pair* pair, const StepRow& base, double measured) {
  if (pair == nullptr) return {"-", "-", "-"};
  for (const Pair* other : base.pairs) {
    if (other->model != pair->model) continue;
    const double predicted =
        scaling_efficiency(simulated_images(*pair), pair->experiment.ranks, simulated_images(*other), ranks_of(base));
    return {pair->model, format_percent(predicted), points(predicted - measured)};
  }
  return {pair->model, "-", "-"};
}

Cells scaling_row(const Placed& placed, const StepRow& base, const Pair* pair) {
  const MeasuredRow& row = *placed.row->measured;
  const double measured = measured_efficiency(*placed.row, base);
  Cells cells{placed.group->network,
              placed.group->system_id,
              format_scale(ranks_of(*placed.row)),
              fmt::format("{} x {}", ranks_of(*placed.row), placed.group->batch),
              variant_name(step_of(*placed.row), steps_of(*placed.group)),
              fmt::format("{}, {} images/s", format_scale(ranks_of(base)), rate_cell(measured_images(*base.measured))),
              rate_cell(measured_images(row)),
              format_percent(measured)};
  const Cells predicted = predicted_cells(pair, base, measured);
  cells.insert(cells.end(), predicted.begin(), predicted.end());
  cells.emplace_back(row.oversubscribed ? "yes" : "no");
  return cells;
}

Table scaling_table(const std::vector<Placed>& all, Scaling scaling) {
  Table table{{{"network"},
               {"system"},
               {"scale"},
               {"ranks x images", Align::right},
               {"overlap"},
               {"base"},
               {"images/s", Align::right},
               {"efficiency measured", Align::right},
               {"predicted by"},
               {"efficiency predicted", Align::right},
               {"off by, points", Align::right},
               {"cores shared"}},
              {}};
  for (const Placed& placed : all) {
    const StepRow* base = base_of(placed, all, scaling);
    if (base == nullptr) continue;
    if (placed.row->pairs.empty()) table.rows.push_back(scaling_row(placed, *base, nullptr));
    for (const Pair* pair : placed.row->pairs) table.rows.push_back(scaling_row(placed, *base, pair));
  }
  return table;
}

void add_scaling(const std::string& title, Table table, Blocks& blocks) {
  if (table.rows.empty()) return;
  blocks.emplace_back(Paragraph{{{title, true}}});
  blocks.emplace_back(std::move(table));
}

}  // namespace

Blocks scaling_tables(const std::vector<StepGroup>& groups) {
  std::vector<Placed> all;
  for (const StepGroup& group : groups)
    for (const StepRow& row : group.rows) all.push_back({&row, &group});
  Blocks blocks;
  add_scaling("Weak scaling: the batch of a rank stays the same", scaling_table(all, Scaling::weak), blocks);
  add_scaling("Strong scaling: the batch of all ranks together stays the same", scaling_table(all, Scaling::strong),
              blocks);
  return blocks;
}

}  // namespace ringtrue
