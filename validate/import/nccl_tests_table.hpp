#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validate/import/nccl_tests_run.hpp"

namespace ringtrue {

using Words = std::vector<std::string_view>;

/// Columns of a table: those that say what was asked, then as many for each of out-of-place and in-place.
struct TableColumns {
  std::optional<std::size_t> redop, root;
  std::size_t asked = 3;     ///< size count type, and redop and root if there are any.
  std::size_t timed = 0;     ///< time algbw busbw #wrong, and more with a report of each iteration.
  bool timestamped = false;  ///< Two more words, date and time.
  bool deviations = false;   ///< `error`, the largest difference, instead of `#wrong`, how many differed.
};

/// From the line of their names, without its `#`. Throws Error, opened by `where`, on columns that no known version
/// has.
TableColumns table_columns(Words names, const std::string& where);

/// The cells of a row by what they say. A blank redop, and blanks instead of out-of-place times, leave no word.
struct RowCells {
  Words asked, out_of_place, in_place;
};

/// Throws Error on another number of cells than the columns allow.
RowCells row_cells(Words cells, const TableColumns& columns, const std::string& where);

/// Nothing if there are no cells. Throws Error on a time or a number of wrong elements that is none.
std::optional<PrintedTime> timed_cells(const Words& cells, const std::string& where);

}  // namespace ringtrue
