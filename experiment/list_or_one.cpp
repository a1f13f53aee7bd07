#include "experiment/list_or_one.hpp"

#include <nlohmann/json.hpp>

namespace ringtrue {

std::vector<const Json*> elements_or_one(const Json& json) {
  if (!json.is_array()) return {&json};
  std::vector<const Json*> elements;
  for (const Json& element : json) elements.push_back(&element);
  return elements;
}

}  // namespace ringtrue
