#include <array>
#include <charconv>
#include <optional>

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

std::optional<int> parse_window(std::string_view text) {
  int window = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), window);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || window < 1 || window > most_window) return std::nullopt;
  return window;
}

/// Nothing if the text is not this name, with a window behind it if it may have one.
std::optional<Implementation> parse_as(const Name& name, bool flat, std::string_view text) {
  const std::string_view word = flat ? name.flat : name.plain;
  if (word.empty() || !text.starts_with(word)) return std::nullopt;
  Implementation implementation{.algorithm = name.algorithm, .flat = flat};
  if (text == word) return implementation;
  const std::optional<int> window = parse_window(text.substr(word.size()));
  if (name.algorithm != Algorithm::direct || !window) return std::nullopt;
  implementation.window = *window;
  return implementation;
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
  for (const Name& name : names)
    for (const bool flat : {false, true})
      if (const std::optional<Implementation> implementation = parse_as(name, flat, text)) return *implementation;
  throw Error(fmt::format(
      "{}: '{}' is not an implementation; allowed: ring, direct, directW with a window W of 1 to {}, halvingDoubling, "
      "doubleBinaryTree, oneRing, oneDirect, oneDirectW, oneHalvingDoubling",
      where, text, most_window));
}

}  // namespace ringtrue::astra
