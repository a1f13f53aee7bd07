#include "validate/import/text_lines.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/json.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t longest_line = 16384;  // NCCL prints its topology in lines of some thousands
constexpr int most_lines = 1'000'000;
constexpr std::string_view blanks = " \t";

TextLine text_line(std::string_view text, int number, bool whole) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  return {.number = number, .text = text, .whole = whole};
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<TextLine> text_lines(std::string_view text, std::string_view name) {
  std::vector<TextLine> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const int number = static_cast<int>(lines.size()) + 1;
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > longest_line || number > most_lines)
      throw Error(
          fmt::format("{}:{}: a line of {} characters; allowed are {} lines of at most {}: give the text that the "
                      "program printed, not a binary or packed file",
                      name, number, end - begin, most_lines, longest_line));
    lines.push_back(text_line(text.substr(begin, end - begin), number, end < text.size()));
    begin = end + 1;
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = text.find_first_not_of(blanks);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(blanks, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(blanks, end);
  }
  return words;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_utf8(std::string_view text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::exception&) {
    return false;
  }
}

std::optional<double> finite_number(std::string_view text) {
  const std::optional<double> number = number_in<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) { return number_in<std::int64_t>(text); }

}  // namespace ringtrue
