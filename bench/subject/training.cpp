#include "bench/subject/training.hpp"

#include <memory>

#include <fmt/format.h>

#include "bench/subject/trainer.hpp"
#include "experiment/error.hpp"

namespace ringtrue {
namespace {

/// A trainer, and how often its ranks' weights differed.
struct Course {
  Course(const TrainingStep& step, const Model& model, int ranks, const mpi::Communicator& world)
      : trainer(step, model, ranks, world, sgd_for(ranks * step.batch)), comm(world), compare(ranks > 1) {}

  Trainer trainer;
  const mpi::Communicator& comm;
  bool compare;
  bool stepped = false;
  std::int64_t different = 0;

  void check() {
    if (stepped && compare && !mpi::all_equal(trainer.parameters_hash(), comm)) ++different;
    stepped = false;
  }
  void prepare() {
    check();
    trainer.load();
  }
};

Subject subject_of(const std::shared_ptr<Course>& course) {
  return {
      .reset = [=] { course->prepare(); },
      .refresh = [=] { course->prepare(); },
      .run =
          [=] {
            course->trainer.step();
            course->stepped = true;
          },
      .count_wrong = [=]() -> std::optional<std::int64_t> {
        course->check();
        return course->comm.rank() == 0 ? course->different : 0;  // every rank knows; it is counted once
      },
      .run_recorded = {},
      .observe = [=]() -> Observation { return {.phases = course->trainer.phases(), .loss = course->trainer.loss()}; },
      .spans = [=] { return course->trainer.spans(); }};
}

}  // namespace

Subject training_subject(const TrainingStep& step, const Model& model, const mpi::Communicator& comm) {
  return subject_of(std::make_shared<Course>(step, model, comm.size(), comm));
}

Subject profile_subject(const LayerProfile& profile, const Model& model, const mpi::Communicator& comm) {
  TrainingStep alone;
  alone.model = profile.model;
  alone.gradients = profile.gradients;
  alone.batch = profile.batch;
  return subject_of(std::make_shared<Course>(alone, model, 1, comm));
}

}  // namespace ringtrue
