#pragma once

#include <string_view>
#include <vector>

#include "sim/expect/published_times.hpp"

namespace ringtrue::expect {

enum class Verdict { normal, faster, slower };
/// "normal", "faster than expected", "slower than expected"
std::string_view to_string(Verdict verdict);

/// How far a sound measurement may be from the expected time: exp(+-width), where
///   width^2 = (2 ln(1 + held-out error))^2 + ln(published most / least of those alike)^2, and at least that of 2 %.
/// Twice, because the held-out error is a mean. Where nothing was held out like the call, the platform's error over all
/// that was held out stands in, and 10 % where that is nothing.
struct Uncertainty {
  HeldOut like, in_all;
  double error = 0;   ///< The held-out error that is used.
  double spread = 1;  ///< Of Neighbours::alike_spread.
  double width = 0;
  Seconds least{}, most{};  ///< Times that are normal: the band, widened to what was published of those alike.
};
Uncertainty uncertainty_of(const Expectation& expected, const Neighbours& neighbours,
                           const std::vector<PublishedTime>& rows, const nccl::Machine& machine);

Verdict verdict_of(Seconds measured, const Uncertainty& uncertainty);

}  // namespace ringtrue::expect
