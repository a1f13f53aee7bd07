#include "experiment/timeline/step_trace.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;

TEST_CASE("a step's trace is a Chrome trace whose times count from its first span") {
  StepTrace trace;
  trace.experiment.ranks = 2;
  trace.experiment.workload = TrainingStep{};
  trace.system_id = "host.h1";
  trace.source = "bench";
  trace.ranks = {
      {{"forward fc", false, Seconds{10.001}, Seconds{10.003}}},
      {{"forward fc", false, Seconds{10.0005}, Seconds{10.002}}, {"bucket 0", true, Seconds{10.002}, Seconds{10.004}}}};
  const Json json = parse_json(step_trace_text({&trace, 1}), "trace");
  std::vector<Json> spans;
  std::vector<std::string> names;
  for (const Json& event : json.at("traceEvents"))
    if (event.at("ph") == "X") {
      spans.push_back(event);
    } else {
      names.push_back(event.at("args").at("name"));
    }
  REQUIRE(spans.size() == 3);
  // 10.001 - 10.0005 = 500 us after the first; 2 ms long.
  CHECK(spans[0].at("ts") == 500.0);
  CHECK(spans[0].at("dur") == 2000.0);
  CHECK(spans[1].at("ts") == 0.0);
  CHECK(spans[2].at("tid") != spans[1].at("tid"));
  CHECK(spans[2].at("pid") == spans[1].at("pid"));
  CHECK(spans[0].at("pid") != spans[1].at("pid"));
  CHECK(names.front().find("rank 0: training_step") == 0);
  CHECK_THROWS_AS(step_trace_text({}), Error);
}
