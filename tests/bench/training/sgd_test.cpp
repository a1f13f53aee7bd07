#include "bench/training/sgd.hpp"

#include <vector>

#include <catch2/catch.hpp>

namespace ringtrue {
namespace {

TEST_CASE("two steps of momentum by hand") {
  // v = 0.5 v + g: 4, then 2 + 4 = 6; w -= 0.25 v: 10 - 1 = 9, then 9 - 1.5 = 7.5.
  std::vector<float> parameters{10}, velocity{0};
  const std::vector<float> gradients{4};
  update(parameters, gradients, velocity, {.rate = 0.25F, .momentum = 0.5F});
  CHECK(parameters[0] == 9);
  update(parameters, gradients, velocity, {.rate = 0.25F, .momentum = 0.5F});
  CHECK(velocity[0] == 6);
  CHECK(parameters[0] == 7.5F);
}

TEST_CASE("every element of any length, as a plain loop has it") {
  const std::size_t count = GENERATE(0U, 1U, 7U, 8U, 33U, 1000U);
  const Sgd sgd{.rate = 0.1F, .momentum = 0.9F};
  std::vector<float> parameters, gradients, velocity;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = static_cast<float>(i);
    parameters.push_back(x);
    gradients.push_back(1 + x / 3);
    velocity.push_back(-x / 7);
  }
  const std::vector<float> old_parameters = parameters, old_velocity = velocity;
  update(parameters, gradients, velocity, sgd);
  for (std::size_t i = 0; i < count; ++i) {
    const double v = 0.9 * static_cast<double>(old_velocity[i]) + static_cast<double>(gradients[i]);
    CHECK_THAT(static_cast<double>(velocity[i]), Catch::WithinAbs(v, 1e-4));
    CHECK_THAT(static_cast<double>(parameters[i]),
               Catch::WithinAbs(static_cast<double>(old_parameters[i]) - 0.1 * v, 1e-4));
  }
}

TEST_CASE("the rate is in proportion to the images of a step") {
  CHECK(sgd_for(256).rate == Approx(0.1));
  CHECK(sgd_for(8).rate == Approx(0.1 / 32));
  CHECK(sgd_for(8).momentum == Approx(0.9));
}

}  // namespace
}  // namespace ringtrue
