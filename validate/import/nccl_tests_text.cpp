// The text of nccl-tests: comments open with `#`, rows of the table with a number, anything else is somebody else's
// (mpirun, NCCL_DEBUG). A run is: settings (# nThread ...), devices (#  Rank ...), the names of the columns (#  size
// ...), rows, and a footer (# Out of bounds values ...). Where a column stands is read from the line of their names, as
// versions differ.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"
#include "validate/import/nccl_tests_run.hpp"
#include "validate/import/nccl_tests_table.hpp"
#include "validate/import/text_lines.hpp"

namespace ringtrue {
namespace {

/// Rounding makes a deviation of about 1e-6 of a correct float sum. Old programs judged all rows together, in the
/// footer.
void judge_deviation(std::optional<PrintedTime>& printed, std::optional<std::int64_t> out_of_bounds) {
  constexpr double largest_rounding = 1e-2;
  if (!printed || !printed->wrong) return;
  const bool large = *printed->wrong >= largest_rounding;
  if (!out_of_bounds || (*out_of_bounds == 0 && large)) printed->wrong.reset();
  if (out_of_bounds == 0 && !large) printed->wrong = 0;
}

/// The value after `key`, which may end with a colon.
std::string_view word_after(const Words& words, std::string_view key) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == key || (words[i].starts_with(key) && words[i].substr(key.size()) == ":")) return words[i + 1];
  return {};
}

class NcclTestsTextReader {
 public:
  explicit NcclTestsTextReader(const std::string& name) : name_(name) {}

  void take(const TextLine& line) {
    where_ = fmt::format("{}:{}", name_, line.number);
    std::string_view text = line.text;
    const std::size_t tag = text.starts_with('[') ? text.substr(0, 40).find(">:") : std::string_view::npos;
    if (tag != std::string_view::npos) text.remove_prefix(tag + 2);  // mpirun --tag-output
    const Words words = words_of(text);
    if (words.empty()) return;
    if (words[0].starts_with('#')) {
      take_comment(words);
    } else if (columns_ && !ended_ && words[0].front() >= '0' && words[0].front() <= '9') {
      take_row(words, line.whole);
    } else {
      take_other(words);
    }
  }

  NcclTestsLog finish() {
    end_run();
    if (log_.runs.empty())
      throw Error(fmt::format(
          "{}: no table of nccl-tests found, as it prints it: a line '# size count type ... time algbw busbw', "
          "then rows; save all of its standard output, without prefixes of the launcher",
          name_));
    return std::move(log_);
  }

 private:
  /// The settings of the next run end the one before.
  NcclTestsRun& opening() {
    if (columns_) end_run();
    if (run_.where.empty()) run_.where = where_;
    return run_;
  }

  void end_run() {
    if (!run_.rows.empty() && !ended_)
      log_.warnings.push_back(fmt::format(
          "{}: the table that begins at {} ends without its footer: the run was cut short; its {} rows are taken",
          name_, run_.where, run_.rows.size()));
    if (columns_ && columns_->deviations)
      for (PrintedRow& row : run_.rows) {
        judge_deviation(row.out_of_place, out_of_bounds_);
        judge_deviation(row.in_place, out_of_bounds_);
      }
    if (!run_.rows.empty()) log_.runs.push_back(std::move(run_));
    run_ = {};
    columns_.reset();
    out_of_bounds_.reset();
    ended_ = false;
  }

  void take_comment(const Words& words) {
    const std::string_view second = words.size() > 1 ? words[1] : "";
    if (std::ranges::find(words, "OSU") != words.end())
      throw Error(
          fmt::format("{}: the output of the OSU benchmarks; only that of nccl-tests is read: write their numbers "
                      "into a table for 'import published'",
                      where_));
    if (second.starts_with("nThread")) {
      take_settings(words);
    } else if (second == "nccl-tests" && words.size() > 3) {
      take_versions(words);
    } else if (second == "Collective" && words.size() > 4 && words[3] == "starting:") {
      opening().program = words[4];
    } else if (second == "Rank") {
      take_device(words);
    } else {
      take_table_comment(words);
    }
  }

  void take_table_comment(const Words& words) {
    const std::string_view second = words.size() > 4 ? words[1] : "";
    if (second == "size" || second == "bytes") {
      if (!run_.rows.empty()) opening();
      columns_ = table_columns({words.begin() + 1, words.end()}, where_);
    } else if (second == "Out" && columns_) {
      out_of_bounds_ = whole_number(word_after(words, ":"));
      ended_ = true;
    }
  }

  /// "# nccl-tests version 2.18.3 nccl-headers=22902 nccl-library=22902"
  void take_versions(const Words& words) {
    constexpr std::string_view library = "nccl-library=";
    opening().version = words[3];
    for (const std::string_view word : words)
      if (word.starts_with(library))
        run_.nccl_version = nccl_version_text(whole_number(word.substr(library.size())).value_or(0));
  }

