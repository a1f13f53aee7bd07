#include "experiment/training/step_metrics.hpp"

#include <cassert>

namespace ringtrue {

Seconds compute_of(const Phases& phases) {
  return phase_of(phases, "forward") + phase_of(phases, "backward") + phase_of(phases, "update");
}

std::optional<Seconds> part_of(const Phases& phases, const std::string& name) {
  const auto known = [&](const char* phase) { return phases.contains(phase); };
  if (name == "compute")
    return known("forward") && known("backward") && known("update") ? std::optional(compute_of(phases)) : std::nullopt;
  const auto found = phases.find(name);
  return found == phases.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> overlap_fraction(const Phases& phases) {
  const Seconds communication = phase_of(phases, "communication");
  if (communication <= Seconds{0}) return std::nullopt;
  return 1 - phase_of(phases, "exposed") / communication;
}

double overhead_of(const Phases& phases, Seconds step) {
  assert(step > Seconds{0});
  return phase_of(phases, "exposed") / step;
}

double images_per_second(const TrainingStep& step, int ranks, Seconds time) {
  assert(time > Seconds{0});
  return static_cast<double>(step.batch) * ranks / time.count();
}

double scaling_efficiency(double images, int ranks, double base_images, int base_ranks) {
  assert(base_images > 0 && base_ranks > 0 && ranks > 0);
  return images / ranks / (base_images / base_ranks);
}

}  // namespace ringtrue
