#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/experiment.hpp"

namespace ringtrue {

/// One time of a table: the mean over iterations. `wrong` counts the elements that differed from what was expected;
/// nothing if they were not compared.
struct PrintedTime {
  Seconds time{};
  std::optional<double> wrong;
};

/// One row of a table, in the words of nccl-tests.
struct PrintedRow {
  std::string where;  ///< FILE:LINE
  Bytes size;
  std::string type;
  std::string redop;  ///< Empty if there is none.
  std::optional<std::int64_t> root;
  std::optional<PrintedTime> out_of_place, in_place;
  std::optional<std::int64_t> iterations;  ///< Of this row, where the tool says so row by row.
};

/// A GPU that takes part, or the first of each process.
struct PrintedDevice {
  std::int64_t rank = 0;
  std::int64_t process = 0;
  std::string host, name;
};

/// One start of one program of nccl-tests and its table. What the text does not say is empty.
struct NcclTestsRun {
  std::string where;                               ///< FILE:LINE where it begins.
  std::string tool = "nccl-tests";                 ///< Or rccl-tests.
  std::string version, nccl_version;               ///< 2.18.3, 2.29.2
  std::string program;                             ///< all_reduce_perf, as the program says of itself.
  std::string named_program;                       ///< The same from a command line in the log.
  std::map<std::string, std::int64_t> settings;    ///< nThread, nGpus, warmup iters, iters, agg iters, graph ...
  std::map<std::string, std::string> environment;  ///< NCCL's own variables.
  std::vector<std::string> arguments;
  std::vector<PrintedDevice> devices;
  std::vector<PrintedRow> rows;
  std::size_t empty_rows = 0;  ///< Of 0 bytes, left out: nothing was sent.
};

struct NcclTestsLog {
  std::vector<NcclTestsRun> runs;  ///< In the order of the text, each with a row or more.
  std::vector<std::string> warnings;
};

/// Most rows that one file may hold.
inline constexpr std::size_t most_printed_rows = 20'000;

/// `where` opens the message. Throws Error on a time that is no number, or not above zero and below a hundred years.
Seconds printed_time(std::optional<double> microseconds, std::string_view as_printed, std::string_view where);

/// 22902 is 2.29.2, 2708 is 2.7.8.
std::string nccl_version_text(std::int64_t code);

/// Reads what the programs print (old and new headers, with or without redop and root). A last line without end, and
/// a table without its footer, are what a killed run leaves behind: warned of. Throws Error with file and line.
NcclTestsLog read_nccl_tests_text(std::string_view text, const std::string& name);

/// Reads what they write with -J. Throws Error.
NcclTestsLog read_nccl_tests_json(std::string_view text, const std::string& name);

}  // namespace ringtrue
