#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/expect/diagnosis.hpp"

namespace ringtrue::expect {

struct Judged {
  Seconds measured;
  Verdict verdict{};
  Diagnosis diagnosis;
};

/// All there is to say about one call.
struct Answer {
  std::string platform;  ///< File.
  Expectation expected;
  Neighbours published;
  Uncertainty uncertainty;
  std::optional<Judged> judged;
};

/// A record of a log that is not compared.
struct SkippedRow {
  std::string row, why;
};

/// All there is to say about a log.
struct LogAnswer {
  std::string platform, log;  ///< Files.
  std::vector<LogRow> rows;
  std::vector<SkippedRow> skipped;
  std::vector<LogCause> causes;
};

/// To read.
std::string text_of(const Answer& answer);
std::string text_of(const LogAnswer& answer);
/// One line of JSON with the same content; times in seconds.
std::string json_of(const Answer& answer);
std::string json_of(const LogAnswer& answer);

}  // namespace ringtrue::expect
