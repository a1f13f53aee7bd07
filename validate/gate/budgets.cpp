#include "validate/gate/budgets.hpp"

#include <set>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/experiment.hpp"

namespace ringtrue {
namespace {

constexpr int most_required = 1'000'000;

Budget parse_budget(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Budget budget{.model = reader.text("model"),
                .testbed = reader.text("testbed"),
                .ranks = static_cast<int>(reader.integer("ranks", 1, max_ranks)),
                .log_error = reader.number("log_error", {0, 100})};
  const std::string regime = reader.text_or("regime", "all");
  if (regime != "all" && regime != "training") reader.refuse("regime", "all or training");
  budget.regime = regime == "all" ? Regime::all : Regime::training;
  reader.finish();
  return budget;
}

std::vector<Budget> parse_list(ObjectReader& reader) {
  const Json& list = reader.at("budgets");
  if (!list.is_array() || list.empty()) reader.refuse("budgets", "a list of at least one budget");
  std::vector<Budget> budgets;
  std::set<std::tuple<std::string, std::string, int, Regime>> seen;
  for (const Json& json : list) {
    const Budget b = parse_budget(json, fmt::format("{}/{}", reader.where("budgets"), budgets.size()));
    if (!seen.emplace(b.model, b.testbed, b.ranks, b.regime).second)
      throw Error(fmt::format("{}: model {} on {} at {} ranks has two budgets; keep one", reader.where("budgets"),
                              b.model, b.testbed, b.ranks));
    budgets.push_back(b);
  }
  return budgets;
}

}  // namespace

Budgets parse_budgets(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  Budgets budgets;
  budgets.name = where;
  budgets.hash = content_hash(text);
  if (reader.has("seed")) budgets.seed = static_cast<std::uint64_t>(reader.integer("seed", 0, INT64_MAX));
  if (reader.has("least_launches"))
    budgets.least_launches = static_cast<int>(reader.integer("least_launches", 1, most_required));
  if (reader.has("least_rows")) budgets.least_rows = static_cast<int>(reader.integer("least_rows", 1, most_required));
  if (reader.has("least_training_rows"))
    budgets.least_training_rows = static_cast<int>(reader.integer("least_training_rows", 1, most_required));
  if (reader.has("geomean_epsilon")) budgets.geomean_epsilon = reader.number("geomean_epsilon", {1e-12, 1});
  budgets.budgets = parse_list(reader);
  reader.finish();
  return budgets;
}

Budgets read_budgets(const std::filesystem::path& path) { return parse_budgets(read_text_file(path), path.string()); }

bool covers(const Budget& budget, const std::string& system_id) { return system_id.starts_with(budget.testbed + "."); }

}  // namespace ringtrue
