#include <array>
#include <charconv>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/astra/configuration.hpp"

namespace ringtrue::astra {
namespace {

struct Name {
  std::string_view plain, flat;
  Algorithm algorithm;
};
constexpr std::array<Name, 4> names{{{"ring", "oneRing", Algorithm::ring},
                                     {"direct", "oneDirect", Algorithm::direct},
                                     {"halvingDoubling", "oneHalvingDoubling", Algorithm::halving_doubling},
                                     {"doubleBinaryTree", "", Algorithm::double_binary_tree}}};
constexpr int most_window = 99'999;  // ASTRA-sim reads five digits

/// The window behind "direct"; nothing if there is none or it is no number.
bool parse_window(std::string_view text, int& window) {
  if (text.empty()) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), window);
  return error == std::errc() && end == text.data() + text.size() && window >= 1 && window <= most_window;
}

}  // namespace

std::string to_string(const Implementation& implementation) {
  for (const Name& name : names) {
    if (name.algorithm != implementation.algorithm) continue;
    const std::string_view text = implementation.flat ? name.flat : name.plain;
    return implementation.window > 0 ? fmt::format("{}{}", text, implementation.window) : std::string(text);
  }
  throw std::logic_error("to_string: not an implementation");
}

Implementation parse_implementation(const std::string& text, const std::string& where) {
  for (const Name& name : names) {
    for (const bool flat : {false, true}) {
      const std::string_view word = flat ? name.flat : name.plain;
      if (word.empty()) continue;
      Implementation implementation{.algorithm = name.algorithm, .flat = flat};
      if (text == word) return implementation;
      if (name.algorithm == Algorithm::direct && text.starts_with(word) &&
          parse_window(std::string_view(text).substr(word.size()), implementation.window))
        return implementation;
    }
  }
  throw Error(fmt::format(
      "{}: '{}' is not an implementation; allowed: ring, direct, directW with a window W of 1 to {}, halvingDoubling, "
      "doubleBinaryTree, oneRing, oneDirect, oneDirectW, oneHalvingDoubling",
      where, text, most_window));
}

}  // namespace ringtrue::astra