  /// "# nThread 1 nGpus 4 minBytes 8 ... warmup iters: 5 iters: 20", in old versions with a colon after each.
  void take_settings(const Words& words) {
    NcclTestsRun& run = opening();
    std::string key;
    for (const std::string_view word : words) {
      const std::optional<std::int64_t> value = whole_number(word);
      if (value && !key.empty()) run.settings[excerpt(key)] = *value;
      if (value || word == "#" || word.ends_with(")")) {  // step: 2(factor)
        key.clear();
        continue;
      }
      if (!key.empty()) key += ' ';
      key += word.substr(0, word.size() - (word.ends_with(':') ? 1 : 0));
    }
  }

  /// "#  Rank  0 Group  0 Pid   6899 on host-a device  0 [0000:04:00] NVIDIA H100"; old versions have no group.
  void take_device(const Words& words) {
    const std::optional<std::int64_t> rank = whole_number(word_after(words, "Rank"));
    const std::optional<std::int64_t> process = whole_number(word_after(words, "Pid"));
    const std::string_view host = word_after(words, "on");
    if (!rank || !process || host.empty())
      throw Error(
          fmt::format("{}: a rank without number, process and host; '#  Rank 0 Group 0 Pid 123 on HOST device 0 [0x04] "
                      "NAME' is expected",
                      where_));
    if (whole_number(word_after(words, "Group")).value_or(0) != 0)
      throw Error(
          fmt::format("{}: several groups of ranks at once (NCCL_TESTS_SPLIT), but one row is one collective; run "
                      "the test without",
                      where_));
    if (std::ranges::find(run_.devices, *rank, &PrintedDevice::rank) != run_.devices.end() && !columns_)
      throw Error(
          fmt::format("{}: a second rank {}: several programs that know nothing of each other; build nccl-tests with "
                      "MPI=1 if mpirun or srun starts them",
                      where_, *rank));
    const auto bracket = std::ranges::find_if(words, [](std::string_view word) { return word.ends_with(']'); });
    const Words name = bracket == words.end() ? Words{} : Words{bracket + 1, words.end()};
    opening().devices.push_back({.rank = *rank,
                                 .process = *process,
                                 .host = std::string(host),
                                 .name = fmt::format("{}", fmt::join(name, " "))});
  }

  void take_row(const Words& words, bool whole) {
    if (!whole) {
      log_.warnings.push_back(where_ + ": the last row is cut off in the middle; it is left out");
      return;
    }
    const RowCells cells = row_cells(words, *columns_, where_);
    const std::optional<std::int64_t> size = whole_number(cells.asked[0]);
    const bool blank_redop = cells.asked.size() < columns_->asked;
    if (!size || *size < 0 || *size > max_bytes.count || !whole_number(cells.asked[1]) || finite_number(cells.asked[2]))
      throw Error(fmt::format("{}: a row that opens with '{}' where size, count and type are expected", where_,
                              excerpt(fmt::format("{}", fmt::join(cells.asked, " ")))));
    if (*size == 0) {
      ++run_.empty_rows;
      return;
    }
    if (run_.rows.size() == most_printed_rows)
      throw Error(fmt::format("{}: more than {} rows; split the file", where_, most_printed_rows));
    PrintedRow row{.where = where_,
                   .size = {*size},
                   .type = std::string(cells.asked[2]),
                   .redop = "",
                   .root = {},
                   .out_of_place = timed_cells(cells.out_of_place, where_),
                   .in_place = timed_cells(cells.in_place, where_),
                   .iterations = {}};
    if (columns_->redop && !blank_redop) row.redop = cells.asked[*columns_->redop];
    if (columns_->root)
      row.root = whole_number(cells.asked[*columns_->root - (blank_redop && columns_->redop < columns_->root ? 1 : 0)]);
    run_.rows.push_back(std::move(row));
  }

  /// "NCCL version 2.18.3+cuda12.2" and "NCCL INFO NCCL_ALGO set by environment to Ring" stand in logs with NCCL_DEBUG.
  void take_other(const Words& words) {
    if (words[0] == "rccl-tests:") run_.tool = "rccl-tests";
    if (words.size() > 2 && words[0] == "NCCL" && words[1] == "version" && run_.nccl_version.empty())
      run_.nccl_version = words[2].substr(0, words[2].find('+'));
    for (std::size_t i = 0; i + 5 < words.size(); ++i)
      if (words[i].starts_with("NCCL_") && words[i + 1] == "set" && words[i + 3] == "environment")
        run_.environment[std::string(words[i])] = words[i + 5];
    for (const std::string_view word : words)
      if (word.ends_with("_perf") && run_.named_program.empty()) run_.named_program = word.substr(word.rfind('/') + 1);
  }

  std::string name_, where_;
  std::optional<TableColumns> columns_;
  std::optional<std::int64_t> out_of_bounds_;
  bool ended_ = false;
  NcclTestsRun run_;
  NcclTestsLog log_;
};

}  // namespace

NcclTestsLog read_nccl_tests_text(std::string_view text, const std::string& name) {
  NcclTestsTextReader reader(name);
  for (const TextLine& line : text_lines(text, name)) reader.take(line);
  return reader.finish();
}

}  // namespace ringtrue
