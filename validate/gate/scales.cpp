#include "validate/gate/scales.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/system.hpp"

namespace ringtrue {
namespace {

[[noreturn]] void refuse(const std::string& word) {
  throw Error(
      fmt::format("--scales: '{}' is not a test bed with its numbers of ranks; write them as host=2,4,8", word));
}

int parse_ranks(std::string_view text, const std::string& word) {
  int ranks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ranks);
  if (error != std::errc{} || end != text.data() + text.size() || ranks < 1 || ranks > max_ranks) refuse(word);
  return ranks;
}

void add_scales(const std::string& word, TestbedScales& scales) {
  const std::size_t equals = word.find('=');
  if (equals == 0 || equals == std::string::npos) refuse(word);
  const std::string testbed = word.substr(0, equals);
  for (std::size_t start = equals + 1; start <= word.size();) {
    const std::size_t end = std::min(word.find(',', start), word.size());
    scales.insert({testbed, parse_ranks(std::string_view(word).substr(start, end - start), word)});
    start = end + 1;
  }
}

TestbedScales scales_of(const std::vector<MeasuredRow>& measured, bool training) {
  TestbedScales scales;
  for (const MeasuredRow& row : measured)
    if ((as_training(row.experiment) != nullptr) == training)
      scales.insert({testbed_of(row.system_id), row.experiment.ranks});
  return scales;
}

bool has_testbed(const TestbedScales& scales, const std::string& testbed) {
  return std::ranges::any_of(scales, [&](const TestbedScale& scale) { return scale.testbed == testbed; });
}

}  // namespace

TestbedScales parse_scales(std::span<const std::string> words) {
  TestbedScales scales;
  for (const std::string& word : words) add_scales(word, scales);
  return scales;
}

void drop_unmeasured_training(const std::vector<MeasuredRow>& measured, std::vector<Budget>& budgets) {
  std::vector<MeasuredRow> scored;
  for (const MeasuredRow& row : measured)
    if (row.purpose == Purpose::score) scored.push_back(row);
  const TestbedScales scales = scales_of(scored, true);
  std::erase_if(budgets, [&](const Budget& budget) {
    return budget.regime == Regime::training && !scales.contains({budget.testbed, budget.ranks});
  });
}

std::vector<Budget> take_undecided(const TestbedScales& asked, const std::vector<MeasuredRow>& measured,
                                   std::vector<Budget>& budgets) {
  const TestbedScales collectives = scales_of(measured, false);
  const TestbedScales training = scales_of(measured, true);
  TestbedScales due = collectives;
  for (const TestbedScale& scale : asked)
    if (has_testbed(collectives, scale.testbed) || !has_testbed(training, scale.testbed)) due.insert(scale);
  TestbedScales known = collectives;
  known.insert(training.begin(), training.end());
  for (const Budget& budget : budgets) known.insert({budget.testbed, budget.ranks});
  for (const TestbedScale& scale : asked)
    if (!known.contains(scale))
      throw Error(
          fmt::format("--scales {}={}: there is neither a budget nor a measurement of it; correct it, or "
                      "measure it",
                      scale.testbed, scale.ranks));
  const auto undecided = std::stable_partition(budgets.begin(), budgets.end(), [&](const Budget& budget) {
    return budget.regime == Regime::training || due.contains({budget.testbed, budget.ranks});
  });
  std::vector<Budget> taken(undecided, budgets.end());
  budgets.erase(undecided, budgets.end());
  return taken;
}

}  // namespace ringtrue
