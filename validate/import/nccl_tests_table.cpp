#include "validate/import/nccl_tests_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"
#include "validate/import/text_lines.hpp"

namespace ringtrue {
namespace {

constexpr std::string_view known_tables =
    "size count type [redop] [root], then twice time algbw busbw and #wrong or error; give the output of the "
    "all_reduce, all_gather, reduce_scatter, alltoall, broadcast or sendrecv test of nccl-tests 2 unchanged";

}  // namespace

TableColumns table_columns(Words names, const std::string& where) {
  const auto refuse = [&] {
    throw Error(fmt::format("{}: a table with the columns '{}'; known are {}", where,
                            excerpt(fmt::format("{}", fmt::join(names, " ")), 200), known_tables));
  };
  if (std::ranges::find(names, "cputime") != names.end())
    throw Error(
        fmt::format("{}: the column cputime is how long the CPU took to ask (-C 1), not how long the "
                    "collective took; run it without -C",
                    where));
  TableColumns columns;
  const Words all = names;
  if (names.back() == "timestamp") {
    columns.timestamped = true;
    names.pop_back();
  }
  const auto first = std::ranges::find(names, "time");
  columns.asked = static_cast<std::size_t>(first - names.begin());
  const std::size_t rest = names.size() - columns.asked;
  columns.timed = rest / 2;
  if (columns.asked < 3 || columns.asked > 5 || rest % 2 != 0 || columns.timed < 4) refuse();
  if (names[0] != "size" || names[1] != "count" || names[2] != "type") refuse();
  for (std::size_t i = 3; i < columns.asked; ++i) {
    if (names[i] != "redop" && names[i] != "root") refuse();
    (names[i] == "redop" ? columns.redop : columns.root) = i;
  }
  if (!std::equal(first, first + static_cast<std::ptrdiff_t>(columns.timed),
                  first + static_cast<std::ptrdiff_t>(columns.timed)))
    refuse();
  columns.deviations = first[3] == "error";
  if (first[1] != "algbw" || first[2] != "busbw" || (first[3] != "#wrong" && !columns.deviations)) refuse();
  return columns;
}

RowCells row_cells(Words cells, const TableColumns& columns, const std::string& where) {
  const std::size_t found = cells.size();
  if (columns.timestamped && cells.size() > columns.asked + columns.timed) cells.resize(cells.size() - 2);
  for (const std::size_t asked : {columns.asked, columns.asked - (columns.redop ? 1 : 0)}) {
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(std::min(asked, cells.size()));
    const auto timed = static_cast<std::ptrdiff_t>(columns.timed);
    if (cells.size() == asked + 2 * columns.timed)
      return {{cells.begin(), first}, {first, first + timed}, {first + timed, cells.end()}};
    if (cells.size() == asked + columns.timed) return {{cells.begin(), first}, {}, {first, cells.end()}};
  }
  throw Error(
      fmt::format("{}: a row of {} cells in a table of {} columns; the output of another program in the same line? "
                  "remove the line, or run the test again without NCCL_DEBUG",
                  where, found, columns.asked + 2 * columns.timed));
}

std::optional<PrintedTime> timed_cells(const Words& cells, const std::string& where) {
  if (cells.empty()) return std::nullopt;
  PrintedTime printed{.time = printed_time(finite_number(cells[0]), cells[0], where), .wrong = finite_number(cells[3])};
  if ((!printed.wrong && cells[3] != "N/A") || printed.wrong.value_or(0) < 0)
    throw Error(
        fmt::format("{}: '{}' found as number of wrong elements; it takes a number or N/A", where, excerpt(cells[3])));
  return printed;
}

}  // namespace ringtrue
