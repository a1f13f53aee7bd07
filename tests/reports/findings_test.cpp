#include "reports/section/findings.hpp"

#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

/// What a rule says about the comparison, one line a finding; empty if it says nothing.
std::string said(const Comparison& comparison, const std::string& rule) {
  std::string text;
  for (const Finding& finding : findings_of(comparison))
    if (finding.rule == rule) text += finding.text + "\n";
  return text;
}

Aggregate& cluster_at(Comparison& comparison, int ranks) {
  for (Aggregate& a : comparison.aggregates)
    if (a.model == "cluster" && a.regime == Regime::all && a.ranks == ranks) return a;
  throw std::logic_error("cluster_at: the fixture has no such aggregate");
}

}  // namespace

TEST_CASE("extreme scales are named where scales differ") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "extreme-scales") ==
        "cluster is closest to the measurement in p2 (log error 15.4 %) and farthest in p4 (log error 25.0 %).\n");
  cluster_at(comparison, 4).log_error = cluster_at(comparison, 2).log_error;
  CHECK(said(comparison, "extreme-scales").empty());
}

TEST_CASE("extreme regimes are named where regimes differ") {
  Comparison comparison = small_comparison();
  CHECK(
      said(comparison, "extreme-regimes") ==
      "cluster is closest to the measurement in latency at p2 (log error 10.0 %) and farthest in bandwidth at p2 (log "
      "error 21.0 %).\n");
  std::erase_if(comparison.aggregates, [](const Aggregate& a) { return a.regime == Regime::bandwidth; });
  CHECK(said(comparison, "extreme-regimes").empty());
}

TEST_CASE("a bias is a direction only if three rows of four agree") {
  Comparison comparison = small_comparison();
  // Two rows at p2, 1.1 and 1.21; the single row at p4 is no direction.
  CHECK(said(comparison, "bias-direction") == "At p2 cluster is too slow on 2 of 2 rows (bias +15.4 %).\n");
  comparison.pairs[3].ratio = 0.9;
  CHECK(said(comparison, "bias-direction").empty());
}

TEST_CASE("noise is a finding where it reaches the error, and where it passes half the budget") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "noise-beyond-error").empty());
  // 20 % at p4 against half of 30 %; 2 % at p2 against half of 25 %.
  CHECK(said(comparison, "noise-beyond-half-budget") ==
        "At p4 the noise floor of 20.0 % exceeds half the budget of 30.0 % for cluster.\n");
  cluster_at(comparison, 4).noise_floor = 0.15;  // exactly half
  cluster_at(comparison, 2).noise_floor = cluster_at(comparison, 2).log_error;
  comparison.verdicts[0].budget = 0.5;
  CHECK(said(comparison, "noise-beyond-half-budget").empty());
  CHECK(said(comparison, "noise-beyond-error").find("At p2 the noise floor of 15.4 %") == 0);
}

TEST_CASE("the worst row is the farthest in either direction") {
  Comparison comparison = small_comparison();
  // |ln 0.8| = 0.223 exceeds ln 1.21 = 0.191 although 21 % exceeds 20 %. Simulated 0.8 x 2 ms.
  CHECK(said(comparison, "worst-row") ==
        "The row farthest off is all_reduce.ring.1048576B.float32.sum.in_place.seg65536x2.p4 on host.h1.c2.block.sm: "
        "cluster says 1.600 ms where 2.000 ms was measured (-20.0 %).\n");
  for (Pair& pair : comparison.pairs) pair.ratio = 1;
  CHECK(said(comparison, "worst-row").empty());
}

TEST_CASE("models are ranked only on the same number of rows, the bound never") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "models-compared") ==
        "At p2 the models, closest first, are cluster (15.4 %) and alpha_beta (100 %).\n");
  comparison.aggregates[0].rows = 1;
  CHECK(said(comparison, "models-compared").empty());
  comparison.aggregates[0].rows = 2;
  comparison.aggregates[0].model = "bandwidth_bound";
  CHECK(said(comparison, "models-compared").empty());
}

