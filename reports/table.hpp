#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace ringtrue {

enum class Align { left, right };

struct Column {
  std::string name;
  Align align = Align::left;
};

/// Of those names, aligned left.
inline std::vector<Column> columns_of(std::initializer_list<const char*> names) {
  std::vector<Column> columns;
  for (const char* name : names) columns.push_back({name});
  return columns;
}

/// Rows of cells, each row as long as `columns`. Cells are raw text; a renderer escapes them.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

}  // namespace ringtrue
