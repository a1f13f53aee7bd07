#include "validate/ablation.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/system.hpp"
#include "reports/context.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

bool is_whole(const Aggregate& a) { return !a.published && a.regime == Regime::all; }

/// What the model leaves out, as its writer put it.
std::string meaning_of(const Comparison& comparison, const std::string& model) {
  for (const Json& context : contexts_of(comparison, model)) {
    const auto meanings = context.find("ablation");
    if (meanings == context.end() || !meanings->is_object() || !meanings->contains(model)) continue;
    if (const Json& text = (*meanings)[model]; text.is_string()) return text.get<std::string>();
  }
  return model;
}

/// `18.3 % (+14.2 %)`; a change within the noise floor is none.
std::string cell_of(const Aggregate* without, const Aggregate& with) {
  if (without == nullptr) return "-";
  const double change = without->log_error - with.log_error;
  const std::string error = format_percent(without->log_error);
  if (std::abs(change) <= with.noise_floor) return error + " (the same)";
  return fmt::format("{} ({})", error, format_signed_percent(change));
}

const Aggregate* find(const std::vector<const Aggregate*>& all, const std::string& model, const Aggregate& place) {
  const auto found = std::ranges::find_if(all, [&](const Aggregate* a) {
    return a->model == model && a->system_id == place.system_id && a->ranks == place.ranks;
  });
  return found == all.end() ? nullptr : *found;
}

}  // namespace

bool has_ablation(const Comparison& comparison) {
  return std::ranges::any_of(comparison.aggregates, [](const Aggregate& a) { return is_ablation(a.model); });
}

Section ablation_section(const Comparison& comparison) {
  std::vector<const Aggregate*> all, places;
  std::vector<std::string> models;
  for (const Aggregate& a : comparison.aggregates) {
    if (!is_whole(a)) continue;
    all.push_back(&a);
    if (a.model == host_model) places.push_back(&a);
    if (is_ablation(a.model) && std::ranges::find(models, a.model) == models.end()) models.push_back(a.model);
  }
  std::ranges::sort(places, {}, [](const Aggregate* a) { return std::tuple(testbed_of(a->system_id), a->ranks); });
  Table table{{{"without"}}, {}};
  std::vector<std::string> whole{"nothing: the model as it is"};
  for (const Aggregate* place : places) {
    table.columns.push_back(
        {fmt::format("{} {}", testbed_of(place->system_id), format_scale(place->ranks)), Align::right});
    whole.push_back(format_percent(place->log_error));
  }
  table.rows.push_back(whole);
  for (const std::string& model : models) {
    std::vector<std::string> cells{meaning_of(comparison, model)};
    for (const Aggregate* place : places) cells.push_back(cell_of(find(all, model, *place), *place));
    table.rows.push_back(std::move(cells));
  }
  return {"Appendix: what each mechanism of the cluster model is worth",
          {Paragraph{{{"Log error of the scored rows with one mechanism left out and the rest fitted again on the same "
                       "calibration records. The same: it changes by no more than the noise floor."}}},
           table}};
}

}  // namespace ringtrue
