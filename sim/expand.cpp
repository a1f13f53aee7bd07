#include "sim/expand.hpp"

#include <nlohmann/json.hpp>

#include "experiment/record/record_file.hpp"

namespace ringtrue {

std::string template_text(const Suite& suite, const std::string& system_id, const std::string& source) {
  std::string text = context_line({{"tool", source}});
  for (const SuiteRow& row : suite.rows) {
    if (row.purpose != Purpose::score) continue;
    const Record record{.experiment = row.experiment,
                        .system_id = system_id,
                        .source = source,
                        .campaign = "",
                        .launch = 0,
                        .result = Simulation{}};
    Json json = to_json(record);
    json["time_s"]["value"] = nullptr;
    text += json.dump() + "\n";
  }
  return text;
}

}  // namespace ringtrue
