#include "reports/markdown.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "reports/format.hpp"

namespace ringtrue {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// `library_ring` needs no backslash: GitHub-flavoured Markdown takes an underscore inside a word as it is.
bool is_inside_word(std::string_view text, std::size_t at) {
  return at > 0 && at + 1 < text.size() && is_word(text[at - 1]) && is_word(text[at + 1]);
}

/// Only then are brackets more than brackets; `12 % [10, 14]` stays readable.
bool closes_link_text(std::string_view text, std::size_t at) {
  return at + 1 < text.size() && std::string_view("([:").find(text[at + 1]) != std::string_view::npos;
}

bool is_markup(std::string_view text, std::size_t at) {
  if (text[at] == '_') return !is_inside_word(text, at);
  if (text[at] == ']') return closes_link_text(text, at);
  return std::string_view("\\`*~$").find(text[at]) != std::string_view::npos;
}

/// Where a `1.` ends that would open a numbered list; 0 if none does.
std::size_t list_number_end(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  const bool opens = end > 0 && end < text.size() && (text[end] == '.' || text[end] == ')');
  return opens && (end + 1 == text.size() || text[end + 1] == ' ') ? end : 0;
}

/// A block must not begin like a heading, a quote or a list.
std::string escape_block(std::string_view text) {
  std::string escaped = escape_markdown(text);
  if (escaped.empty()) return escaped;
  if (std::string_view("#-+=[").find(escaped.front()) != std::string_view::npos) return "\\" + escaped;
  const std::size_t number = list_number_end(escaped);
  if (number > 0) escaped.insert(number, "\\");
  return escaped;
}

std::string escape_cell(std::string_view text) {
  std::string escaped;
  for (const char c : escape_markdown(text)) escaped += c == '|' ? "\\|" : std::string(1, c);
  return escaped;
}

std::string row_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += fmt::format(" {} |", escape_cell(cell));
  return line + "\n";
}

std::string rule_of(const std::vector<Column>& columns) {
  std::string line = "|";
  for (const Column& column : columns) line += column.align == Align::right ? " ---: |" : " :--- |";
  return line + "\n";
}

std::string strong(const std::string& text) { return text.empty() ? "" : "**" + text + "**"; }

std::string block_of(const Paragraph& paragraph) {
  std::string line;
  for (const Phrase& phrase : paragraph.phrases) {
    const std::string text = line.empty() ? escape_block(phrase.text) : escape_markdown(phrase.text);
    line += phrase.strong ? strong(text) : text;
  }
  return line + "\n";
}

std::string block_of(const BulletList& list) {
  std::string lines;
  for (const std::string& item : list.items) lines += fmt::format("- {}\n", escape_block(item));
  return lines;
}

std::size_t longest_backtick_run(const std::vector<std::string>& lines) {
  std::size_t longest = 0;
  for (const std::string& line : lines) {
    std::size_t run = 0;
    for (const char c : line) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  }
  return longest;
}

/// The fence is longer than any run of backticks inside, so that nothing inside can close it.
std::string block_of(const CodeBlock& code) {
  const std::string fence(std::max<std::size_t>(3, longest_backtick_run(code.lines) + 1), '`');
  std::string lines = fence + "\n";
  for (const std::string& line : code.lines) lines += printable(line) + "\n";
  return lines + fence + "\n";
}

std::string block_of(const Table& table) { return to_markdown(table); }

}  // namespace

std::string escape_markdown(std::string_view raw) {
  const std::string text = printable(raw);
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<')
      escaped += "&lt;";
    else if (text[i] == '>')
      escaped += "&gt;";
    else if (text[i] == '&')
      escaped += "&amp;";
    else
      escaped += is_markup(text, i) ? std::string{'\\', text[i]} : std::string(1, text[i]);
  }
  return escaped;
}

std::string to_markdown(const Table& table) {
  std::vector<std::string> header;
  for (const Column& column : table.columns) header.push_back(column.name);
  std::string lines = row_of(header) + rule_of(table.columns);
  for (const std::vector<std::string>& row : table.rows) lines += row_of(row);
  return lines;
}

std::string to_markdown(const Report& report) {
  std::string text = fmt::format("# {}\n", escape_markdown(report.title));
  for (const Section& section : report.sections) {
    text += fmt::format("\n## {}\n", escape_markdown(section.heading));
    for (const Block& block : section.blocks)
      text += "\n" + std::visit([](const auto& b) { return block_of(b); }, block);
  }
  return text;
}

}  // namespace ringtrue
