#include "reports/report.hpp"

#include "reports/section/sections.hpp"

namespace ringtrue {

Report build_report(const Comparison& comparison) {
  return {.title = "Ringtrue accuracy report",
          .sections = {summary_section(comparison), accuracy_section(comparison), all_reduce_section(comparison),
                       ring_ratio_section(comparison), published_section(comparison), findings_section(comparison),
                       limitations_section(comparison), reproduce_section(comparison)}};
}

}  // namespace ringtrue
