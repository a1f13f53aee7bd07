#include "validate/import/nccl_tests_run.hpp"

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/spelling.hpp"

namespace ringtrue {

Seconds printed_time(std::optional<double> microseconds, std::string_view as_printed, std::string_view where) {
  constexpr double longest_us = 3.2e15;
  if (!microseconds || *microseconds <= 0 || *microseconds > longest_us)
    throw Error(
        fmt::format("{}: '{}' found as time; it takes a number of microseconds above zero: remove the row, or "
                    "measure it again",
                    where, excerpt(as_printed)));
  return Seconds{*microseconds / 1e6};
}

std::string nccl_version_text(std::int64_t code) {
  if (code <= 0) return "";
  const std::int64_t major = code < 10000 ? 1000 : 10000;  // until 2.8 a digit less
  return fmt::format("{}.{}.{}", code / major, code % major / 100, code % 100);
}

}  // namespace ringtrue
