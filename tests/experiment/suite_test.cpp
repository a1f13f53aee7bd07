#include "experiment/suite.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"

using namespace ringtrue;
using Catch::Contains;

namespace {

constexpr const char* ring_entry =
    R"({"collective": "all_reduce", "algorithm": "ring", "bytes": BYTES, "in_place": true, "segment_bytes": "64 KiB"})";

std::string with_bytes(const std::string& bytes) {
  std::string entry = ring_entry;
  return entry.replace(entry.find("BYTES"), 5, bytes);
}

std::string suite_text(const std::string& score, const std::string& ranks = "[2, 4]") {
  return fmt::format(R"({{"name": "test", "launches": 6, "ranks": {}, "score": [{}]}})", ranks, score);
}

Suite parse(const std::string& text) { return parse_suite(text, "s.json"); }

std::vector<std::string> keys(const std::vector<SuiteRow>& rows) {
  std::vector<std::string> result;
  for (const SuiteRow& row : rows) result.push_back(experiment_key(row.experiment));
  return result;
}

std::vector<std::int64_t> sizes(const std::string& bytes) {
  std::vector<std::int64_t> result;
  for (const SuiteRow& row : parse(suite_text(with_bytes(bytes), "[2]")).rows)
    result.push_back(message_bytes(row.experiment).count);
  return result;
}

}  // namespace

TEST_CASE("a range includes both ends, a list its elements, a single size itself") {
  REQUIRE(sizes(R"({"from": "8 B", "to": "512 B", "factor": 4})") == std::vector<std::int64_t>{8, 32, 128, 512});
  REQUIRE(sizes(R"({"from": "8 B", "to": "100 B", "factor": 4})") == std::vector<std::int64_t>{8, 32, 100});
  REQUIRE(sizes(R"({"from": "8 B", "to": "8 B", "factor": 2})") == std::vector<std::int64_t>{8});
  REQUIRE(sizes(R"(["1 KiB", "4 B"])") == std::vector<std::int64_t>{1024, 4});
  REQUIRE(sizes(R"("1 MB")") == std::vector<std::int64_t>{1'000'000});
}

TEST_CASE("rows stand in a stable order: ranks as listed; calibrate, score, show; bytes, dtype, in_place, stride") {
  const Suite suite = parse(R"({"name": "order", "launches": 2, "ranks": [4, 2],
    "show": [{"collective": "all_reduce", "algorithm": "library", "bytes": "8 B", "in_place": true}],
    "score": [{"collective": "all_reduce", "algorithm": "ring", "bytes": ["8 B", "16 B"], "dtype": ["float64", "float32"],
               "in_place": [true, false], "segment_bytes": "4 B", "segments_in_flight": 2, "ranks": [2]}],
    "calibrate": [{"calibration": "ping_pong", "bytes": "8 B", "repetitions": 3, "stride": ["far", "near"]}]})");
  REQUIRE(
      keys(suite.rows) ==
      std::vector<std::string>{
          "ping_pong.8B.stride1.rep3.p4",
          "ping_pong.8B.stride2.rep3.p4",  // far: r with r + 4/2
          "all_reduce.library.8B.float32.sum.in_place.p4",
          "ping_pong.8B.stride1.rep3.p2",  // far is near here, and stands once
          "all_reduce.ring.8B.float64.sum.in_place.seg4x2.p2", "all_reduce.ring.8B.float64.sum.out_of_place.seg4x2.p2",
          "all_reduce.ring.8B.float32.sum.in_place.seg4x2.p2", "all_reduce.ring.8B.float32.sum.out_of_place.seg4x2.p2",
          "all_reduce.ring.16B.float64.sum.in_place.seg4x2.p2",
          "all_reduce.ring.16B.float64.sum.out_of_place.seg4x2.p2",
          "all_reduce.ring.16B.float32.sum.in_place.seg4x2.p2",
          "all_reduce.ring.16B.float32.sum.out_of_place.seg4x2.p2", "all_reduce.library.8B.float32.sum.in_place.p2"});
  REQUIRE(suite.rows[0].purpose == Purpose::calibrate);
  REQUIRE(suite.rows[2].purpose == Purpose::show);
  REQUIRE(suite.rows[4].purpose == Purpose::score);
  REQUIRE(suite.launches == std::map<int, int>{{2, 2}, {4, 2}});
  REQUIRE(suite.ranks == std::vector{4, 2});
}

