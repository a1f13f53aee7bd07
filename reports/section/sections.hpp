#pragma once

#include "reports/report.hpp"

namespace ringtrue {

inline constexpr const char* replication_heading = "Published ASTRA-sim runs, replicated";

/// The sections of the report, in its order.
Section summary_section(const Comparison& comparison);
Section accuracy_section(const Comparison& comparison);
Section all_reduce_section(const Comparison& comparison);
Section algorithms_section(const Comparison& comparison);
Section ring_ratio_section(const Comparison& comparison);
/// Simulators whose context tells how long they took (key `speed`).
bool has_external(const Comparison& comparison);
Section external_section(const Comparison& comparison);
/// Training steps, measured or predicted.
bool has_training(const Comparison& comparison);
Section training_section(const Comparison& comparison);
Section published_section(const Comparison& comparison);
Section replication_section(const Comparison& comparison);
/// True if the records say how measuring went; those of older programs do not.
bool says_how_measured(const Comparison& comparison);
Section measuring_section(const Comparison& comparison);
/// The models of an ablation, and what each mechanism is worth; see validate/ablation.hpp.
bool has_ablation(const Comparison& comparison);
Section ablation_section(const Comparison& comparison);
Section findings_section(const Comparison& comparison);
Section limitations_section(const Comparison& comparison);
Section reproduce_section(const Comparison& comparison);

}  // namespace ringtrue
