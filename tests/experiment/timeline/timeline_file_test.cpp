#include "experiment/timeline/timeline_file.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

using Catch::Matchers::Contains;

Seconds ns(double value) { return Seconds{value * 1e-9}; }

Phase message(PhaseKind kind, int operation, Seconds begin, Seconds end) {
  return {.kind = kind, .begin = begin, .end = end, .bytes = 4_B, .operation = operation, .peer = 1, .started = 0};
}

/// A ping of rank 0: a send of 100 ns, a wait of 250.4 ns for it.
Timeline measured() {
  return {
      .experiment = {PingPong{.bytes = 4_B, .stride = 1, .repetitions = 1}, 2},
      .system_id = "host.h1.c2.block.sm",
      .source = "ringtrue-bench 1",
      .state = "",
      .makespan = ns(400),
      .recording = Recording{.iterations = 15,
                             .clock_read = ns(25),
                             .plain_median = ns(390),
                             .common_clock = true,
                             .canary = {.before = ns(90), .after = ns(91)}},
      .phases = {message(PhaseKind::send, 0, ns(0), ns(100)), message(PhaseKind::wait_send, 1, ns(100), ns(350.4))}};
}

Timeline simulated() {
  Timeline timeline = measured();
  timeline.source = "cluster";
  timeline.state = "fast";
  timeline.recording.reset();
  timeline.phases.push_back({.kind = PhaseKind::copy, .rank = 1, .begin = ns(1), .end = ns(9), .bytes = 64_B});
  return timeline;
}

std::string both_text() { return timeline_file_text(std::vector{measured(), simulated()}); }

TEST_CASE("what was written is read back, to the nanosecond") {
  const std::string text = both_text();
  const std::vector<Timeline> read = parse_timelines(text, "t.json");
  REQUIRE(read.size() == 2);
  CHECK(timeline_file_text(read) == text);
  const Timeline& first = read.front();
  CHECK(first.experiment == measured().experiment);
  CHECK(first.system_id == "host.h1.c2.block.sm");
  CHECK(first.makespan == measured().makespan);
  REQUIRE(first.recording.has_value());
  CHECK(first.recording->iterations == 15);
  CHECK(first.recording->clock_read == ns(25));
  CHECK(first.recording->plain_median == ns(390));
  CHECK(first.recording->canary.after == ns(91));
  CHECK(first.phases.front() == measured().phases.front());
  CHECK(first.phases.back().end.count() == Approx(350e-9));  // 350.4 rounded
  CHECK_FALSE(read.back().recording.has_value());
  CHECK(read.back().state == "fast");
  CHECK(read.back().phases.back() == simulated().phases.back());
}

TEST_CASE("the document is what the trace event format asks for") {
  const Json json = Json::parse(both_text());
  CHECK(json["displayTimeUnit"] == "ns");
  int complete = 0, processes = 0, threads = 0;
  for (const Json& event : json["traceEvents"]) {
    REQUIRE(event["name"].is_string());
    REQUIRE(event["pid"].is_number_integer());
    REQUIRE(event["tid"].is_number_integer());
    REQUIRE(event["pid"] != event["tid"]);
    REQUIRE(event["args"].is_object());
    processes += event["name"] == "process_name" ? 1 : 0;
    threads += event["name"] == "thread_name" ? 1 : 0;
    if (event["ph"] == "M") continue;
    REQUIRE(event["ph"] == "X");
    REQUIRE(event["ts"].get<double>() >= 0);
    REQUIRE(event["dur"].get<double>() >= 0);
    ++complete;
  }
  CHECK(complete == 5);
  CHECK(processes == 2);
  CHECK(threads == 4);
  // 100 ns are 0.1 us.
  CHECK(both_text().find(R"("name":"wait_send","cat":"wait_send","ph":"X","ts":0.1,"dur":0.25,)") != std::string::npos);
  CHECK(both_text().find("measured by ringtrue-bench 1: ping_pong.4B.stride1.rep1.p2 on host.h1.c2.block.sm") !=
        std::string::npos);
}

/// The written text with the first `from` replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = both_text();
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a file that we did not write is refused, saying where") {
  const auto refuses = [](const std::string& from, const std::string& to, const std::string& message) {
    CHECK_THROWS_WITH(parse_timelines(with(from, to), "t.json"), Contains("t.json") && Contains(message));
  };
  refuses(R"("displayTimeUnit":"ns")", R"("displayTimeUnit":"ms")", "displayTimeUnit");
  refuses(R"("schema":1)", R"("schema":2)", "otherData: 'schema'");
  refuses(R"("origin":"measured")", R"("origin":"simulated")", "origin");
  refuses(R"("iterations":15)", R"("iterations":0)", "iterations");
  refuses(R"("canary_s":[9)", R"("canary_s":[1,9)", "two numbers");
  refuses(R"("ph":"X")", R"("ph":"B")", "traceEvents/6: 'ph'");
  refuses(R"("name":"send")", R"("name":"sent")", "'name'");
  refuses(R"("cat":"send")", R"("cat":"copy")", "'cat'");
  refuses(R"("ts":0.0)", R"("ts":-1)", "'ts'");
  refuses(R"("ts":0.1,"dur":0.25)", R"("ts":0.1,"dur":0.31)", "within the makespan");
  refuses(R"("ts":0.1,"dur":0.25)", R"("ts":0.099,"dur":0.25)", "after the end of the phase before");
  refuses(R"("operation":1)", R"("operation":0)", "operation after the one before");
  refuses(R"("operation":0,"peer":1,"started":0)", R"("operation":0,"peer":1,"started":1)", "'started'");
  refuses(R"("peer":1)", R"("peer":2)", "'peer'");
  refuses(R"("peer":1)", R"("pear":1)", "peer");
  refuses(R"("bytes":4,"operation")", R"("bytes":-4,"operation")", "'bytes'");
  refuses(R"("pid":2000001,"tid":0)", R"("pid":2000003,"tid":0)", "'pid'");
  refuses(R"("tid":0)", R"("tid":2)", "'tid'");
  refuses("process_sort_index", "process_uptime", "process_name");
  refuses(R"("args":{"name")", R"("args":{"nome")", "'name' is missing");
  refuses("]}\n", "", "not valid JSON");
}

TEST_CASE("nothing, and more than a viewer can show, is not written") {
  CHECK_THROWS_AS(timeline_file_text({}), Error);
  Timeline large = simulated();
  large.experiment.ranks = static_cast<int>(max_phases);  // and three phases
  CHECK_THROWS_WITH(timeline_file_text(std::vector{large}), Contains("200003 ranks and phases are too many"));
  CHECK_THROWS_WITH(timeline_file_text(std::vector<Timeline>(max_timelines + 1, simulated())), Contains("1001"));
}

}  // namespace
}  // namespace ringtrue
