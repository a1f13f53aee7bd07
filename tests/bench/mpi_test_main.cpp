// Catch2 under mpiexec: every rank runs every test; the launcher fails if one rank does. A listener of Catch2's own
// main, which comes compiled.

#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <cstdlib>
#include <memory>

#include <catch2/catch.hpp>

#include "bench/mpi/mpi.hpp"

namespace {

class MpiListener : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testRunStarting(const Catch::TestRunInfo& info) override {
    TestEventListenerBase::testRunStarting(info);
    setenv("OMPI_MCA_coll_tuned_use_dynamic_rules", "1", 0);  // as bench/main.cpp does
    environment_ = std::make_unique<ringtrue::mpi::Environment>(argc_, argv_);
  }
  void testRunEnded(const Catch::TestRunStats& stats) override {
    environment_.reset();
    TestEventListenerBase::testRunEnded(stats);
  }

 private:
  int argc_ = 0;
  char** argv_ = nullptr;
  std::unique_ptr<ringtrue::mpi::Environment> environment_;
};

}  // namespace

CATCH_REGISTER_LISTENER(MpiListener)
