#include "sim/ablation.hpp"

#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/sim/calibration.hpp"

namespace ringtrue {
namespace {

const char* const suite_text = R"({"name": "t", "ranks": [2], "launches": 1,
  "calibrate": [{"calibration": "exchange", "bytes": "8 B", "stride": "near", "repetitions": 1, "segment_bytes": "1 KiB"}],
  "score": [{"collective": "all_reduce", "algorithm": "ring", "bytes": "8 B", "dtype": "float32", "op": "sum",
             "in_place": true, "segment_bytes": "1 MiB", "segments_in_flight": 2}]})";

// Two ranks, a core each. Without turns (1 ns), 11.5 us - 11 ns of what eleven exchanges of 8 B take is skew; it covers
// the 8.5 us of the reductions as well. Two steps of 1 ns are left.
TEST_CASE("each mechanism of the system is left out once, and the rest is fitted again") {
  const std::vector<RecordFile> files{file_of(two_ranks())};
  const RecordFile simulated = ablate(collect_calibration(files), {parse_suite(suite_text, "t")});
  std::map<std::string, double> us;
  for (const Record& record : simulated.records) us[record.source] = time_of(record).count() * 1e6;
  REQUIRE(us.size() == 6);  // turns, next_turn, clearance, warm_scratch, ownership, states
  REQUIRE_THAT(us.at("cluster without turns"), Catch::WithinAbs(11.491, 1e-6));
  REQUIRE(us.at("cluster without states") < 11);
  REQUIRE(us.contains("cluster without clearance"));
  REQUIRE(us.contains("cluster without next_turn"));
  REQUIRE(simulated.contexts.front()["ablation"]["cluster without turns"].get<std::string>().find("cost nothing") !=
          std::string::npos);
}

}  // namespace
}  // namespace ringtrue
