#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/astra/command.hpp"
#include "sim/expect/command.hpp"
#include "sim/timeline/command.hpp"

/// What the subcommands of ringtrue-sim do; main.cpp says how they are spelt. All throw Error.
namespace ringtrue::command {

struct Options {
  std::vector<std::string> measured, suites, platforms, resample, references;
  std::string out, suite, runs, system_id = "host.h1.c2.block.sm", source = "my-simulator";
  astra::Request astra;
  expect::Request expect;
  TimelineRequest timeline;
  std::string by;
  bool json = false, even_sizes = false;
  int replicates = 100;
  int launches = 0;
  std::vector<int> ranks;
  std::uint64_t seed = 1;
};

void calibrate(const Options& options);
void run(const Options& options);
void crossvalidate(const Options& options);
void ablate(const Options& options);
void expand(const Options& options);
void simgrid_inputs(const Options& options);
void simgrid_records(const Options& options);
/// One line per launch, "LAUNCH RANKS": what a campaign driver starts, scales interleaved.
void plan(const Options& options);
void simulate_astra(const Options& options);

}  // namespace ringtrue::command
