#include "sim/cluster/channels.hpp"

namespace ringtrue {

int Channels::between(int source, int destination, int tag) {
  std::vector<int>& known = of_source_[static_cast<std::size_t>(source)];
  for (const int index : known)
    if ((*this)[index].destination == destination && (*this)[index].tag == tag) return index;
  channels_.push_back({.source = source, .destination = destination, .tag = tag});
  known.push_back(static_cast<int>(channels_.size() - 1));
  return known.back();
}

}  // namespace ringtrue
