#include "bench/hang_report.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

using Catch::Contains;

RankReport at(std::uint32_t marks, int iteration, Stage stage) {
  return {.host = "n0", .row = "all_reduce.x", .position = {.marks = marks, .iteration = iteration, .stage = stage}};
}

Hang hang_of(std::vector<std::optional<RankReport>> reports) {
  return {.reports = std::move(reports), .hosts = {"n0", "n0", "n1", "n1"}, .limit = Seconds{120}, .out = "m.jsonl"};
}

TEST_CASE("a report survives its file; anything else is no report") {
  const RankReport report = at(4'000'000'000, 17, Stage::timed_body);
  REQUIRE(parse_report(report_text(report), "r") == report);
  const std::string whole = report_text(report);
  REQUIRE_FALSE(parse_report(whole.substr(0, whole.size() / 2), "r").has_value());
  REQUIRE_FALSE(parse_report("{}", "r").has_value());
}

TEST_CASE("the message names the row, the iteration, the stage, the rank that is missing, and what to do") {
  const auto waits = at(35, 17, Stage::barrier);
  const std::string text = hang_message(hang_of({waits, waits, std::nullopt, waits}));
  REQUIRE_THAT(text, Contains("nothing moved for 120 s at all_reduce.x, iteration 17, barrier; rank 2 on n1 did not "
                              "report"));
  REQUIRE_THAT(text, Contains("m.jsonl") && Contains("--resume") && Contains("--hang-limit"));
}

TEST_CASE("ranks that lag are named with where they are") {
  const auto ahead = at(35, 17, Stage::barrier);
  const auto behind = at(34, 16, Stage::timed_body);
  const std::string text = hang_message(hang_of({ahead, behind, behind, ahead}));
  REQUIRE_THAT(text, Contains("at all_reduce.x, iteration 17, barrier; ranks 1-2 are only at all_reduce.x, iteration "
                              "16, timed body."));
  REQUIRE_THAT(text, !Contains("did not report"));
}

TEST_CASE("all at one place: the link between them") {
  const RankReport start{.host = "n0", .row = "", .position = {}};
  REQUIRE_THAT(hang_message(hang_of({start, start, start, start})),
               Contains("at start-up; all 4 ranks wait there: a link between them is cut"));
}

TEST_CASE("a heartbeat gives back what was marked") {
  Heartbeat heartbeat;
  REQUIRE(heartbeat.position() == Position{});
  heartbeat.mark(Stage::barrier, 0xfffffe);
  heartbeat.mark(Stage::timed_body, 3);
  REQUIRE(heartbeat.position() == Position{.marks = 2, .iteration = 3, .stage = Stage::timed_body});
  heartbeat.start_row("row");
  heartbeat.know_hosts({"a", "b"});
  REQUIRE((heartbeat.row() == "row" && heartbeat.hosts().size() == 2));
}

}  // namespace
}  // namespace ringtrue