TEST_CASE("an entry's budget replaces the default, key by key") {
  std::string entry = with_bytes("\"8 B\"");
  entry.back() = ',';
  const Suite suite =
      parse(suite_text(entry + R"("budget": {"max_time_s": 1.5, "min_iterations": 20, "precision": 0.01}})"));
  REQUIRE(suite.rows[0].budget.max_time == Seconds{1.5});
  REQUIRE(suite.rows[0].budget.min_iterations == 20);
  REQUIRE(suite.rows[0].budget.precision == 0.01);
  REQUIRE(suite.rows[0].budget.max_iterations == RowBudget{}.max_iterations);
  REQUIRE_THROWS_WITH(parse(suite_text(entry + R"("budget": {"min_iterations": 20, "max_iterations": 10}})")),
                      Contains("s.json/score/0/budget: a minimum is above its maximum"));
  REQUIRE_THROWS_WITH(parse(suite_text(entry + R"("budget": {"max_iterations": 1001}})")), Contains("from 1 to 1000"));
}

TEST_CASE("a launch runs the rows of its ranks once each, in an order of its own that all ranks share") {
  const Suite suite = parse(suite_text(with_bytes(R"({"from": "4 B", "to": "1 MiB", "factor": 2})")));
  // 2^2 to 2^20: 19 sizes at each number of ranks.
  const std::vector<std::string> first = keys(rows_of_launch(suite, 4, 0));
  REQUIRE(first.size() == 19);
  REQUIRE(first == keys(rows_of_launch(suite, 4, 0)));
  const std::vector<std::string> second = keys(rows_of_launch(suite, 4, 1));
  REQUIRE(first != second);
  REQUIRE(std::ranges::is_permutation(first, second));
  for (const std::string& key : first) REQUIRE(key.ends_with(".p4"));
  REQUIRE_THROWS_WITH(rows_of_launch(suite, 3, 0),
                      Contains("suite 'test' has nothing for 3 ranks; it has experiments for 2, 4"));
}

TEST_CASE("a campaign starts every number of ranks once a round, in an order that changes and can be repeated") {
  const Suite suite = parse(R"({"name": "test", "ranks": [2, 3, 4, 6], "launches": {"2": 8, "3": 8, "4": 8, "6": 5},
      "score": [{"collective": "all_reduce", "algorithm": "ring", "bytes": ["1 KiB"], "dtype": "float32", "op": "sum",
                 "in_place": true, "segment_bytes": "1 MiB", "segments_in_flight": 2}]})");
  const std::vector<PlannedLaunch> plan = plan_of(suite);
  REQUIRE(plan.size() == 29);
  REQUIRE(plan == plan_of(suite));
  std::set<std::vector<int>> orders;
  for (int launch = 0; launch < 5; ++launch) {
    std::vector<int> order;
    for (const PlannedLaunch& planned : std::span(plan).subspan(4 * static_cast<std::size_t>(launch), 4)) {
      REQUIRE(planned.launch == launch);
      order.push_back(planned.ranks);
    }
    orders.insert(order);
    std::ranges::sort(order);
    REQUIRE(order == std::vector<int>{2, 3, 4, 6});
  }
  REQUIRE(orders.size() > 1);
  REQUIRE(plan_of(suite, 1).size() == 4);
}

TEST_CASE("the suites that come with us can be read, and every algorithm of ours in them has a schedule") {
  for (const auto& entry : std::filesystem::directory_iterator(RINGTRUE_SOURCE_DIR "/experiment/suites")) {
    INFO(entry.path());
    if (entry.path().extension() != ".json") continue;
    for (const SuiteRow& row : read_suite(entry.path()).rows) {
      const CollectiveRun* run = as_collective(row.experiment);
      if (run != nullptr && is_ours(run->algorithm)) REQUIRE_NOTHROW(Schedule(row.experiment, 0));
    }
  }
}

TEST_CASE("the suite that the README of suites shows can be read") {
  const std::string page = read_text_file(RINGTRUE_SOURCE_DIR "/experiment/suites/README.md");
  const std::size_t begin = page.find("```json\n") + 8;
  const Suite suite = parse(page.substr(begin, page.find("```", begin) - begin));
  // 2 and 4 ranks: exchange 3 sizes x (1 and 2 strides) = 9; ring 16 B to 1 MiB in fours is 9 sizes x 2 types x 2 ranks
  // = 36.
  REQUIRE(suite.rows.size() == 9 + 36 + 1);
}

TEST_CASE("the suite is known by the hash of its text") {
  const std::string text = suite_text(with_bytes("\"8 B\""));
  REQUIRE(parse(text).hash == content_hash(text));
  REQUIRE(parse(text).hash != parse(text + "\n").hash);
}

