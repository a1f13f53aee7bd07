#include "validate/comparison.hpp"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace ringtrue {

Outcome Comparison::outcome() const {
  const auto any = [&](Outcome wanted) {
    return std::ranges::any_of(verdicts, [&](const Verdict& verdict) { return verdict.outcome == wanted; });
  };
  const bool missing = std::ranges::any_of(unpaired, [](const Unpaired& row) { return row.fails; });
  if (missing || any(Outcome::fail)) return Outcome::fail;
  const bool nothing_decided = verdicts.empty() && !undecided.empty();
  return any(Outcome::inconclusive) || nothing_decided ? Outcome::inconclusive : Outcome::pass;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return "PASS";
    case Outcome::fail: return "FAIL";
    case Outcome::inconclusive: return "INCONCLUSIVE";
  }
  throw std::logic_error("to_string: not an outcome");
}

}  // namespace ringtrue
