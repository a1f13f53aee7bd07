#pragma once

#include <vector>

namespace ringtrue {

template <class To, class From>
void append(std::vector<To>& to, const std::vector<From>& from) {
  for (const From& value : from) to.emplace_back(value);
}

}  // namespace ringtrue
