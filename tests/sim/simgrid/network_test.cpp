#include "sim/simgrid/network.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/sim/simgrid/records.hpp"

namespace ringtrue::simgrid {
namespace {

using Catch::Matchers::Contains;

void require_line(const Line& line, double start_us, double ns_per_byte) {
  REQUIRE(line.start_s * 1e6 == Approx(start_us));
  REQUIRE(line.per_byte_s * 1e9 == Approx(ns_per_byte));
}

TEST_CASE("a line goes through points that lie on one") {
  require_line(fit_line(std::vector<Point>{{0, 1e-6}, {1000, 2e-6}, {3000, 4e-6}}), 1, 1);
}

TEST_CASE("a line weighs relative errors: a slow point far off does not move the start") {
  // (0, 1), (1, 2), (2, 9) with weights 1/y^2, all sums times 324: w 409, x 89, y 522, xx 97, xy 234. So the slope is
  // (409 234 - 89 522) / (409 97 - 89 89) = 76/49 and the start (522 - 76/49 89) / 409 = 46/49. Plain least squares
  // would start at 0.
  const Line line = fit_line(std::vector<Point>{{0, 1}, {1, 2}, {2, 9}});
  REQUIRE(line.start_s == Approx(46.0 / 49));
  REQUIRE(line.per_byte_s == Approx(76.0 / 49));
}

TEST_CASE("a line never starts below a nanosecond, nor falls") {
  const Line steep = fit_line(std::vector<Point>{{1000, 1e-6}, {2000, 3e-6}});  // by itself it would start at -1 us
  REQUIRE(steep.start_s == 1e-9);
  REQUIRE(steep.per_byte_s > 0);
  require_line(fit_line(std::vector<Point>{{8, 2e-6}, {16, 2e-6}}), 2, 0);
  REQUIRE(fit_line(std::vector<Point>{{8, 2e-6}, {16, 1e-6}}).per_byte_s == 0);
  require_line(fit_line(std::vector<Point>{{8, 2e-6}}), 2, 0);
}

TEST_CASE("one host: a line for each protocol, and the memory that both ranks share") {
  const Network network = fit_network(calibration_of(two_ranks()), one_host, 2, "");
  REQUIRE(network.largest_eager == 4032_B);
  REQUIRE_FALSE(network.link);
  const Path& memory = *network.memory;
  REQUIRE(memory.protocols.size() == 2);
  REQUIRE(memory.protocols[0].above == 0_B);
  REQUIRE(memory.protocols[1].above == 4032_B);
  require_line(memory.protocols[0].alone, 1, 0.5);
  require_line(memory.protocols[0].together, 1.5, 0.8);
  require_line(memory.protocols[1].alone, 3, 0.25);
  require_line(memory.protocols[1].together, 5, 0.4);
  REQUIRE(memory.sharing == 2);
  REQUIRE(memory.capacity.bytes_per_second == Approx(2 / 0.4e-9));
}

TEST_CASE("a chunk of several segments is as many messages") {
  // 8 MiB over 2 ranks are chunks of 4 MiB, 4 segments of 1 MiB each.
  std::vector<Record> records = two_ranks();
  std::erase_if(records, [](const Record& r) { return message_bytes(r.experiment) == 2_MiB; });
  const double segment_s = 5e-6 + 0.4e-9 * 1048576;
  records.push_back(calibrated(Exchange{8_MiB, 1, 3, {1_MiB, 2}}, 2, 3 * 4 * segment_s));
  require_line(fit_network(calibration_of(records), one_host, 2, "").memory->protocols[1].together, 5, 0.4);
}

TEST_CASE("several hosts: partners on one host tell of the memory, others of the link, whose rate may be named") {
  // Four ranks on two hosts: 0 and 1 share host 0, so stride 1 stays within and stride 2 crosses.
  const std::string two_hosts = "cluster.h2.c2.block.tcp.1Gbps";
  std::vector<Record> records;
  for (const Bytes bytes : {8_B, 64_KiB}) {
    const auto b = static_cast<double>(bytes.count);
    records.push_back(ping_pong(bytes, 4, 1e-6 + 1e-9 * b, 1, two_hosts));
    records.push_back(exchange(bytes, 4, 1e-6 + 1e-9 * b, 1, two_hosts));
    records.push_back(ping_pong(bytes, 4, 20e-6 + 10e-9 * b, 2, two_hosts));
    records.push_back(exchange(bytes, 4, 20e-6 + 20e-9 * b, 2, two_hosts));
  }
  const Network network = fit_network(calibration_of(records, two_hosts), two_hosts, 4, "");
  REQUIRE(network.memory->protocols[0].alone.start_s == Approx(1.008e-6));  // one eager point: a level line
  REQUIRE(network.link->protocols[0].alone.start_s == Approx(20.08e-6));
  REQUIRE(network.link->sharing == 2);
  REQUIRE(network.link->capacity.bytes_per_second == 125e6);
}

TEST_CASE("what the calibration lacks is named") {
  std::vector<Record> records = two_ranks();
  std::erase_if(records, [](const Record& r) { return std::holds_alternative<PingPong>(r.experiment.workload); });
  REQUIRE_THROWS_WITH(fit_network(calibration_of(records), one_host, 2, ""),
                      Contains(one_host) && Contains("2 ranks") && Contains("'ping_pong'"));
}

}  // namespace
}  // namespace ringtrue::simgrid
