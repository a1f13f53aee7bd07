#include <catch2/catch.hpp>

#include "sim/cluster/fit.hpp"
#include "tests/sim/calibration.hpp"

namespace ringtrue {
namespace {

TEST_CASE("subjects of one kind and size are all cold or none") {
  std::vector<Record> records = two_ranks();
  Exchange cold = std::get<Exchange>(exchange(16_KiB, 10));
  cold.cold = true;
  records.push_back(measured(cold, 2, 60));
  REQUIRE_NOTHROW(fit_of(records));
  records.push_back(measured(exchange(16_KiB, 10), 2, 50));
  REQUIRE_THROWS_WITH(fit_of(records), Catch::Matchers::Contains("one of them cold; leave one of them out"));
  records.pop_back();
  records.push_back(measured(CopyLocal{16_KiB, 2, 4_KiB, true}, 2, 30));
  REQUIRE_NOTHROW(fit_of(records));
  records.push_back(measured(CopyLocal{16_KiB, 8, 4_KiB}, 2, 30));
  REQUIRE_THROWS_WITH(fit_of(records), Catch::Matchers::Contains("copy_local.16384B.rep2.seg4096.cold.p2 and"));
}

// 2 us for a message of 8 KiB where nothing was sent before. Short messages, here of 4 B, leave their sender's memory
// alone: they cost what they cost otherwise.
TEST_CASE("fresh exchanges tell what a message costs into memory that no other core has read") {
  std::vector<Record> records = two_ranks();
  Exchange fresh = std::get<Exchange>(exchange(16_KiB, 1));
  fresh.fresh = true;
  records.push_back(measured(fresh, 2, 0.5 + 1 + 2));
  fresh.bytes = 4_B;  // the smallest; it tells nothing of turns
  records.push_back(measured(fresh, 2, 100));
  records.push_back(measured(exchange(16_KiB, 10), 2, 0.5 + 10 * (1 + 5)));
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterScale& scale = cluster_of(platforms).scales.front();
  require_us(scale.turn, 1);
  require_us(scale.cross_core.at(8_KiB, 16_KiB).time, 5);
  require_us(scale.fresh.at(8_KiB, 16_KiB).time, 2);
  require_us(scale.fresh.at(4_B, 8_B).time, 0);
  const std::vector<RecordFile> files{file_of(records)};
  const auto without = fit_clusters(collect_calibration(files), {}, Mechanism::ownership);
  CHECK(without.at("host.h1.c2.block.sm").scales.front().fresh.empty());
  CHECK(cluster_of(fit_of(two_ranks())).scales.front().fresh.empty());
}

// Of four exchanges of 8 ranks the last receives where nothing was sent: (3 * 5 + 2) / 4 us a message.
TEST_CASE("exchanges that take back only part of what they receive into tell what all of it costs") {
  const System eight_cores = parse_system_id("host.h1.c8.block.sm", "test");
  Exchange four = std::get<Exchange>(exchange(128_KiB, 4));
  CHECK(read_by_others({four, 8}, eight_cores, 4096_B) == 0.75);
  Exchange unread = four;
  unread.repetitions = 7;
  unread.fresh = true;
  CHECK(read_by_others({unread, 8}, eight_cores, 4096_B) == 0);
  std::vector<Record> records{measured(exchange(8_B, 1), 8, 1.5), measured(exchange(8_B, 11), 8, 11.5),
                              measured(four, 8, 0.5 + 4 * (1 + (3 * 5.0 + 2) / 4)),
                              measured(unread, 8, 0.5 + 7 * (1 + 2)), measured(reduce(64_KiB), 8, 8.5)};
  for (Record& record : records) record.system_id = "host.h1.c8.block.sm";
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterScale& scale = cluster_of(platforms).scales.front();
  require_us(scale.cross_core.at(16_KiB, 128_KiB).time, 5);
  require_us(scale.fresh.at(16_KiB, 128_KiB).time, 2);
}

// The second of two messages goes where the first was sent from: (2 + 5) / 2 us each. The first alone tells what it
// costs where nothing was, and nothing of turns.
TEST_CASE("cold exchanges of few and many repetitions tell what it costs to take memory back") {
  std::vector<Record> records = two_ranks();
  Exchange cold = std::get<Exchange>(exchange(16_KiB, 1));
  cold.cold = true;
  records.push_back(measured(cold, 2, 0.5 + 1 + 2));
  cold.repetitions = 2;
  records.push_back(measured(cold, 2, 0.5 + 2 * (1 + 3.5)));
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterScale& scale = cluster_of(platforms).scales.front();
  require_us(scale.turn, 1);
  require_us(scale.fresh.at(8_KiB, 16_KiB).time, 2);
  require_us(scale.cross_core.at(8_KiB, 16_KiB).time, 5);
}

// Cold, with fewer repetitions than ranks: nothing is taken back, as in fresh ones, but nothing tells what that would
// cost. It must not be made up from the shortest messages.
TEST_CASE("without an exchange that takes memory back there is one cost of messages") {
  Exchange cold = std::get<Exchange>(exchange(128_KiB, 4));
  cold.repetitions = 3;
  cold.cold = true;
  std::vector<Record> records{measured(exchange(8_B, 1), 8, 1.5), measured(exchange(8_B, 11), 8, 11.5),
                              measured(cold, 8, 0.5 + 3 * (1 + 2)), measured(reduce(64_KiB), 8, 8.5)};
  for (Record& record : records) record.system_id = "host.h1.c8.block.sm";
  const std::vector<Platform> platforms = fit_of(records);
  const ClusterScale& scale = cluster_of(platforms).scales.front();
  CHECK(scale.fresh.empty());
  require_us(scale.cross_core.at(16_KiB, 128_KiB).time, 2);
}

TEST_CASE("hosts that share cores are not fitted on fresh exchanges") {
  std::vector<Record> records = two_ranks();
  Exchange fresh = std::get<Exchange>(exchange(16_KiB, 1));
  fresh.fresh = true;
  records.push_back(measured(fresh, 2, 60));
  for (Record& record : records) record.system_id = "cluster.h2.pool1.block.tcp.1Gbps";
  REQUIRE_THROWS_WITH(fit_of(records), Catch::Matchers::Contains("leave out 'cold' and 'fresh' in the suite"));
}

TEST_CASE("hosts that share cores are not fitted on cold exchanges") {
  std::vector<Record> records = two_ranks();
  Exchange cold = std::get<Exchange>(exchange(16_KiB, 10));
  cold.cold = true;
  records.push_back(measured(cold, 2, 60));
  records.push_back(measured(exchange(16_KiB, 10), 2, 50));
  for (Record& record : records) record.system_id = "cluster.h2.pool1.block.tcp.1Gbps";
  REQUIRE_THROWS_WITH(fit_of(records), Catch::Matchers::Contains("leave out 'cold' and 'fresh' in the suite"));
}

}  // namespace
}  // namespace ringtrue
