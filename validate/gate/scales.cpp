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

TestbedScales scales_of(const std::vector<MeasuredRow>& measured) {
  TestbedScales scales;
  for (const MeasuredRow& row : measured) scales.insert({testbed_of(row.system_id), row.experiment.ranks});
  return scales;
}

}  // namespace

TestbedScales parse_scales(std::span<const std::string> words) {
  TestbedScales scales;
  for (const std::string& word : words) add_scales(word, scales);
  return scales;
}

std::vector<Budget> take_undecided(const TestbedScales& asked, const std::vector<MeasuredRow>& measured,
                                   std::vector<Budget>& budgets) {
  TestbedScales known = scales_of(measured);
  TestbedScales due = known;
  due.insert(asked.begin(), asked.end());
  for (const Budget& budget : budgets) known.insert({budget.testbed, budget.ranks});
  for (const TestbedScale& scale : asked)
    if (!known.contains(scale))
      throw Error(
          fmt::format("--scales {}={}: there is neither a budget nor a measurement of it; correct it, or "
                      "measure it",
                      scale.testbed, scale.ranks));
  const auto undecided = std::stable_partition(budgets.begin(), budgets.end(), [&](const Budget& budget) {
    return due.contains({budget.testbed, budget.ranks});
  });
  std::vector<Budget> taken(undecided, budgets.end());
  budgets.erase(undecided, budgets.end());
  return taken;
}

}  // namespace ringtrue
