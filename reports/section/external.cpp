#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/system.hpp"
#include "reports/context.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

/// What an external simulator's context says about one number of ranks; the keys are the writer's own, so that any may
/// be missing. Two test beds have a context each.
struct Speed {
  int ranks = 0;
  std::set<std::string> testbeds;  ///< Empty: of all.
  double rows = 0, simulation_s = 0, start_up_s = 0, own_s = 0;
};

double number_or_zero(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::set<std::string> testbeds_of(const Json& context) {
  std::set<std::string> testbeds;
  if (!context.contains("testbeds") || !context["testbeds"].is_array()) return testbeds;
  for (const Json& testbed : context["testbeds"])
    if (testbed.is_string()) testbeds.insert(testbed.get<std::string>());
  return testbeds;
}

void add_speeds(const Json& context, std::vector<Speed>& speeds) {
  if (!context.is_object() || !context.contains("speed") || !context["speed"].is_array()) return;
  for (const Json& s : context["speed"]) {
    if (!s.is_object()) continue;
    speeds.push_back({.ranks = static_cast<int>(std::clamp(number_or_zero(s, "ranks"), 0.0, 1e6)),
                      .testbeds = testbeds_of(context),
                      .rows = number_or_zero(s, "rows"),
                      .simulation_s = number_or_zero(s, "simulation_s"),
                      .start_up_s = number_or_zero(s, "start_up_s"),
                      .own_s = number_or_zero(s, "own_s")});
  }
}

std::vector<Speed> speeds_of(const Comparison& comparison, const std::string& model) {
  std::vector<Speed> speeds;
  for (const Json& context : contexts_of(comparison, model)) add_speeds(context, speeds);
  return speeds;
}

bool is_of(const Speed& speed, const Aggregate& a) {
  return speed.ranks == a.ranks && (speed.testbeds.empty() || speed.testbeds.contains(testbed_of(a.system_id)));
}

std::string seconds_or_dash(double seconds) { return seconds > 0 ? format_time(Seconds{seconds}) : "-"; }

std::vector<std::string> speed_cells(const std::optional<Speed>& speed) {
  if (!speed || speed->rows < 1) return {"-", "-", "-", "-", "-"};
  return {fmt::format("{:.0f}", speed->rows), seconds_or_dash(speed->simulation_s / speed->rows),
          seconds_or_dash(speed->start_up_s), seconds_or_dash(speed->own_s / speed->rows),
          speed->own_s > 0 ? format_ratio(speed->simulation_s / speed->own_s) + " x" : "-"};
}

std::string error_on(const Comparison& comparison, const std::string& model, const Aggregate& like) {
  for (const Aggregate& a : comparison.aggregates)
    if (a.model == model && a.system_id == like.system_id && a.ranks == like.ranks && !a.published &&
        a.regime == Regime::all)
      return format_percent_interval(a.log_error, a.log_error_interval);
  return "-";
}

/// Every measured aggregate of the model over all regimes, beside the model that is judged.
void add_rows(const Comparison& comparison, const std::string& model, const std::vector<Speed>& speeds, Table& table) {
  const std::string ours = judged_model(comparison);
  for (const Aggregate& a : comparison.aggregates) {
    if (a.model != model || a.published || a.regime != Regime::all) continue;
    const auto found = std::ranges::find_if(speeds, [&a](const Speed& speed) { return is_of(speed, a); });
    std::vector<std::string> cells{format_scale(a.ranks),
                                   "external: " + model,
                                   a.system_id,
                                   fmt::format("{}", a.rows),
                                   format_percent_interval(a.log_error, a.log_error_interval),
                                   format_signed_percent(a.bias),
                                   error_on(comparison, ours, a)};
    for (std::string& cell : speed_cells(found == speeds.end() ? std::nullopt : std::optional(*found)))
      cells.push_back(std::move(cell));
    table.rows.push_back(std::move(cells));
  }
}

Table external_table(const Comparison& comparison) {
  Table table{{{"scale"},
               {"model"},
               {"system"},
               {"scored rows", Align::right},
               {"its log error [95 %]", Align::right},
               {"its bias", Align::right},
               {judged_model(comparison) + "'s log error [95 %]", Align::right},
               {"rows timed", Align::right},
               {"it takes, a row", Align::right},
               {"and to start up", Align::right},
               {"we take, a row", Align::right},
               {"we are faster by", Align::right}},
              {}};
  for (const auto& [model, context] : comparison.model_contexts)
    if (const std::vector<Speed> speeds = speeds_of(comparison, model); !speeds.empty())
      add_rows(comparison, model, speeds, table);
  return table;
}

}  // namespace

bool has_external(const Comparison& comparison) {
  return std::ranges::any_of(comparison.aggregates, [&](const Aggregate& a) {
    return !a.published && !speeds_of(comparison, a.model).empty();
  });
}

Section external_section(const Comparison& comparison) {
  return {"External simulators",
          {Paragraph{{{"Simulators that others wrote, given the same calibration records and the same schedules. Wall "
                       "times are of simulating alone, the mean of the rows at that scale, both on the machine that "
                       "ran the external simulator; starting it up is paid once."}}},
           external_table(comparison)}};
}

}  // namespace ringtrue
