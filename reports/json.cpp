#include "reports/json.hpp"

#include <nlohmann/json.hpp>

#include "reports/section/findings.hpp"
#include "reports/section/limitations.hpp"

namespace ringtrue {

std::string to_report_json(const Json& comparison_json, const Comparison& comparison) {
  Json findings = Json::array();
  for (const Finding& f : findings_of(comparison)) findings.push_back({{"rule", f.rule}, {"text", f.text}});
  Json limitations = Json::array();
  for (const Finding& f : limitations_of(comparison)) limitations.push_back({{"rule", f.rule}, {"text", f.text}});
  const Json report{{"outcome", to_string(comparison.outcome())},
                    {"findings", findings},
                    {"limitations", limitations},
                    {"comparison", comparison_json}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ringtrue
