#include "sim/event_queue.hpp"

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

enum class Kind : std::uint8_t { a, b };

TEST_CASE("events come out by time, equal times in the order scheduled") {
  EventQueue<Kind> queue;
  queue.schedule(SimTime{20}, Kind::a, 1);
  queue.schedule(SimTime{10}, Kind::b, 2);
  queue.schedule(SimTime{20}, Kind::b, 3);
  queue.schedule(SimTime{10}, Kind::a, 4);
  std::vector<std::uint32_t> order;
  std::vector<std::int64_t> times;
  while (const auto event = queue.next()) {
    order.push_back(event->subject);
    times.push_back(queue.now().count());
  }
  REQUIRE(order == std::vector<std::uint32_t>{2, 4, 1, 3});
  REQUIRE(times == std::vector<std::int64_t>{10, 10, 20, 20});
}

TEST_CASE("an empty queue has nothing next and stays at time zero") {
  EventQueue<Kind> queue;
  REQUIRE_FALSE(queue.next().has_value());
  REQUIRE(queue.now() == SimTime{0});
}

}  // namespace
}  // namespace ringtrue
