#pragma once

#include <stdexcept>

namespace ringtrue {

/// The one error of the project: thrown at the edges, caught in `main`. The message says where, what was found, what is
/// allowed and what to do.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Exit codes of every program and script; when several apply, the first in this order.
enum ExitCode : int {
  exit_could_not_run = 2,
  exit_wrong_result = 3,
  exit_gate_failed = 1,
  exit_inconclusive = 4,
  exit_fine = 0
};

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang-tidy 14 needs the guide

}  // namespace ringtrue
