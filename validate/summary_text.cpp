#include "validate/summary_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

std::string line_of(const Verdict& v) {
  return fmt::format("{:<12}  {} on {} at {} ranks: {}\n", to_string(v.outcome), v.model, v.system_id, v.ranks,
                     v.reason);
}

std::string line_of(const Unpaired& u) {
  return fmt::format("unpaired      {} {} on {}{}{}\n", u.origin, u.experiment_key, u.system_id,
                     u.model.empty() ? "" : ", model " + u.model, u.fails ? "; fails the gate" : "");
}

/// Lints about published runs stay in the comparison and its report: they say nothing about this campaign.
std::string line_of(const Lint& lint) {
  return lint.about.empty() ? fmt::format("hint          {}: {}\n", lint.rule, lint.what) : "";
}

std::string line_of(const Replication& replication) {
  const auto reproduced = std::ranges::count_if(
      replication.runs, [](const ReplicatedRun& run) { return judge(run) != Replicated::differs; });
  return fmt::format("replicated    {}: {} of {} runs as printed\n", replication.name, reproduced,
                     replication.runs.size());
}

std::string line_of(const std::string& warning) { return fmt::format("warning       {}\n", warning); }

template <class T>
std::string lines(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += line_of(value);
  return text;
}

}  // namespace

std::string summary_text(const Comparison& c) {
  const bool judged = !c.verdicts.empty() || c.outcome() != Outcome::pass;
  return lines(c.verdicts) + lines(c.unpaired) + lines(c.lints) + lines(c.replications) + lines(c.warnings) +
         fmt::format("{}: {} pairs of {} measured rows\n", judged ? to_string(c.outcome()) : "no budgets, no verdict",
                     c.pairs.size(), c.measured.size());
}

}  // namespace ringtrue
