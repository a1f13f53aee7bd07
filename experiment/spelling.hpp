#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ringtrue {

/// " (did you mean 'X'?)" for the known word nearest to `word`; nothing if none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

/// Text of a file as an error message may show it: all but printable ASCII escaped, cut after `most` characters.
std::string excerpt(std::string_view text, std::size_t most = 60);

}  // namespace ringtrue
