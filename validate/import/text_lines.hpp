#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtrue {

/// A line of somebody else's text, without its LF or CR LF. `whole` unless the text stops before the line's end.
struct TextLine {
  int number = 1;
  std::string_view text;
  bool whole = true;
};

/// Points into `text`. Throws Error, opened by `name`, on a line of more than 16384 characters or more than a million
/// lines.
std::vector<TextLine> text_lines(std::string_view text, std::string_view name);

/// What stands between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view text);
/// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

/// What JSON takes.
bool is_utf8(std::string_view text);

/// The whole text as a finite number, or as one without fraction; nothing for any other text.
std::optional<double> finite_number(std::string_view text);
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace ringtrue
