#include "sim/cluster/cost_table.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

Seconds us(double value) { return Seconds{value * 1e-6}; }

void require_cost_us(const Cost& cost, double expected) {
  REQUIRE_THAT(cost.time.count() * 1e6, Catch::WithinAbs(expected, 1e-9));
}

TEST_CASE("between two points the cost is linear in the message") {
  const CostTable table({{1000_B, 2000_B, us(1)}, {3000_B, 6000_B, us(5)}}, 0_B);
  require_cost_us(table.at(1000_B, 2000_B), 1);
  require_cost_us(table.at(2000_B, 4000_B), 3);  // half-way: (1 + 5) / 2
  require_cost_us(table.at(3000_B, 6000_B), 5);
}

TEST_CASE("below the smallest message the cost is held, above the largest it is marked") {
  const CostTable table({{1000_B, 2000_B, us(1)}, {3000_B, 6000_B, us(5)}}, 0_B);
  require_cost_us(table.at(10_B, 20_B), 1);
  REQUIRE_FALSE(table.at(10_B, 20_B).extrapolated);
  const Cost beyond = table.at(4000_B, 6000_B);
  REQUIRE(beyond.extrapolated);
  require_cost_us(beyond, 7);  // 2 us per 1000 B on the last piece
  REQUIRE(table.at(1000_B, 7000_B).extrapolated);
}

TEST_CASE("no line is drawn across a protocol border") {
  // Eager up to 4000 B: 1 us at 1000 B, 2 us at 3000 B. Rendezvous: 10 us at 5000 B, 12 us at 9000 B.
  const CostTable table(
      {{1000_B, 2000_B, us(1)}, {3000_B, 6000_B, us(2)}, {5000_B, 10000_B, us(10)}, {9000_B, 18000_B, us(12)}}, 4000_B);
  require_cost_us(table.at(4000_B, 8000_B), 2.5);  // eager line continued: 0.5 us per 1000 B
  require_cost_us(table.at(4001_B, 8002_B), 10);   // the smallest rendezvous message measured
  require_cost_us(table.at(7000_B, 14000_B), 11);
}

TEST_CASE("when only the buffer grows, the cost follows the logarithm of the buffer") {
  // Messages stop growing at 1000 B; the buffer goes on to 16,000 B.
  const CostTable table({{500_B, 1000_B, us(1)}, {1000_B, 2000_B, us(2)}, {1000_B, 8000_B, us(4)}}, 0_B);
  require_cost_us(table.at(1000_B, 2000_B), 2);
  require_cost_us(table.at(1000_B, 4000_B), 3);  // log-middle of 2000 and 8000
  require_cost_us(table.at(1000_B, 8000_B), 4);
  require_cost_us(table.at(500_B, 8000_B),
                  2);  // 1 us of its own and half of the 2 us that 1000 B pay for the cold buffer
}

TEST_CASE("a byte costs what it did in the buffer that was walked, between two buffers by their logarithm") {
  // 2 ns a byte of a buffer of 2,000 bytes, 4 ns of one of 8,000.
  const CostTable table({{500_B, 2000_B, us(1)}, {1000_B, 8000_B, us(4)}}, 0_B);
  REQUIRE_THAT(table.per_byte(2000_B).count() * 1e9, Catch::WithinAbs(2, 1e-9));
  REQUIRE_THAT(table.per_byte(4000_B).count() * 1e9, Catch::WithinAbs(3, 1e-9));
  REQUIRE_THAT(table.per_byte(8000_B).count() * 1e9, Catch::WithinAbs(4, 1e-9));
  REQUIRE(table.per_byte(1_B) == table.per_byte(2000_B));
  REQUIRE(table.per_byte(1_MiB) == table.per_byte(8000_B));
}

TEST_CASE("two measurements of one size count as their mean, also beyond the end") {
  // At 4000 B once 3 us and once 5 us: 4 us. From 1000 B (1 us) on that is 1 us per 1000 B.
  const CostTable table({{1000_B, 2000_B, us(1)}, {4000_B, 8000_B, us(3)}, {4000_B, 8000_B, us(5)}}, 0_B);
  require_cost_us(table.at(4000_B, 8000_B), 4);
  require_cost_us(table.at(5000_B, 8000_B), 5);
  require_cost_us(table.at(4000_B, 64000_B), 4);
}

TEST_CASE("a table of one point answers with it") {
  const CostTable table({{64_B, 128_B, us(3)}}, 0_B);
  require_cost_us(table.at(64_B, 128_B), 3);
  require_cost_us(table.at(1_B, 2_B), 3);
}

}  // namespace
}  // namespace ringtrue
