#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ringtrue::astra {

/// ", did you mean 'X'?" for the known word nearest to `word`; nothing if none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace ringtrue::astra
