#include "bench/subject/training.hpp"

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "bench/subject/trainer.hpp"
#include "experiment/error.hpp"

using namespace ringtrue;

namespace {

mpi::Communicator world() { return mpi::Communicator::duplicate(MPI_COMM_WORLD); }

/// Without batch norm, which sees only the images of its own rank.
Model dense_model() {
  return parse_model(R"({"name": "dense", "images": {"channels": 1, "height": 8, "width": 8}, "classes": 4, "layers": [
    {"layer": "dense", "name": "fc1", "outputs": 40, "relu": true}, {"layer": "dense", "name": "fc2", "outputs": 24, "relu": true},
    {"layer": "dense", "name": "fc3", "outputs": 4}]})",
                     "dense.json");
}

TrainingStep step_of(const Model& model, int batch) {
  TrainingStep step;
  step.model = model.name;
  step.gradients = Bytes{4 * parameter_count(model)};
  step.batch = batch;
  step.buckets = {BucketRule::capped, 512_B, 2_KiB};
  step.segmentation = Segmentation{.segment = 1_KiB, .in_flight = 2};
  return step;
}

/// Mean over ranks of the losses of `steps` steps.
std::vector<double> course_of(const TrainingStep& step, const Model& model, int ranks, const mpi::Communicator& comm,
                              int steps) {
  Trainer trainer(step, model, ranks, comm, {.rate = 0.01F, .momentum = 0.9F});
  std::vector<double> losses;
  for (int i = 0; i < steps; ++i) {
    trainer.load();
    trainer.step();
    losses.push_back(trainer.loss());
  }
  mpi::sum_over_ranks(losses, comm);
  for (double& loss : losses) loss /= comm.size();
  return losses;
}

}  // namespace

TEST_CASE("p ranks with batch b take the same course as one rank with batch p b, however they exchange") {
  const mpi::Communicator comm = world();
  const Model model = dense_model();
  constexpr int batch = 3, steps = 12;
  const std::vector<double> alone = course_of(step_of(model, batch * comm.size()), model, 1, comm, steps);
  TrainingStep step = step_of(model, batch);
  step.overlap = GENERATE(Overlap::none, Overlap::thread, Overlap::polling);
  step.sharded = GENERATE(false, true);
  step.algorithm = GENERATE(Algorithm::ring, Algorithm::halving_doubling);
  const std::vector<double> together = course_of(step, model, comm.size(), comm, steps);
  for (int i = 0; i < steps; ++i)
    CHECK(together[static_cast<std::size_t>(i)] == Approx(alone[static_cast<std::size_t>(i)]).epsilon(1e-4));
  CHECK(together.back() < 0.8 * together.front());
}

TEST_CASE("after every step all ranks hold the same weights, bit by bit") {
  const mpi::Communicator comm = world();
  const Model model = dense_model();
  TrainingStep step = step_of(model, 2);
  step.algorithm = GENERATE(Algorithm::ring, Algorithm::double_binary_tree, Algorithm::library);
  if (!is_ours(step.algorithm)) step.segmentation.reset();
  const Subject subject = training_subject(step, model, comm);
  subject.reset();
  subject.run();
  CHECK(subject.count_wrong() == 0);
  for (int i = 0; i < 3; ++i) {
    subject.refresh();
    subject.run();
  }
  CHECK(subject.count_wrong() == 0);
}

TEST_CASE("a measured step learns at the rate of all ranks' images") {
  const mpi::Communicator comm = world();
  const Model model = dense_model();
  constexpr int batch = 2, steps = 3;
  const TrainingStep step = step_of(model, batch);
  const Subject subject = training_subject(step, model, comm);
  Trainer trainer(step, model, comm.size(), comm, sgd_for(comm.size() * batch));
  for (int i = 0; i < steps; ++i) {
    subject.refresh();
    subject.run();
    trainer.load();
    trainer.step();
    CHECK(subject.observe().loss == trainer.loss());
  }
}

TEST_CASE("ranks whose weights differ are found out") {
  const mpi::Communicator comm = world();
  if (comm.size() == 1) return;
  const Model model = dense_model();
  // Every rank for itself, on the same images but one: the second rank skips ahead.
  Trainer trainer(step_of(model, 1), model, 1, comm, {.rate = 0.01F, .momentum = 0.9F});
  CHECK(mpi::all_equal(trainer.parameters_hash(), comm));
  trainer.load();
  if (comm.rank() == 1) trainer.step();
  CHECK(!mpi::all_equal(trainer.parameters_hash(), comm));
}

TEST_CASE("the phases of a step are what it took") {
  const mpi::Communicator comm = world();
  const Model model = dense_model();
  const Subject subject = training_subject(step_of(model, 2), model, comm);
  subject.reset();
  subject.run();
  const Phases phases = subject.observe().phases;
  CHECK(std::isfinite(subject.observe().loss));
  CHECK(phase_of(phases, "forward") > Seconds{0});
  CHECK(phase_of(phases, "backward") > Seconds{0});
  CHECK(phase_of(phases, "update") > Seconds{0});
  CHECK(phases.contains("communication") == (comm.size() > 1));
  if (comm.size() == 1) return;
  Seconds exchanging{};
  const std::size_t buckets = make_buckets(model, {BucketRule::capped, 512_B, 2_KiB}).size();
  for (std::size_t i = 0; i < buckets; ++i) {
    const std::string bucket = "bucket/" + std::to_string(i);
    REQUIRE(phases.contains(bucket + "/end"));
    CHECK(phases.at(bucket + "/ready") <= phases.at(bucket + "/start"));
    exchanging += phases.at(bucket + "/end") - phases.at(bucket + "/start");
  }
  CHECK(!phases.contains("bucket/" + std::to_string(buckets) + "/end"));
  // Overlap none: nothing is hidden, and each rank waits for the last one to begin, which waits for nobody.
  const Seconds communication = phase_of(phases, "communication"), waiting = phase_of(phases, "waiting");
  CHECK((communication + waiting).count() == Approx(exchanging.count()));
  CHECK(communication > Seconds{0});
  CHECK(waiting >= Seconds{0});
  CHECK(phase_of(phases, "exposed") >= 0.99 * communication);
}

TEST_CASE("a layer profile has every layer, and exchanges nothing") {
  const mpi::Communicator comm = world();
  const Model model = dense_model();
  const Subject subject = profile_subject({model.name, Bytes{4 * parameter_count(model)}, 2}, model, comm);
  subject.reset();
  subject.run();
  CHECK(subject.count_wrong() == 0);
  const Phases phases = subject.observe().phases;
  Seconds forward{}, backward{};
  for (const std::string layer : {"fc1", "fc2", "fc3", "loss"}) {
    forward += phases.at("forward/" + layer);
    backward += phases.at("backward/" + layer);
  }
  CHECK(forward <= phases.at("forward"));
  CHECK(backward <= phases.at("backward"));
  CHECK(!phases.contains("communication"));
}

TEST_CASE("a loss that is not finite ends training with the step and the layer") {
  const mpi::Communicator comm = world();
  const Model model = dense_model();
  Trainer trainer(step_of(model, 2), model, comm.size(), comm, {.rate = 1e30F, .momentum = 0.9F});
  trainer.load();
  trainer.step();
  const auto go_on = [&] {
    for (int i = 0; i < 3; ++i) {
      trainer.load();
      trainer.step();
    }
  };
  CHECK_THROWS_WITH(go_on(), Catch::Matchers::Contains("the loss of step 1 is") && Catch::Matchers::Contains("fc") &&
                                 Catch::Matchers::Contains("the last losses were "));
}
