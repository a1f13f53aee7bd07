// Rows made by the model itself, so that what the fit should find is known.
#include "sim/nccl/fit.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/nccl/machines.hpp"

namespace ringtrue::nccl {
namespace {

using namespace testing;
using Catch::Contains;
using Catch::WithinRel;

void loosen(Machine& m, Quantity quantity, double width) { m.parameters[quantity].width = width; }

Observation row_of(const Machine& truth, Bytes bytes, int gpus, Choice choice, const std::string& source = "a source") {
  Call asked = call(bytes, gpus);
  asked.launch = LaunchMode::process_per_gpu;
  return {.call = asked,
          .choice = choice,
          .time_us = microseconds(asked, choice, truth),
          .relative_sigma = 0,
          .source = source};
}

std::vector<Observation> rows_of(const Machine& truth) {
  std::vector<Observation> rows;
  for (const Bytes bytes : powers_of_two(1_KiB, 4096_MiB))
    for (const int gpus : {2, 4, 8})
      for (const Choice choice : {ring_ll, ring_ll128, ring_simple}) rows.push_back(row_of(truth, bytes, gpus, choice));
  return rows;
}

double value_of(const Parameters& parameters, Quantity quantity) { return parameters[quantity].value; }

TEST_CASE("a fit finds the parameters that its rows were made with") {
  Machine truth = round_machine();
  set(truth, Quantity::link_bandwidth, 11);
  set(truth, Quantity::simple_base, 13);
  set(truth, Quantity::ll_step, 0.8);
  set(truth, Quantity::ll128_step, 1.6);
  Machine start = round_machine();
  for (const Quantity q : {Quantity::link_bandwidth, Quantity::simple_base, Quantity::ll_step, Quantity::ll128_step})
    loosen(start, q, 0.5);
  const Parameters found = fit(start, rows_of(truth));
  CHECK_THAT(value_of(found, Quantity::link_bandwidth), WithinRel(11, 1e-3));
  CHECK_THAT(value_of(found, Quantity::simple_base), WithinRel(13, 0.01));
  CHECK_THAT(value_of(found, Quantity::ll_step), WithinRel(0.8, 0.01));
  CHECK_THAT(value_of(found, Quantity::ll128_step), WithinRel(1.6, 0.01));
  // The rest is not fitted: its bits stay.
  CHECK(value_of(found, Quantity::ll_base) == 5);
  CHECK(found[Quantity::link_bandwidth].prior == 10);
  CHECK(found[Quantity::link_bandwidth].source == "a round number");
}

TEST_CASE("a parameter that no row speaks of stays at its prior") {
  Machine truth = round_machine();
  set(truth, Quantity::link_bandwidth, 11);
  Machine start = round_machine();
  loosen(start, Quantity::link_bandwidth, 0.5);
  loosen(start, Quantity::nvls_efficiency, 0.5);  // no row is of NVLS, or of two nodes
  loosen(start, Quantity::net_ll, 1);
  const Parameters found = fit(start, rows_of(truth));
  CHECK_THAT(value_of(found, Quantity::nvls_efficiency), WithinRel(0.8, 1e-3));
  CHECK_THAT(value_of(found, Quantity::net_ll), WithinRel(6, 1e-3));
  CHECK_THAT(value_of(found, Quantity::link_bandwidth), WithinRel(11, 1e-3));
}

TEST_CASE("nothing to fit leaves the parameters as they are") {
  Machine truth = round_machine();
  set(truth, Quantity::link_bandwidth, 11);
  REQUIRE(value_of(fit(round_machine(), rows_of(truth)), Quantity::link_bandwidth) == 10);
}

TEST_CASE("a few rows against the prior: between what they say and what was believed") {
  // One row says ln(link) is off by d = ln 1.1; believed to a width of 0.02, as far as a row is believed. Both pull
  // alike on a parameter whose wire is nearly all of the time; pseudo-Huber of the row pulls less than a square would.
  Machine truth = round_machine();
  set(truth, Quantity::link_bandwidth, 11);
  Machine start = round_machine();
  loosen(start, Quantity::link_bandwidth, 0.02);
  const double found = value_of(fit(start, {row_of(truth, 4096_MiB, 4, ring_ll)}), Quantity::link_bandwidth);
  CHECK(found > 10.05);
  CHECK(found < 10.5);
}

TEST_CASE("rows of one source that repeat one question count once together") {
  // Source a says 11 GB/s, source b 10 GB/s, on the same questions; a ran forty times. It is not believed more for it.
  Machine fast = round_machine(), start = round_machine();
  set(fast, Quantity::link_bandwidth, 11);
  loosen(start, Quantity::link_bandwidth, 1);
  const auto fitted = [&](int repetitions) {
    std::vector<Observation> rows{row_of(round_machine(), 1024_MiB, 4, ring_ll, "b")};
    for (int i = 0; i < repetitions; ++i) rows.push_back(row_of(fast, 1024_MiB, 4, ring_ll, "a"));
    return value_of(fit(start, rows), Quantity::link_bandwidth);
  };
  CHECK_THAT(fitted(40), WithinRel(fitted(1), 1e-4));
  CHECK_THAT(fitted(1), WithinRel(std::sqrt(110.0), 1e-2));  // half way on the logarithm
}

TEST_CASE("as many other sources do count") {
  Machine fast = round_machine(), start = round_machine();
  set(fast, Quantity::link_bandwidth, 11);
  loosen(start, Quantity::link_bandwidth, 1);
  std::vector<Observation> rows{row_of(round_machine(), 1024_MiB, 4, ring_ll, "b")};
  for (int i = 0; i < 10; ++i) rows.push_back(row_of(fast, 1024_MiB, 4, ring_ll, "source " + std::to_string(i)));
  CHECK(value_of(fit(start, rows), Quantity::link_bandwidth) > 10.9);
}

TEST_CASE("an outlier does not carry the fit away") {
  Machine truth = round_machine(), start = round_machine();
  set(truth, Quantity::link_bandwidth, 11);
  loosen(start, Quantity::link_bandwidth, 0.5);
  std::vector<Observation> rows = rows_of(truth);
  rows.back().time_us *= 100;  // squares would pull by its ln 100 = 4.6 as hard as 230 rows of one sigma do
  CHECK_THAT(value_of(fit(start, rows), Quantity::link_bandwidth), WithinRel(11, 2e-3));
}

TEST_CASE("a row that was read badly counts less") {
  Machine fast = round_machine(), start = round_machine();
  set(fast, Quantity::link_bandwidth, 11);
  loosen(start, Quantity::link_bandwidth, 1);
  Observation blurred = row_of(fast, 1024_MiB, 4, ring_ll, "a");
  blurred.relative_sigma = 0.2;
  const Parameters found = fit(start, {row_of(round_machine(), 1024_MiB, 4, ring_ll, "b"), blurred});
  CHECK(value_of(found, Quantity::link_bandwidth) < 10.1);
}

TEST_CASE("the same rows give the same bits") {
  Machine truth = round_machine(), start = round_machine();
  set(truth, Quantity::link_bandwidth, 11);
  for (const Quantity q : {Quantity::link_bandwidth, Quantity::simple_base, Quantity::ll_step}) loosen(start, q, 0.5);
  const Parameters once = fit(start, rows_of(truth)), again = fit(start, rows_of(truth));
  for (std::size_t i = 0; i < quantities; ++i)
    REQUIRE(once[static_cast<Quantity>(i)].value == again[static_cast<Quantity>(i)].value);
}

TEST_CASE("no rows are an error") { REQUIRE_THROWS_WITH(fit(round_machine(), {}), Contains("nothing to fit on")); }

TEST_CASE("a fit covers what its rows span") {
  const Machine m = round_machine();
  Observation gathered = row_of(m, 64_KiB, 8, ring_simple);
  gathered.call.collective = Collective::all_gather;
  const Coverage covers = coverage_of({row_of(m, 1_MiB, 4, ring_ll), gathered, row_of(m, 1_KiB, 4, ring_ll)});
  CHECK(covers.gpus == std::vector{4, 8});
  CHECK(covers.collectives == std::vector{Collective::all_reduce, Collective::all_gather});
  CHECK(covers.least == 1_KiB);
  CHECK(covers.most == 1_MiB);
}

}  // namespace
}  // namespace ringtrue::nccl
