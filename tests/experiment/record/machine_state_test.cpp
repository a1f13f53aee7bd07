#include "experiment/record/machine_state.hpp"

#include <cmath>

#include <catch2/catch.hpp>

using namespace ringtrue;
using Catch::WithinRel;

namespace {

constexpr double ns = 1e-9;

Record measured(double before_s, double after_s) {
  Measurement measurement;
  measurement.canary = {Seconds{before_s}, Seconds{after_s}};
  return {.experiment = {}, .system_id = "", .source = "", .campaign = "", .launch = 0, .result = measurement};
}

std::vector<Record> rows(int count, double before_s, double after_s) {
  return std::vector<Record>(static_cast<std::size_t>(count), measured(before_s, after_s));
}

std::vector<Record> operator+(std::vector<Record> a, const std::vector<Record>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("two speeds of the machine are told apart in the geometric middle") {
  const std::vector<Record> all = rows(6, 90 * ns, 90 * ns) + rows(4, 360 * ns, 360 * ns) + rows(1, 90 * ns, 360 * ns);
  const MachineStates states = classify_states(all);
  // sqrt(90 x 360) = 180
  REQUIRE_THAT(states.threshold_s, WithinRel(180 * ns, 1e-9));
  REQUIRE(states.of(Canary{Seconds{90 * ns}, Seconds{179 * ns}}) == "fast");
  REQUIRE(states.of(Canary{Seconds{181 * ns}, Seconds{360 * ns}}) == "slow");
  REQUIRE(states.of(Canary{Seconds{90 * ns}, Seconds{360 * ns}}) == "mixed");
  REQUIRE(states.of(Canary{Seconds{360 * ns}, Seconds{90 * ns}}) == "mixed");
}

TEST_CASE("one speed is one state") {
  // 100 and 139 lie less than a factor 1.4 apart; 100 and 141 more.
  REQUIRE(std::isinf(classify_states(rows(5, 100 * ns, 100 * ns) + rows(5, 139 * ns, 139 * ns)).threshold_s));
  REQUIRE(std::isfinite(classify_states(rows(5, 100 * ns, 100 * ns) + rows(5, 141 * ns, 141 * ns)).threshold_s));
  const MachineStates none = classify_states({});
  REQUIRE(none.of(Canary{Seconds{1}, Seconds{1}}) == "fast");
  REQUIRE(std::isinf(classify_states(rows(1, 100 * ns, 0)).threshold_s));  // a canary of zero was not taken
}

TEST_CASE("a record without canary has an unknown state and sways nobody else's") {
  Record without = measured(0, 0);
  std::get<Measurement>(without.result).canary.reset();
  const std::vector<Record> all =
      rows(5, 100 * ns, 100 * ns) + rows(5, 400 * ns, 400 * ns) + std::vector<Record>(50, without);
  const MachineStates states = classify_states(all);
  REQUIRE_THAT(states.threshold_s, WithinRel(200 * ns, 1e-9));  // sqrt(100 x 400)
  REQUIRE(states.of(std::nullopt) == "unknown");
}

TEST_CASE("a single outlier is no state, a tenth of the canaries is") {
  // 20 canaries: a tenth is 2.
  REQUIRE(std::isinf(classify_states(rows(9, 100 * ns, 100 * ns) + rows(1, 100 * ns, 1000 * ns)).threshold_s));
  REQUIRE(std::isfinite(classify_states(rows(9, 100 * ns, 100 * ns) + rows(1, 1000 * ns, 1000 * ns)).threshold_s));
}
