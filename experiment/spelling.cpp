#include "experiment/spelling.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ringtrue {
namespace {

/// Levenshtein distance.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t longest = 128;  // experiment keys have up to 90
  if (word.size() > longest) return "";
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, word.size() / 4) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edits(word, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest);
}

std::string excerpt(std::string_view text, std::size_t most) {
  std::string shown;
  for (const char c : text.substr(0, most))
    shown += c < ' ' || c > '~' ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  return text.size() > most ? shown + "..." : shown;
}

}  // namespace ringtrue
