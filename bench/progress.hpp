#pragma once

#include <string>

#include "experiment/units.hpp"

namespace ringtrue {

/// Rows done, time left and the current row, on standard error of rank 0: one line rewritten on a terminal, else a
/// plain line every few seconds.
class Progress {
 public:
  explicit Progress(bool shown);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void expect_rows(std::size_t rows) { rows_ = rows; }
  void start_row(const std::string& name);
  void end_row() { ++done_; }

 private:
  std::size_t rows_ = 0, done_ = 0;
  bool shown_, terminal_;
  Seconds began_, last_line_;
};

}  // namespace ringtrue
