#include "sim/expect/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace ringtrue::expect {
namespace {

constexpr double least_width = 0.02;    // runs of one system differ by as much
constexpr double assumed_error = 0.10;  // of a model that nothing says anything about

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::normal: return "normal";
    case Verdict::faster: return "faster than expected";
    case Verdict::slower: return "slower than expected";
  }
  throw std::logic_error("to_string: not a verdict");
}

Uncertainty uncertainty_of(const Expectation& expected, const Neighbours& neighbours,
                           const std::vector<PublishedTime>& rows, const nccl::Machine& machine) {
  Uncertainty u{.like = held_out_like(expected, rows, machine), .in_all = held_out_in_all(rows)};
  u.error = u.like.rows > 0 ? u.like.error : u.in_all.rows > 0 ? u.in_all.error : assumed_error;
  u.spread = neighbours.alike_spread;
  u.width = std::max(std::hypot(2 * std::log1p(u.error), std::log(u.spread)), std::log1p(least_width));
  u.least = expected.time * std::exp(-u.width);
  u.most = expected.time * std::exp(u.width);
  if (neighbours.same_size && neighbours.alike > 0) {
    u.least = std::min(u.least, neighbours.alike_least);
    u.most = std::max(u.most, neighbours.alike_most);
  }
  return u;
}

Verdict verdict_of(Seconds measured, const Uncertainty& uncertainty) {
  if (measured < uncertainty.least) return Verdict::faster;
  return measured > uncertainty.most ? Verdict::slower : Verdict::normal;
}

}  // namespace ringtrue::expect
