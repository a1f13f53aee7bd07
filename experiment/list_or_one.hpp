#pragma once

#include <vector>

#include "experiment/json.hpp"

namespace ringtrue {

/// The elements of a list, or the one value where there is no list. They live as long as `json`.
std::vector<const Json*> elements_or_one(const Json& json);

/// The same, each as `read` takes it.
template <class T, class Read>
std::vector<T> one_or_list(const Json& json, Read read) {
  std::vector<T> values;
  for (const Json* element : elements_or_one(json)) values.push_back(read(*element));
  return values;
}

}  // namespace ringtrue
