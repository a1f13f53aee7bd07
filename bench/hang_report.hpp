#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/heartbeat.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// What one rank says about itself when nothing has moved for too long.
struct RankReport {
  std::string host;
  std::string row;  ///< experiment_key; empty outside of rows.
  Position position;
  bool operator==(const RankReport&) const = default;
};

/// One rank's report as the text of a file, and back; nothing for a text that is none.
std::string report_text(const RankReport& report);
std::optional<RankReport> parse_report(const std::string& text, const std::string& where);

/// `ROW, iteration 17, timed body`, or the stage alone outside of rows.
std::string place_text(const RankReport& report);

/// A launch that hangs: one report per rank, nothing for those that gave none.
struct Hang {
  std::vector<std::optional<RankReport>> reports;
  std::vector<std::string> hosts;  ///< Per rank; may be empty.
  Seconds limit{};
  std::filesystem::path out;
};

/// One line: the row and the stage, the ranks that did not report, those that are behind the others, and what to do.
std::string hang_message(const Hang& hang);

}  // namespace ringtrue
