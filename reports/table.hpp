#pragma once

#include <string>
#include <vector>

namespace ringtrue {

enum class Align { left, right };

struct Column {
  std::string name;
  Align align = Align::left;
};

/// Rows of cells, each row as long as `columns`. Cells are raw text; a renderer escapes them.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

}  // namespace ringtrue
