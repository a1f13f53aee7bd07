#include "validate/import/nccl_tests_table.hpp"

#include <algorithm>
#include <span>

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

constexpr std::size_t fewest_timed = 4;  // time algbw busbw #wrong

/// size count type, then redop and root or one of them or none.
bool asks_what_we_know(std::span<const std::string_view> asked) {
  if (asked.size() < 3 || asked.size() > 5 || asked[0] != "size" || asked[1] != "count" || asked[2] != "type")
    return false;
  return std::ranges::all_of(asked.subspan(3), [](std::string_view name) { return name == "redop" || name == "root"; });
}

/// The same columns twice.
bool times_what_we_know(std::span<const std::string_view> timed) {
  if (timed.size() < 2 * fewest_timed || timed.size() % 2 != 0) return false;
  if (timed[1] != "algbw" || timed[2] != "busbw" || (timed[3] != "#wrong" && timed[3] != "error")) return false;
  return std::ranges::equal(timed.first(timed.size() / 2), timed.last(timed.size() / 2));
}

}  // namespace

TableColumns table_columns(Words names, const std::string& where) {
  const std::string shown = excerpt(fmt::format("{}", fmt::join(names, " ")), 200);
  if (std::ranges::find(names, "cputime") != names.end())
    throw Error(
        fmt::format("{}: the column cputime is how long the CPU took to ask (-C 1), not how long the "
                    "collective took; run it without -C",
                    where));
  TableColumns columns;
  columns.timestamped = names.back() == "timestamp";
  if (columns.timestamped) names.pop_back();
  columns.asked = static_cast<std::size_t>(std::ranges::find(names, "time") - names.begin());
  const auto asked = std::span(names).first(columns.asked);
  const auto timed = std::span(names).subspan(columns.asked);
  if (!asks_what_we_know(asked) || !times_what_we_know(timed))
    throw Error(fmt::format("{}: a table with the columns '{}'; known are {}", where, shown, known_tables));
  for (std::size_t i = 3; i < columns.asked; ++i) (asked[i] == "redop" ? columns.redop : columns.root) = i;
  columns.timed = timed.size() / 2;
  columns.deviations = timed[3] == "error";
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
