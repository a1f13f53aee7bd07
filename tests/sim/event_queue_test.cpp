#include "sim/event_queue.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

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

TEST_CASE("what is scheduled while events are taken comes in its place, whatever is pending") {
  EventQueue<Kind> queue;
  std::mt19937 random(5);
  std::vector<std::pair<std::int64_t, std::uint32_t>> expected, seen;
  std::uint32_t subject = 0;
  const auto schedule = [&] {
    const std::int64_t when = queue.now().count() + static_cast<std::int64_t>(random() % 20);
    expected.emplace_back(when, subject);
    queue.schedule(SimTime{when}, Kind::a, subject++);
  };
  for (int i = 0; i < 3; ++i) schedule();
  while (const auto event = queue.next()) {
    seen.emplace_back(event->when.count(), event->subject);
    for (std::uint32_t more = 1 + random() % 2; more > 0 && subject < 2000; --more) schedule();
    REQUIRE(queue.next_time().has_value() == (seen.size() < expected.size()));
  }
  std::ranges::stable_sort(expected, {}, &std::pair<std::int64_t, std::uint32_t>::first);
  REQUIRE(seen == expected);
}

TEST_CASE("an empty queue has nothing next and stays at time zero") {
  EventQueue<Kind> queue;
  REQUIRE_FALSE(queue.next().has_value());
  REQUIRE(queue.now() == SimTime{0});
}

}  // namespace
}  // namespace ringtrue
