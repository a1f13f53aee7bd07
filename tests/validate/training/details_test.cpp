#include "validate/training/details.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/training/steps.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;

namespace {

Record layer_profile(int launch, double compute_s, Purpose purpose = Purpose::calibrate) {
  Record record = measured({LayerProfile{"net", 4_MiB, 1}, 2}, launch, compute_s);
  auto& m = std::get<Measurement>(record.result);
  m.purpose = purpose;
  m.phases = {{"forward", Seconds{compute_s / 4}}, {"backward", Seconds{compute_s * 3 / 4}}};
  return record;
}

const TrainingDetails& only_details(const Comparison& c) {
  REQUIRE(c.measured.size() == 1);
  REQUIRE(c.measured[0].training.has_value());
  return *c.measured[0].training;
}

Inputs two_launches() {
  Inputs inputs;
  inputs.measured = {
      file_of("m", {measured_training(training_step(2), 3, 1, 0.2), measured_training(training_step(2), 7, 2, 0.4)})};
  return inputs;
}

Measurement& launch(Inputs& inputs, std::size_t i) {
  return std::get<Measurement>(inputs.measured[0].records[i].result);
}

}  // namespace

TEST_CASE("phases are medians over launches") {
  const Comparison c = compare(two_launches());
  const TrainingDetails& d = only_details(c);
  CHECK(phase_of(d.phases, "exposed").count() == Approx(0.3));   // of 0.2 and 0.4
  CHECK(phase_of(d.phases, "forward").count() == Approx(0.24));  // of 0.16 and 0.32
  CHECK_FALSE(d.steps.has_value());
  CHECK_FALSE(d.losses.has_value());
  CHECK_FALSE(d.alone.has_value());
}

// Exposed 0.2 and 0.4 s of 1 and 2: quartiles a quarter of the way from each. Compute is 0.8 and 1.6.
TEST_CASE("the middle half of the launches shows how far they are apart") {
  const Comparison c = compare(two_launches());
  const auto& halves = only_details(c).middle_half_s;
  CHECK(halves.at("exposed").lower == Approx(0.25));
  CHECK(halves.at("exposed").upper == Approx(0.35));
  CHECK(halves.at("communication").upper == Approx(0.7));
  CHECK(halves.at("compute").lower == Approx(1.0));
  CHECK(halves.size() == 3);
  Inputs one = two_launches();
  one.measured[0].records.pop_back();
  const Comparison single = compare(one);
  CHECK(only_details(single).middle_half_s.empty());
}

TEST_CASE("p50 and p95 are over the samples of all launches") {
  Inputs inputs = two_launches();
  launch(inputs, 0).samples = {Seconds{1}, Seconds{3}};
  launch(inputs, 1).samples = {Seconds{2}, Seconds{4}, Seconds{5}};
  const Comparison c = compare(inputs);
  const StepTimes steps = only_details(c).steps.value();
  CHECK(steps.samples == 5);
  CHECK(steps.p50.count() == Approx(3));
  CHECK(steps.p95.count() == Approx(4.8));  // 0.95 x 4 = 3.8: between the fourth and the fifth
}

TEST_CASE("losses are of the launch with the lowest number that has any") {
  Inputs inputs = two_launches();
  launch(inputs, 1).losses = {7, 6, 5};
  CHECK(only_details(compare(inputs)).losses.value().last == 5);
  launch(inputs, 0).losses = {3, 2};
  const Comparison c = compare(inputs);
  const LossRange losses = only_details(c).losses.value();
  CHECK((losses.first == 3 && losses.last == 2));
}

TEST_CASE("interference is paired by launch, and a layer profile is never a row") {
  Inputs inputs = two_launches();
  for (const Purpose purpose : {Purpose::calibrate, Purpose::score})
    inputs.measured[0].records.push_back(layer_profile(purpose == Purpose::score ? 7 : 3, 0.8, purpose));
  // Compute 0.8 and 1.6 s in the step, 0.8 alone: 1 and 2, median 1.5.
  const Comparison c = compare(inputs);
  CHECK(only_details(c).alone.value().time.count() == Approx(0.8));
  CHECK(only_details(c).alone.value().interference == Approx(1.5));
  // A launch without a profile does not count.
  inputs.measured[0].records.pop_back();
  const Comparison one = compare(inputs);
  CHECK(only_details(one).alone.value().interference == Approx(1));
}