TEST_CASE("ASTRA-sim is compared on the same points only") {
  Comparison comparison = small_comparison();
  // 25 % / 5 % = 5.
  CHECK(said(comparison, "beside-astra-sim") ==
        "On the same 2 published points at p2 the log error of nccl by scale, 5.00 %, is 5.00 times lower than "
        "ASTRA-sim's, "
        "25.0 %.\n");
  comparison.aggregates[5].log_error = 0.5;
  CHECK(said(comparison, "beside-astra-sim").find("2.00 times higher than ASTRA-sim's") != std::string::npos);
  comparison.pairs.pop_back();
  CHECK(said(comparison, "beside-astra-sim").find("are not compared") != std::string::npos);
  comparison.aggregates.pop_back();
  CHECK(said(comparison, "beside-astra-sim").empty());
}

TEST_CASE("the ring stands beside the library where both were measured") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "ring-against-library") ==
        "At p2 on host.h1.c2.block.sm our ring takes 0.800 of the time of library (geomean) and is faster at 1 of 1 "
        "message "
        "size.\n");
  comparison.ring_ratios.front().by_bytes.clear();
  CHECK(said(comparison, "ring-against-library").empty());
}

TEST_CASE("a ranking takes two rows and says whether it is whole") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "ranking") == "At p2 cluster puts all 2 rows in the measured order (Kendall tau 1.00).\n");
  cluster_at(comparison, 2).kendall_tau = -1;
  CHECK(said(comparison, "ranking").find("does not put all 2 rows in the measured order (Kendall tau -1.00)") !=
        std::string::npos);
  cluster_at(comparison, 2).rows = 1;
  CHECK(said(comparison, "ranking").empty());
}

TEST_CASE("clocks that differ by more than ten percent are a finding") {
  Comparison comparison = small_comparison();
  // 2 ms against 1.6 ms is 25 %; the other two scored rows differ by 1 / 0.95 - 1 = 5.3 %.
  CHECK(said(comparison, "clock-difference") ==
        "On 1 of 3 scored rows the makespan and the longest rank's own time differ by more than 10.0 %; most on "
        "all_reduce.ring.1048576B.float32.sum.in_place.seg65536x2.p4 (2.000 ms against 1.600 ms).\n");
  comparison.measured[3].local_max_median = Seconds{1.9e-3};
  CHECK(said(comparison, "clock-difference").empty());
}

TEST_CASE("slow and mixed states are counted over rows and launches") {
  Comparison comparison = small_comparison();
  // Three scored rows of six launches: 18; one slow, one mixed: 1/18 = 5.56 %.
  CHECK(said(comparison, "slow-state") ==
        "Of 18 measurements of scored rows (one per row and launch), 1 (5.56 %) ran in the machine's slow state and 1 "
        "(5.56 "
        "%) while it changed.\n");
  comparison.measured[3].states = {{"fast", 6}};
  CHECK(said(comparison, "slow-state").empty());
}

TEST_CASE("rows whose conditions changed are counted, with the largest step and what the canaries say") {
  Comparison comparison = small_comparison();
  // One launch of the second row (x0.75), two of the fourth (x1.5, farther from 1), of 3 x 6 launches judged.
  CHECK(said(comparison, "non-stationary") ==
        "Conditions changed in 3 of 18 measurements (one per row and launch), of 2 rows: the samples show a step of "
        "20.0 % or more; the largest is x1.50 on " +
            experiment_key(comparison.measured[3].experiment) +
            " at host.h1.c2.block.sm. In 1 of the 3 the canaries before and after differ in state too.\n");
  for (MeasuredRow& row : comparison.measured) row.conditions = {};
  CHECK(said(comparison, "non-stationary").empty());
}

TEST_CASE("a bound that a measurement beats is a finding") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "faster-than-bound").empty());
  comparison.pairs[2].ratio = 1.01;
  CHECK(said(comparison, "faster-than-bound") == "On 1 of 1 row the measurement is faster than the bandwidth bound.\n");
}

TEST_CASE("lints are findings") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "lint") == "Lint unit-slip: x1000 at 8 B hints at ms written as us.\n");
  comparison.lints.clear();
  CHECK(said(comparison, "lint").empty());
}

TEST_CASE("lints of a replication are counted, and told in its section") {
  Comparison comparison = small_comparison();
  CHECK(
      said(comparison, "replication-lints") ==
      "3 lints about the survey *of* simulators: duplicate and more-traces-than-npus; see \"Published ASTRA-sim runs, "
      "replicated\".\n");
  std::erase_if(comparison.lints, [](const Lint& lint) { return !lint.about.empty(); });
  CHECK(said(comparison, "replication-lints").empty());
}

TEST_CASE("nothing compared, nothing found") { CHECK(findings_of(Comparison{}).empty()); }

}  // namespace ringtrue
