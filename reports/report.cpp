#include "reports/report.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "reports/section/sections.hpp"
#include "reports/testbeds.hpp"
#include "validate/compare.hpp"

namespace ringtrue {
namespace {

std::vector<Section> measured_sections(const Comparison& comparison) {
  std::vector<Section> sections{all_reduce_section(comparison), ring_ratio_section(comparison)};
  if (!comparison.rankings.empty()) sections.push_back(algorithms_section(comparison));
  if (has_external(comparison)) sections.push_back(external_section(comparison));
  return sections;
}

/// Sections of its own for each test bed, so that no table mixes two.
std::vector<Section> sections_by_testbed(const Comparison& comparison) {
  const std::vector<std::string> beds = testbeds(comparison);
  if (beds.size() < 2) return measured_sections(comparison);
  std::vector<Section> sections;
  for (const std::string& bed : beds) {
    for (Section& section : measured_sections(on_testbed(comparison, bed))) {
      section.heading += ": test bed " + bed;
      sections.push_back(std::move(section));
    }
  }
  return sections;
}

}  // namespace

Report build_report(const Comparison& whole) {
  const Comparison comparison = without_ablations(whole);
  Report report{.title = "Ringtrue accuracy report",
                .sections = {summary_section(comparison), accuracy_section(comparison)}};
  for (Section& section : sections_by_testbed(comparison)) report.sections.push_back(std::move(section));
  if (has_training(comparison)) report.sections.push_back(training_section(comparison));
  report.sections.push_back(published_section(comparison));
  if (!comparison.replications.empty()) report.sections.push_back(replication_section(comparison));
  if (says_how_measured(comparison)) report.sections.push_back(measuring_section(comparison));
  report.sections.push_back(findings_section(comparison));
  report.sections.push_back(limitations_section(comparison));
  report.sections.push_back(reproduce_section(comparison));
  if (has_ablation(whole)) report.sections.push_back(ablation_section(whole));
  return report;
}

}  // namespace ringtrue
