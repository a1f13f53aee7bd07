#include "reports/section/limitations.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

std::string said(const Comparison& comparison, const std::string& rule) {
  std::string text;
  for (const Finding& finding : limitations_of(comparison))
    if (finding.rule == rule) text += finding.text + "\n";
  return text;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what was not compared is a limitation") {
  const Comparison whole = small_comparison();
  const Comparison empty;
  for (const std::string rule : {"nothing-measured", "no-budget", "nothing-published"}) {
    CHECK(said(whole, rule).empty());
    CHECK_FALSE(said(empty, rule).empty());
  }
}

TEST_CASE("ranks beyond the cores are a limitation") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "oversubscribed"), "1 scored row at p4 ran with more ranks than cores"));
  comparison.measured[3].oversubscribed = false;
  CHECK(said(comparison, "oversubscribed").empty());
}

TEST_CASE("launches below what a verdict needs are a limitation") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "few-launches").empty());
  comparison.measured[0].launches = 5;
  CHECK(contains(said(comparison, "few-launches"),
                 "Fewer than the 6 launches that a verdict needs: 1 scored row at p2."));
}

TEST_CASE("a state that changed during a row is a limitation") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "mixed-states"), "1 scored row at p4"));
  comparison.measured[3].states = {{"fast", 6}};
  CHECK(said(comparison, "mixed-states").empty());
}

TEST_CASE("unverified results and missing common clocks are limitations") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "unverified").empty());
  CHECK(said(comparison, "no-common-clock").empty());
  comparison.measured[0].verified = false;
  comparison.measured[1].clock = Clock::local_max;
  CHECK(contains(said(comparison, "unverified"), "1 scored row at p2"));
  CHECK(contains(said(comparison, "no-common-clock"), "1 scored row at p2"));
  CHECK(said(comparison, "mean-of-ranks").empty());
  comparison.measured[1].clock = Clock::mean_of_ranks;
  CHECK(said(comparison, "no-common-clock").empty());
  CHECK(contains(said(comparison, "mean-of-ranks"), "1 scored row at p2 was timed by another program"));
}

TEST_CASE("extrapolated predictions are counted per model") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "extrapolated") ==
        "Outside the range that it was fitted on: 1 prediction of cluster at p4.\n");
  for (Pair& pair : comparison.pairs) pair.extrapolated = false;
  CHECK(said(comparison, "extrapolated").empty());
}

TEST_CASE("unpaired rows are counted and listed") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "unpaired"), "1 row found no partner, 0 of them where the gate needs one"));
  comparison.unpaired.clear();
  CHECK(said(comparison, "unpaired").empty());
}

TEST_CASE("models that do not say what they were fitted on are named") {
  Comparison comparison = small_comparison();
  // cluster and alpha_beta say 40; astra-sim-published says unknown; bandwidth_bound and nccl by scale have no context.
  CHECK(contains(said(comparison, "no-hold-out-information"),
                 "For astra-sim-published, bandwidth_bound and nccl by scale nothing says"));
  for (const std::string model : {"astra-sim-published", "bandwidth_bound", "nccl by scale"})
    comparison.model_contexts[model] = {{"fitted_on", 0}};
  CHECK(said(comparison, "no-hold-out-information").empty());
}

TEST_CASE("errors without an interval are named by model") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "no-interval"), "The log error of alpha_beta carries no interval"));
  comparison.aggregates[0].log_error_interval.upper += 0.1;
  CHECK(said(comparison, "no-interval").empty());
}

TEST_CASE("published points read off a figure with more than two percent uncertainty are a limitation") {
  Comparison comparison = small_comparison();
  // Two models stand beside each of the two points.
  CHECK(contains(said(comparison, "imprecise-readings"), "2 published points"));
  CHECK(contains(said(comparison, "imprecise-readings"), "above 2.00 %, at most 3.00 %"));
  for (Pair& pair : comparison.pairs) pair.reference_sigma = 0.019 * pair.reference;
  CHECK(said(comparison, "imprecise-readings").empty());
}

TEST_CASE("what ASTRA-sim is given of a measured system is a limitation") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "astra-parameters").empty());
  comparison.pairs[0].model = "astra";
  CHECK(said(comparison, "astra-parameters").empty());  // a file of somebody's with that name says nothing of ours
  comparison.model_contexts["astra"] = {{"model_kind", {{"cluster", "cluster"}, {"astra", "astra_ring"}}}};
  const std::string text = said(comparison, "astra-parameters");
  CHECK(contains(text, "astra is ASTRA-sim's congestion-aware backend"));
  CHECK(contains(text, "two ranks: FullyConnected"));
  CHECK(contains(text, "no parameter for cores that ranks share"));
}

TEST_CASE("fields that matched anything are a limitation") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "matched-any"), "4 pairs"));
  for (Pair& pair : comparison.pairs) pair.matched_any.clear();
  CHECK(said(comparison, "matched-any").empty());
}

TEST_CASE("a hypervisor is named once, none is not") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "hypervisor"), "under the hypervisor KVM:"));
  for (Json& context : comparison.measured_contexts) context["environment"]["hypervisor"] = "none";
  CHECK(said(comparison, "hypervisor").empty());
}

TEST_CASE("one system only is a limitation") {
  Comparison comparison = small_comparison();
  CHECK(contains(said(comparison, "one-system"), "host.h1.c2.block.sm"));
  comparison.measured[3].system_id = "cluster.h2.c2.block.tcp";
  CHECK(said(comparison, "one-system").empty());
}

TEST_CASE("launches that do not say where they come from are counted") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "unknown-origin").empty());
  comparison.measured_contexts.front().erase("commit");
  comparison.measured_contexts.back() = "unknown";
  CHECK(said(comparison, "unknown-origin") ==
        "1 launch context did not record: command.\n"
        "2 launch contexts did not record: commit.\n"
        "1 launch context did not record: environment.\n");
}

TEST_CASE("launches of several commits are a limitation") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "several-commits").empty());
  comparison.measured_contexts.front()["commit"] = "89abcde";
  CHECK_FALSE(said(comparison, "several-commits").empty());
}

TEST_CASE("warnings are passed on") {
  Comparison comparison = small_comparison();
  CHECK(said(comparison, "warning") == "Warning: measured.jsonl: torn last line left out\n");
  comparison.warnings.clear();
  CHECK(said(comparison, "warning").empty());
}

}  // namespace ringtrue