TEST_CASE("what is wrong with a suite is said with its place") {
  const auto refused = [](const std::string& text, const std::string& why) {
    REQUIRE_THROWS_WITH(parse(text), Contains(why));
  };
  const auto refused_bytes = [&](const std::string& bytes, const std::string& why) {
    refused(suite_text(with_bytes(bytes)), why);
  };

  refused_bytes("64", "s.json/score/0/bytes: 64 is not a size; write text with a unit");
  refused_bytes("\"64M\"", "'M' is not a unit");
  refused_bytes("\"0 B\"", "a positive multiple of 4 B");
  refused_bytes("\"6 B\"", "a positive multiple of 4 B");
  refused_bytes(R"({"from": "8 B", "to": "4 B", "factor": 2})", "not above 'to'");
  refused_bytes(R"({"from": "0 B", "to": "4 B", "factor": 2})", "at least 1 B");
  refused_bytes(R"({"from": "1 B", "to": "4 B", "factor": 1})", "a whole number from 2");
  refused_bytes(R"({"from": "1 B", "to": "4 B", "step": 2})", "'factor' is missing");
  refused_bytes(R"(["8 B", "8 B"])", "is asked for twice; remove one entry");
  refused(suite_text(with_bytes("\"8 B\""), "[2, 2]"), "is asked for twice");
  refused(suite_text(with_bytes("\"8 B\""), "[0]"), "0 is not a number of ranks; allowed: 1 to 1048576");
  refused(suite_text(""), "the suite asks for nothing");
  refused(R"({"name": "x", "launches": 0, "ranks": 2})", "a whole number from 1 to 10000");
  refused(R"({"name": "x", "launches": {"2": 6}, "ranks": [2, 4]})", "the key '4' is missing");
  refused(R"({"name": "x", "launches": {"2": 6, "3": 6}, "ranks": 2})", "unknown key '3'");
  refused(R"({"name": "x", "launches": 1, "ranks": 2, "scores": []})", "unknown key 'scores' (did you mean 'score'?)");
  refused(R"({"name": "x", "launches": 1, "ranks": 2, "score": {}})", "a list of entries");
}

TEST_CASE("what is wrong with an entry is said with its place") {
  const auto refused = [](const std::string& entry, const std::string& why) {
    REQUIRE_THROWS_WITH(parse(suite_text(entry)), Contains("s.json/score/0") && Contains(why));
  };
  const std::string open = R"({"bytes": "8 B", )";
  const std::string ring = open + R"("collective": "all_reduce", "algorithm": "ring", )";
  refused(ring + R"("in_place": 1, "segment_bytes": "8 B"})", "true, false or a list of them");
  refused(ring + R"("in_place": true})", "'segment_bytes' is missing");
  refused(ring + R"("in_place": true, "segment_bytes": "0 B"})", "at least 1 B");
  refused(ring + R"("in_place": true, "segment_bytes": "8 B", "dtype": 4})", "4 is not a text");
  refused(ring + R"("in_place": true, "segment_bytes": "8 B", "op": "max"})", "it takes sum");
  refused(ring + R"("in_place": true, "segment_bytes": "8 B", "ranks": [3]})",
          "a choice of the suite's own ranks, 2, 4");
  refused(open + R"("collective": "gather", "algorithm": "ring"})", "'gather' is not a known collective");
  refused(open + R"("collective": "broadcast", "algorithm": "ring", "op": "sum"})",
          "left out where nothing is reduced");
  refused(open + R"("collective": "all_reduce", "algorithm": "library", "in_place": true, "segment_bytes": "8 B"})",
          "unknown key 'segment_bytes'");
  refused(open + R"("calibration": "latency", "repetitions": 1})",
          "copy_local, exchange, layer_profile, ping_pong, reduce_local");
  refused(open + R"("calibration": "ping_pong", "repetitions": 1, "stride": 1})", "near (rank r with r+1)");
  refused(open + R"("calibration": "ping_pong", "repetitions": 1, "stride": "near", "cold": true})",
          "unknown key 'cold'");
  refused(open + R"("calibration": "exchange", "repetitions": 1, "stride": "near", "segment_bytes": "8 B", "cold": 1})",
          "true or false");
}

