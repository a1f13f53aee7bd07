#include "sim/cluster/polling/rounds.hpp"

#include <catch2/catch.hpp>

using namespace ringtrue;

namespace {

const Experiment ping_pong{PingPong{.bytes = 8_B, .stride = 1, .repetitions = 1}, 4};

std::vector<Rounds::Step> steps_of(int rank, int iterations) {
  Rounds rounds(ping_pong, rank);
  std::vector<Rounds::Step> steps;
  while (iterations > 0) {
    steps.push_back(rounds.next());
    const Mark* mark = std::get_if<Mark>(&steps.back());
    if (mark != nullptr && *mark == Mark::ended) --iterations;
  }
  return steps;
}

const Operation& operation(const Rounds::Step& step) { return std::get<Operation>(step); }

}  // namespace

// 4 ranks meet in 2 rounds of 4 operations: rank 3 sends to 0 and hears from 2, then sends to 1 and hears from 1.
TEST_CASE("an iteration is refresh, barrier, started, body, ended") {
  const std::vector<Rounds::Step> steps = steps_of(3, 2);
  REQUIRE(steps.size() == 2 * (1 + 8 + 1 + 1));  // rank 3 has no part in the ping-pong
  REQUIRE(std::get<Mark>(steps[0]) == Mark::refresh);
  REQUIRE(operation(steps[1]).kind == OperationKind::irecv);
  REQUIRE(operation(steps[1]).peer == 2);
  REQUIRE(operation(steps[2]).kind == OperationKind::isend);
  REQUIRE(operation(steps[2]).peer == 0);
  REQUIRE(operation(steps[3]).kind == OperationKind::wait);
  REQUIRE(operation(steps[5]).peer == 1);
  REQUIRE(operation(steps[6]).peer == 1);
  REQUIRE(std::get<Mark>(steps[9]) == Mark::started);
  REQUIRE(std::get<Mark>(steps[10]) == Mark::ended);
  REQUIRE(std::get<Mark>(steps[11]) == Mark::refresh);
}

TEST_CASE("the body is the experiment's schedule") {
  const std::vector<Rounds::Step> steps = steps_of(0, 1);
  std::vector<Operation> body;
  Schedule schedule(ping_pong, 0);
  while (const auto next = schedule.next()) body.push_back(*next);
  REQUIRE(steps.size() == 1 + 8 + 1 + body.size() + 1);
  for (std::size_t i = 0; i < body.size(); ++i) {
    REQUIRE(operation(steps[10 + i]).kind == body[i].kind);
    REQUIRE(operation(steps[10 + i]).slot == body[i].slot);
  }
}

TEST_CASE("a barrier's transfers have slots of their own") {
  const Rounds rounds(ping_pong, 0);
  REQUIRE(rounds.slots() == Schedule(ping_pong, 0).slots() + 2);
}
