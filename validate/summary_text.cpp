#include "validate/summary_text.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/system.hpp"

namespace ringtrue {
namespace {

std::string line_of(const Verdict& v) {
  return fmt::format("{:<12}  {} on {} at {} ranks: {}\n", to_string(v.outcome), v.model, v.system_id, v.ranks,
                     v.reason);
}

std::string line_of(const Budget& b) {
  return fmt::format("not decided   {} on {} at {} ranks: neither asked for nor measured\n", b.model, b.testbed,
                     b.ranks);
}

std::string line_of(const Unpaired& u) {
  return fmt::format("unpaired      {} {} on {}{}{}\n", u.origin, u.experiment_key, u.system_id,
                     u.model.empty() ? "" : ", model " + u.model, u.fails ? "; fails the gate" : "");
}

/// Predictions for which nothing was measured are counted: textbook models make hundreds.
std::string unpaired_lines(const std::vector<Unpaired>& unpaired) {
  std::string text;
  std::map<std::string, int> predictions;  // of each model
  for (const Unpaired& u : unpaired) {
    if (u.origin == "simulated" && !u.fails)
      ++predictions[u.model];
    else
      text += line_of(u);
  }
  for (const auto& [model, count] : predictions)
    text += fmt::format("unpaired      predictions of {} that nothing was measured for: {}; the report lists them\n",
                        model, count);
  return text;
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

std::vector<std::string> testbeds_of(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> testbeds;
  for (const Verdict& v : verdicts)
    if (const std::string testbed = testbed_of(v.system_id); std::ranges::find(testbeds, testbed) == testbeds.end())
      testbeds.push_back(testbed);
  return testbeds;
}

/// Where there are several test beds, each begins with a line of its own.
std::string verdict_lines(const std::vector<Verdict>& verdicts) {
  const std::vector<std::string> testbeds = testbeds_of(verdicts);
  std::string text;
  for (const std::string& testbed : testbeds) {
    if (testbeds.size() > 1) text += fmt::format("test bed      {}\n", testbed);
    for (const Verdict& v : verdicts)
      if (testbed_of(v.system_id) == testbed) text += line_of(v);
  }
  return text;
}

}  // namespace

std::string summary_text(const Comparison& c) {
  const bool judged = !c.verdicts.empty() || c.outcome() != Outcome::pass;
  return verdict_lines(c.verdicts) + lines(c.undecided) + unpaired_lines(c.unpaired) + lines(c.lints) +
         lines(c.replications) + lines(c.warnings) +
         fmt::format("{}: {} pairs of {} measured rows\n", judged ? to_string(c.outcome()) : "no budgets, no verdict",
                     c.pairs.size(), c.measured.size());
}

}  // namespace ringtrue
