// Each rule: an example that triggers it, and a near miss that does not.
#include <catch2/catch.hpp>

#include "tests/validate/replication/runs.hpp"
#include "validate/replication/lint.hpp"

namespace ringtrue::testing {
namespace {

/// What a rule says, one line a lint; empty if nothing.
std::string said(const Replication& replication, const std::string& rule) {
  std::string text;
  for (const Lint& lint : lint_replication(replication)) {
    CHECK(lint.about == replication.name);
    if (lint.rule == rule) text += lint.what + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("sound runs have no lint") {
  ReplicatedRun two = step("a", 2, 100);
  ReplicatedRun four = step("b", 4, 300);
  two.order = four.order = "data_parallel";
  CHECK(lint_replication(replication_of({two, four})).empty());
  CHECK(lint_replication(replication_of({})).empty());
}

TEST_CASE("more traces than NPUs: the rest is never opened") {
  ReplicatedRun run = step("sixteen", 8, 1000);
  run.traces = 16;
  CHECK(said(replication_of({run}), "more-traces-than-npus") ==
        "sixteen: 16 traces on a network of 8 NPUs; ASTRA-sim never opens traces 8 to 15, and what it says is for 8 "
        "NPUs\n");
  run.note = "it says so";
  // 2500 / 1000.
  CHECK(
      said(replication_of({run}, {correction(16, 2500)}), "more-traces-than-npus") ==
      "sixteen: 16 traces on a network of 8 NPUs; ASTRA-sim never opens traces 8 to 15, and what it says is for 8 NPUs "
      "(it says so). 16 NPUs take 2,500 cycles of communication, 2.50 times as many\n");
  run.traces = 8;
  CHECK(said(replication_of({run}, {correction(16, 2500)}), "more-traces-than-npus").empty());
  run.traces = 16;
  run.error = "failed";
  CHECK(said(replication_of({run}), "more-traces-than-npus").empty());
}

TEST_CASE("one scaling series with two bandwidths") {
  ReplicatedRun four = step("four", 4, 1000);
  four.bandwidth_gib_per_s = 741.34;
  const ReplicatedRun eight = step("eight", 8, 3000);
  // 3000 / 1000, and 3000 / 1200 at one bandwidth.
  CHECK(said(replication_of({four, eight}, {correction(4, 1200)}), "mixed-bandwidth") ==
        "net in the report of may: communication of one scaling series, but not with one bandwidth; it grows 3.00 "
        "times from 4 NPUs (741.34 GiB/s) to 8 (400 GiB/s), but 2.50 times with 400 GiB/s on both (4 NPUs: 1,200 "
        "cycles)\n");
  CHECK(said(replication_of({four, eight}), "mixed-bandwidth").find("on both") == std::string::npos);
}

TEST_CASE("near misses of mixed bandwidths") {
  ReplicatedRun four = step("four", 4, 1000);
  const ReplicatedRun eight = step("eight", 8, 3000);
  CHECK(said(replication_of({four, eight}), "mixed-bandwidth").empty());
  four.bandwidth_gib_per_s = 741.34;
  SECTION("another report") { four.printed_in = "june"; }
  SECTION("another workload") { four.what = "other net"; }
  SECTION("as many NPUs: a comparison of bandwidths, no scaling") { four.npus = four.traces = 8; }
  SECTION("a failed run") { four.error = "failed"; }
  SECTION("a single collective is no training step") { four.order = ""; }
  CHECK(said(replication_of({four, eight}), "mixed-bandwidth").empty());
}

TEST_CASE("cycles read as microseconds") {
  ReplicatedRun four = step("four", 4, 2000);
  ReplicatedRun eight = step("eight", 8, 3000);
  for (ReplicatedRun* run : {&four, &eight}) {
    run->cycles_as_microseconds = true;
    run->result.compute = 1'000'000;
  }
  // 2000 / 1,002,000 = 0.1996 %, 3000 / 1,003,000 = 0.2991 %; 2000 / 3000 = 66.7 %, 3000 / 4000 = 75 %.
  CHECK(
      said(replication_of({eight, four, four}), "unit-slip") ==
      "net: its compute is in cycles of 1 ns and was read as microseconds, x1000. On 4 / 8 NPUs communication seems to "
      "be 0.20 / 0.30 % of the time; it is 66.7 / 75.0 %\n");
  four.cycles_as_microseconds = eight.cycles_as_microseconds = false;
  CHECK(said(replication_of({eight, four}), "unit-slip").empty());
  four.cycles_as_microseconds = true;
  four.result.compute = 0;  // nothing to misread
  CHECK(said(replication_of({four}), "unit-slip").empty());
}

TEST_CASE("no overlap by construction") {
  const ReplicatedRun eight = step("eight", 8, 3000);
  ReplicatedRun overlapped = correction(8, 3000);
  overlapped.order = "data_parallel";
  overlapped.result.exposed = 2100;
  const std::string told = said(replication_of({eight}, {overlapped}), "no-overlap");
  CHECK(told.find("net: each node waits for the one before") == 0);
  CHECK(told.find("8 NPUs expose 2,100 of 3,000 cycles") != std::string::npos);
  CHECK_FALSE(said(replication_of({eight}), "no-overlap").empty());
  ReplicatedRun parallel = eight;
  parallel.order = "data_parallel";
  CHECK(said(replication_of({parallel}), "no-overlap").empty());
  ReplicatedRun collective = eight;
  collective.order = "";
  CHECK(said(replication_of({collective}), "no-overlap").empty());
  CHECK(said(replication_of({step("alone", 1, 0)}), "no-overlap").empty());
}

TEST_CASE("duplicates: the same run told as several") {
  ReplicatedRun again = step("again", 8, 3000);
  again.traces = 16;  // never opened
  CHECK(said(replication_of({step("first", 8, 3000), again, step("four", 4, 1000)}), "duplicate") ==
        "report of may: 3 runs with a result, 2 distinct results; first, again are one\n");
}

TEST_CASE("near misses of duplicates") {
  ReplicatedRun again = step("again", 8, 3000);
  SECTION("another report repeats it") { again.printed_in = "june"; }
  SECTION("another workload") { again.what = "other net"; }
  SECTION("another order") { again.order = "data_parallel"; }
  SECTION("another network") { again.bandwidth_gib_per_s = 741.34; }
  SECTION("other NPUs") { again.npus = 16; }
  SECTION("other numbers") { again.result.total = 1; }
  SECTION("a failed run") { again.error = "failed"; }
  CHECK(said(replication_of({step("first", 8, 3000), again}), "duplicate").empty());
}

TEST_CASE("what is no run is named, and what does not come out") {
  Replication replication = replication_of({step("a", 8, 3000)});
  CHECK(said(replication, "not-a-run").empty());
  CHECK(said(replication, "not-reproduced").empty());
  replication.not_runs.push_back({.name = "log", .printed_in = "may", .why = "all output"});
  replication.runs[0].printed.total = 1;
  CHECK(said(replication, "not-a-run") == "log: all output\n");
  CHECK(said(replication, "not-reproduced") == "a: our backend does not give what was printed\n");
}

}  // namespace ringtrue::testing
