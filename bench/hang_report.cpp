#include "bench/hang_report.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"

namespace ringtrue {
namespace {

constexpr int most_iterations = 0xffffff;

/// `rank 3 on n1`, `ranks 0, 2-5`: hosts where they are known and one rank is meant.
std::string rank_list(const std::vector<int>& ranks, const std::vector<std::string>& hosts) {
  if (ranks.size() == 1) {
    const auto rank = static_cast<std::size_t>(ranks.front());
    return fmt::format("rank {}{}", rank, rank < hosts.size() ? " on " + hosts[rank] : "");
  }
  std::vector<std::string> runs;
  for (std::size_t i = 0; i < ranks.size();) {
    std::size_t end = i + 1;
    while (end < ranks.size() && ranks[end] == ranks[end - 1] + 1) ++end;
    runs.push_back(end == i + 1 ? fmt::format("{}", ranks[i]) : fmt::format("{}-{}", ranks[i], ranks[end - 1]));
    i = end;
  }
  return fmt::format("ranks {}", fmt::join(runs, ", "));
}

/// The ranks by how far they came; no report: not among them.
std::map<std::uint32_t, std::vector<int>> ranks_by_marks(const Hang& hang) {
  std::map<std::uint32_t, std::vector<int>> ranks;
  for (std::size_t rank = 0; rank < hang.reports.size(); ++rank)
    if (hang.reports[rank]) ranks[hang.reports[rank]->position.marks].push_back(static_cast<int>(rank));
  return ranks;
}

std::vector<int> silent_ranks(const Hang& hang) {
  std::vector<int> silent;
  for (std::size_t rank = 0; rank < hang.reports.size(); ++rank)
    if (!hang.reports[rank]) silent.push_back(static_cast<int>(rank));
  return silent;
}

/// Why they wait, as far as the reports tell.
std::string cause_text(const Hang& hang, const std::map<std::uint32_t, std::vector<int>>& by_marks) {
  std::vector<std::string> causes;
  if (const std::vector<int> silent = silent_ranks(hang); !silent.empty())
    causes.push_back(fmt::format("{} did not report (stopped, dead, or on a host that does not share the folder of {})",
                                 rank_list(silent, hang.hosts), hang.out.string()));
  for (const auto& [marks, ranks] : by_marks) {
    if (marks == by_marks.rbegin()->first) continue;
    const RankReport& report = *hang.reports[static_cast<std::size_t>(ranks.front())];
    causes.push_back(fmt::format("{} {} only at {}", rank_list(ranks, hang.hosts), ranks.size() == 1 ? "is" : "are",
                                 place_text(report)));
  }
  if (causes.empty()) return fmt::format("all {} ranks wait there: a link between them is cut", hang.reports.size());
  return fmt::format("{}", fmt::join(causes, "; "));
}

}  // namespace

std::string report_text(const RankReport& report) {
  return Json{{"host", report.host},
              {"row", report.row},
              {"marks", report.position.marks},
              {"iteration", report.position.iteration},
              {"stage", static_cast<int>(report.position.stage)}}
             .dump() +
         "\n";
}

std::optional<RankReport> parse_report(const std::string& text, const std::string& where) {
  try {
    const Json json = parse_json(text, where);
    ObjectReader reader(json, where);
    RankReport report{
        .host = reader.text("host"),
        .row = reader.text("row"),
        .position = {.marks = static_cast<std::uint32_t>(reader.integer("marks", 0, UINT32_MAX)),
                     .iteration = static_cast<std::int32_t>(reader.integer("iteration", 0, most_iterations)),
                     .stage = static_cast<Stage>(reader.integer("stage", 0, static_cast<int>(Stage::wrap_up)))}};
    reader.finish();
    return report;
  } catch (const Error&) {  // torn, or somebody else's: as good as none
    return std::nullopt;
  }
}

std::string place_text(const RankReport& report) {
  const std::string_view stage = to_string(report.position.stage);
  if (report.row.empty()) return std::string(stage);
  return fmt::format("{}, iteration {}, {}", report.row, report.position.iteration, stage);
}

std::string hang_message(const Hang& hang) {
  const auto by_marks = ranks_by_marks(hang);
  const std::string place =
      by_marks.empty() ? "an unknown place"
                       : place_text(*hang.reports[static_cast<std::size_t>(by_marks.rbegin()->second.front())]);
  return fmt::format(
      "the launch hangs: nothing moved for {:g} s at {}; {}. The rows so far are kept in {}: remove the cause and go "
      "on "
      "with --resume. --hang-limit SECONDS allows more time, 0 waits for ever",
      hang.limit.count(), place, cause_text(hang, by_marks), hang.out.string());
}

}  // namespace ringtrue
