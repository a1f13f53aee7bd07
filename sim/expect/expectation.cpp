#include "sim/expect/expectation.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/expect/spelled.hpp"

namespace ringtrue::expect {
namespace {

using nccl::Call;
using nccl::Choice;
using nccl::Machine;
using nccl::Quantity;

constexpr std::array algorithms{Algorithm::ring, Algorithm::double_binary_tree, Algorithm::nvls};
constexpr std::array protocols{Protocol::ll, Protocol::ll128, Protocol::simple};

/// Nothing if NCCL has no such way, or the call forces another.
std::optional<Alternative> alternative(Call call, Choice choice, const Machine& machine) {
  if (call.algorithm != Algorithm::library && call.algorithm != choice.algorithm) return {};
  if (call.protocol.value_or(choice.protocol) != choice.protocol) return {};
  call.algorithm = choice.algorithm;
  call.protocol = choice.protocol;
  if (!refusal(call, machine).empty()) return {};
  return Alternative{choice, time_of(call, choice, machine), Seconds{tuner_time_us(call, choice) * 1e-6}};
}

/// Steps of the search for a knee: a choice that holds over a narrower range of messages is passed over.
constexpr double knee_step = 1.25;

/// The nearest message with another choice, between one that has the call's and one that has not.
Knee bisect(Call call, Bytes same, Bytes other, const Machine& machine) {
  const Choice here = choose(call, machine);
  while (std::abs(other.count - same.count) > 1) {
    call.bytes.count = same.count + (other.count - same.count) / 2;
    (choose(call, machine) == here ? same : other) = call.bytes;
  }
  call.bytes = other;
  return {other, choose(call, machine)};
}

std::optional<Knee> next_knee(const Call& call, bool up, const Machine& machine) {
  const Choice here = choose(call, machine);
  Call probe = call;
  for (Bytes same = call.bytes;; same = probe.bytes) {
    const auto count = static_cast<double>(same.count);
    probe.bytes.count = up ? std::max(same.count + 1, static_cast<std::int64_t>(count * knee_step))
                           : std::min(same.count - 1, static_cast<std::int64_t>(count / knee_step));
    if (probe.bytes.count < 1 || max_bytes < probe.bytes) return {};
    if (choose(probe, machine) == here) continue;
    Call at = call;
    at.bytes = same;
    return bisect(at, same, probe.bytes, machine);
  }
}

Parts parts_of(Call call, Choice choice, Machine machine) {
  Seconds left = time_of(call, choice, machine);
  const auto taken = [&] {
    const Seconds before = left;
    left = time_of(call, choice, machine);
    return before - left;
  };
  Parts parts{};
  call.launch = LaunchMode::cuda_graph;
  parts.launch = taken();
  machine.parameters[Quantity::channel_start].value = 0;
  parts.channels = taken();
  machine.parameters[Quantity::ring_jitter].value = machine.parameters[Quantity::nvls_jitter].value = 0;
  parts.jitter = taken();
  call.bytes = {1};
  parts.wire = taken();
  parts.start = left;
  return parts;
}

/// Whether one of the systems that the platform was fitted on has the launch mode: record_ids hold system_ids.
bool fitted_with(LaunchMode mode, const Platform& platform) {
  const std::string part = fmt::format(".{}|", to_string(mode));
  return std::ranges::any_of(platform.fitted_on,
                             [&](const std::string& id) { return id.find(part) != std::string::npos; });
}

std::vector<std::string> why_extrapolated(const Call& call, const Platform& platform) {
  const auto& machine = std::get<Machine>(platform.machine);
  const nccl::Coverage& covers = machine.covers;
  std::vector<std::string> reasons;
  if (std::ranges::find(covers.gpus, call.gpus) == covers.gpus.end())
    reasons.push_back(fmt::format("{} GPUs; fitted on {}", call.gpus, fmt::join(covers.gpus, ", ")));
  if (std::ranges::find(covers.collectives, call.collective) == covers.collectives.end()) {
    std::vector<std::string_view> names;
    for (const Collective collective : covers.collectives) names.push_back(to_string(collective));
    reasons.push_back(fmt::format("{}; fitted on {}", to_string(call.collective), fmt::join(names, ", ")));
  }
  if (call.bytes < covers.least || covers.most < call.bytes)
    reasons.push_back(
        fmt::format("{}; fitted on {} to {}", size_text(call.bytes), size_text(covers.least), size_text(covers.most)));
  if (call.launch && !platform.fitted_on.empty() && !fitted_with(*call.launch, platform))
    reasons.push_back(fmt::format("launch mode {}; no fitted row has it", to_string(*call.launch)));
  return reasons;
}

}  // namespace

Seconds modelled_time(const Call& call, const Machine& machine) {
  return time_of(call, choose(call, machine), machine);
}

std::vector<Alternative> alternatives(const Call& call, const Machine& machine) {
  std::vector<Alternative> all;
  if (!machine.tuner) return all;
  for (const Algorithm algorithm : algorithms)
    for (const Protocol protocol : protocols)
      if (const auto found = alternative(call, {algorithm, protocol}, machine)) all.push_back(*found);
  std::ranges::stable_sort(all, {}, &Alternative::tuner_time);
  return all;
}

Expectation expectation_of(const Call& call, const Platform& platform) {
  const auto& machine = std::get<Machine>(platform.machine);
  const Choice choice = choose(call, machine);
  Expectation e{.call = call,
                .choice = choice,
                .time = time_of(call, choice, machine),
                .bound = bandwidth_bound(call, choice, machine),
                .parts = parts_of(call, choice, machine),
                .runner_up = {},
                .below = {},
                .above = {},
                .extrapolated = why_extrapolated(call, platform)};
  const std::vector<Alternative> all = alternatives(call, machine);
  const auto other = std::ranges::find_if(all, [&](const Alternative& a) { return a.choice != choice; });
  if (other == all.end()) return e;
  e.runner_up = *other;
  e.below = next_knee(call, false, machine);
  e.above = next_knee(call, true, machine);
  return e;
}

}  // namespace ringtrue::expect
