#pragma once

#include <string_view>

namespace ringtrue {

/// What `ringtrue-sim ablate` simulates: the cluster model less one mechanism. Scored, but not among the models that
/// are compared, ranked and searched for slips.
constexpr bool is_ablation(std::string_view model) { return model.starts_with("cluster without "); }

}  // namespace ringtrue