TEST_CASE("exchanges and local subjects may be cold") {
  const Suite suite = parse(suite_text(
      R"({"calibration": "busy_exchange", "bytes": "8 B", "stride": "near", "repetitions": 2, "cold": true,
          "segment_bytes": "4 B"})",
      "[2]"));
  REQUIRE(keys(suite.rows) == std::vector<std::string>{"busy_exchange.8B.stride1.rep2.seg4x1.cold.p2"});
  const Suite local = parse(suite_text(
      R"({"calibration": "copy_local", "bytes": "8 B", "repetitions": 2, "cold": true, "segment_bytes": "4 B"})",
      "[2]"));
  REQUIRE(keys(local.rows) == std::vector<std::string>{"copy_local.8B.rep2.seg4.cold.p2"});
}

TEST_CASE("exchanges may be fresh: not cold, and with fewer repetitions than ranks") {
  const auto entry = [](const std::string& subject, const std::string& rest) {
    return suite_text(R"({"calibration": ")" + subject + R"(", "bytes": "8 B", "stride": "near", "segment_bytes": "4 B",
                          "fresh": true, )" +
                          rest + "}",
                      "[2]");
  };
  REQUIRE(keys(parse(entry("exchange", R"("repetitions": 1)")).rows) ==
          std::vector<std::string>{"exchange.8B.stride1.rep1.seg4x1.fresh.p2"});
  const std::string why =
      "suite 'test': exchange.8B.stride1.rep2.seg4x1.fresh.p2: a fresh exchange is not cold and has";
  REQUIRE_THROWS_WITH(parse(entry("exchange", R"("repetitions": 2)")), Contains(why));
  REQUIRE_THROWS_WITH(parse(entry("exchange", R"("repetitions": 1, "cold": true)")),
                      Contains("fewer repetitions than"));
  REQUIRE_THROWS_WITH(parse(entry("busy_exchange", R"("repetitions": 1)")), Contains("unknown key 'fresh'"));
}

TEST_CASE("an entry may name several algorithms, each with its own rows") {
  const Suite suite = parse(suite_text(
      R"({"collective": "broadcast", "algorithm": ["direct", "library"], "bytes": "8 B", "in_place": true,
          "segment_bytes": "4 B", "root": 1})",
      "[2]"));
  REQUIRE(keys(suite.rows) == std::vector<std::string>{"broadcast.direct.8B.float32.in_place.seg4x1.root1.p2",
                                                       "broadcast.library.8B.float32.in_place.root1.p2"});
}

TEST_CASE("what would stop a launch is refused before one begins") {
  const auto refused = [](const std::string& entry, const std::string& why) {
    REQUIRE_THROWS_WITH(parse(suite_text(entry)), Contains("suite 'test'") && Contains(why));
  };
  const std::string rest = R"("segment_bytes": "8 B"})";
  refused(R"({"collective": "all_to_all", "algorithm": "ring", "bytes": "64 B", "in_place": true, )" + rest,
          "no in-place form");
  refused(R"({"collective": "all_to_all", "algorithm": "direct", "bytes": "8 B", "in_place": false, )" + rest,
          "over 4 ranks takes at least 16 B");
  refused(
      R"({"collective": "all_gather", "algorithm": "double_binary_tree", "bytes": "64 B", "in_place": true, )" + rest,
      "only has all_reduce and broadcast");
  refused(R"({"collective": "broadcast", "algorithm": "ring", "bytes": "64 B", "in_place": true, "root": 2, )" + rest,
          "below the number of ranks, 2");
  refused(R"({"collective": "all_gather", "algorithm": "library_ring", "bytes": "64 B", "in_place": true})",
          "an all_reduce only");
}

TEST_CASE("what only NCCL has is refused: NVLS, send_recv and protocols are published, not measured") {
  const auto refused = [](const std::string& entry, const std::string& why) {
    REQUIRE_THROWS_WITH(parse(suite_text(entry)), Contains("suite 'test'") && Contains(why));
  };
  refused(R"({"collective": "all_reduce", "algorithm": "nvls", "bytes": "64 B", "in_place": true})",
          "only compared with published numbers");
  refused(R"({"collective": "send_recv", "algorithm": "library", "bytes": "64 B", "in_place": false})",
          "only compared with published numbers");
  refused(R"({"collective": "send_recv", "algorithm": "direct", "bytes": "64 B", "in_place": false,
              "segment_bytes": "8 B"})",
          "send_recv");
  REQUIRE_THROWS_WITH(parse(suite_text(R"({"collective": "all_reduce", "algorithm": "library", "bytes": "64 B",
                                           "in_place": true, "protocol": "ll"})")),
                      Contains("unknown key 'protocol'"));
}
