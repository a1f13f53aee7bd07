#include "reports/csv.hpp"

#include <vector>

namespace ringtrue {
namespace {

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + quoted(cells[i]);
  return line + "\n";
}

}  // namespace

std::string to_csv(const Table& table) {
  std::vector<std::string> header;
  for (const Column& column : table.columns) header.push_back(column.name);
  std::string text = line_of(header);
  for (const std::vector<std::string>& row : table.rows) text += line_of(row);
  return text;
}

}  // namespace ringtrue
