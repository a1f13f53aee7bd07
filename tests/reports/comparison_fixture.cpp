#include "tests/reports/comparison_fixture.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

const char* const host = "host.h1.c2.block.sm";
const char* const gpus = "hgx-h100.h1.nvswitch";

Experiment collective(Algorithm algorithm, Bytes bytes, int ranks) {
  return {CollectiveRun{Collective::all_reduce, algorithm, bytes, DataType::float32, ReduceOp::sum, true, {}, {}},
          ranks};
}

MeasuredRow measured(const Experiment& experiment, Seconds median) {
  MeasuredRow row;
  row.experiment = experiment;
  row.system_id = host;
  row.median = median;
  row.interval_s = {.lower = 0.95 * median.count(), .upper = 1.05 * median.count()};
  row.launches = 6;
  row.states = {{"fast", 6}};
  row.local_max_median = 0.95 * median;
  row.verified = true;
  return row;
}

std::vector<MeasuredRow> measured_rows() {
  std::vector<MeasuredRow> rows{measured(ring_experiment(8_KiB, 2), Seconds{20e-6}),
                                measured(ring_experiment(1_MiB, 2), Seconds{400e-6}),
                                measured(collective(Algorithm::library, 1_MiB, 2), Seconds{500e-6}),
                                measured(ring_experiment(1_MiB, 4), Seconds{2e-3})};
  rows[2].purpose = Purpose::show;
  rows[0].conditions = {.judged = 6, .warmed_up = 6, .not_steady = 1, .samples = 600, .outliers = 3};
  rows[1].conditions = {.judged = 6,
                        .non_stationary = 1,
                        .largest_step = 0.75,
                        .warmed_up = 6,
                        .samples = 400,
                        .outliers = 1,
                        .wall = Seconds{2},
                        .outside = Seconds{0.3}};
  rows[3].conditions = {.judged = 6,
                        .non_stationary = 2,
                        .steps_with_canary = 1,
                        .largest_step = 1.5,
                        .warmed_up = 6,
                        .wall = Seconds{1},
                        .outside = Seconds{0.1}};
  rows[3].oversubscribed = true;
  rows[3].states = {{"fast", 4}, {"mixed", 1}, {"slow", 1}};
  rows[3].local_max_median = Seconds{1.6e-3};
  return rows;
}

Pair pair(const char* model, const MeasuredRow& row, double ratio) {
  Pair p;
  p.model = model;
  p.experiment = row.experiment;
  p.system_id = row.system_id;
  p.reference_source = "ringtrue-bench 0.1.0";
  p.reference = row.median;
  p.ratio = ratio;
  p.simulated = ratio * row.median;
  return p;
}

Pair published(const char* model, Bytes bytes, Seconds reference, double ratio) {
  Pair p;
  p.model = model;
  p.experiment = ring_experiment(bytes, 2);
  p.system_id = gpus;
  p.published = true;
  p.reference_source = "astra-sim-docs 4a4dcf4, hgx_h100/2gpus.png";
  p.reference = reference;
  p.ratio = ratio;
  p.simulated = ratio * reference;
  p.matched_any = "dtype, in_place";
  p.reference_sigma = 0.03 * reference;
  p.how_read = "digitised";
  return p;
}

std::vector<Pair> pairs(const std::vector<MeasuredRow>& rows) {
  std::vector<Pair> all{pair("alpha_beta", rows[0], 2.0),
                        pair("alpha_beta", rows[1], 2.0),
                        pair("bandwidth_bound", rows[1], 0.5),
                        pair("cluster", rows[0], 1.1),
                        pair("cluster", rows[1], 1.21),
                        pair("cluster", rows[3], 0.8),
                        published("nccl by scale", 1_MiB, Seconds{30e-6}, 1.05),
                        published("nccl by scale", 16_MiB, Seconds{100e-6}, 1.05),
                        published("astra-sim-published", 1_MiB, Seconds{30e-6}, 0.8),
                        published("astra-sim-published", 16_MiB, Seconds{100e-6}, 0.8)};
  all[5].extrapolated = true;
  return all;
}

/// Errors of rows that share one ratio; the interval and floor are what the caller sets afterwards.
Aggregate aggregate(const char* model, const char* system_id, int ranks, std::size_t rows, double ratio) {
  Aggregate a;
  a.model = model;
  a.system_id = system_id;
  a.published = system_id == gpus;
  a.ranks = ranks;
  a.rows = rows;
  a.launches = a.published ? 0 : 6;
  a.bias = ratio - 1;
  a.log_error = std::exp(std::abs(std::log(ratio))) - 1;
  a.log_error_interval = {.lower = a.log_error, .upper = a.log_error};
  a.mape = a.p90 = a.geomean_abs = std::abs(ratio - 1);
  a.worst = ratio - 1;
  a.kendall_tau = 1;
  return a;
}

std::vector<Aggregate> aggregates() {
  // cluster at two ranks: log error = bias = sqrt(1.1 x 1.21) - 1 = 0.15369; MAPE = (0.1 + 0.21) / 2 = 0.155;
  // p90 = 0.1 + 0.9 x 0.11 = 0.199; geomean = sqrt(0.1 x 0.21) = 0.14491.
  Aggregate p2 = aggregate("cluster", host, 2, 2, std::sqrt(1.1 * 1.21));
  p2.log_error_interval = {.lower = 0.12, .upper = 0.18};
  p2.noise_floor = 0.02;
  p2.mape = 0.155;
  p2.p90 = 0.199;
  p2.worst = 0.21;
  p2.worst_key = experiment_key(ring_experiment(1_MiB, 2));
  p2.geomean_abs = std::sqrt(0.1 * 0.21);
  Aggregate latency = aggregate("cluster", host, 2, 1, 1.1);
  latency.regime = Regime::latency;
  Aggregate bandwidth = aggregate("cluster", host, 2, 1, 1.21);
  bandwidth.regime = Regime::bandwidth;
  Aggregate p4 = aggregate("cluster", host, 4, 1, 0.8);
  p4.log_error_interval = {.lower = 0.2, .upper = 0.35};
  p4.noise_floor = 0.2;
  p4.worst_key = experiment_key(ring_experiment(1_MiB, 4));
  return {aggregate("alpha_beta", host, 2, 2, 2.0),
          p2,
          latency,
          bandwidth,
          p4,
          aggregate("nccl by scale", gpus, 2, 2, 1.05),
          aggregate("astra-sim-published", gpus, 2, 2, 0.8)};
}

Json launch_context(int ranks, int launch) {
  return {{"tool", "ringtrue-bench"},
          {"version", "0.1.0"},
          {"command", "mpirun -np " + std::to_string(ranks) + " ringtrue-bench --launch " + std::to_string(launch)},
          {"commit", "0123456"},
          {"suite_hash", "89abcdef89abcdef"},
          {"environment",
           {{"cpu", "A | B <CPU>"},
            {"cores", 2},
            {"hypervisor", "KVM"},
            {"mca", {{"btl", "tcp,self"}}},
            {"hosts", {"n1"}}}}};
}

std::vector<Verdict> verdicts() {
  return {{.model = "cluster",
           .system_id = host,
           .ranks = 2,
           .budget = 0.25,
           .outcome = Outcome::pass,
           .reason = "The interval [12.0, 18.0] % lies under 25 %."},
          {.model = "cluster",
           .system_id = host,
           .ranks = 4,
           .budget = 0.3,
           .outcome = Outcome::inconclusive,
           .reason = "The interval [20.0, 35.0] % straddles 30 %."},
          {.model = "cluster",
           .system_id = host,
           .ranks = 8,
           .budget = 0.3,
           .outcome = Outcome::inconclusive,
           .reason = "Nothing was measured."}};
}

std::vector<PublishedSource> published_sources() {
  return {{.provenance = {.source = "astra-sim | docs",
                          .url = "https://example.org",
                          .licence = "none",
                          .system = "one HGX-H100 node",
                          .nccl_version = "not stated",
                          .launch_mode = "unknown",
                          .how_read = "Digitised.",
                          .sigma = "Of reading.",
                          .caveats = {"Below 64 MiB nothing can be read."}},
           .name = "validate/published/a/hardware.json",
           .model = "",
           .records = 2}};
}

std::vector<Spread> spreads() {
  return {{.experiment = ring_experiment(16_MiB, 2),
           .system_id = gpus,
           .times = {{"astra-sim | docs", Seconds{100e-6}}, {"somebody else", Seconds{110e-6}}}}};
}

std::vector<PublishedScalar> scalars() {
  const std::string source = "astra-sim-docs 4a4dcf4";
  return {{.name = "astra_sim_geomean_error", .ranks = 2, .value = 0.2063, .as_printed = "20.63%", .source = source},
          {.name = "astra_sim_geomean_error", .ranks = 4, .value = 0.1201, .as_printed = "12.01%", .source = source}};
}

/// A training step: 900 cycles of compute.
ReplicatedRun step(std::string name, std::int64_t npus, std::uint64_t communication) {
  ReplicatedRun run;
  run.name = std::move(name);
  run.printed_in = "may";
  run.what = "net";
  run.npus = run.traces = npus;
  run.bandwidth_gib_per_s = 400;
  run.order = "serial_chain";
  run.result = {.total = 900 + communication, .compute = 900, .communication = communication, .exposed = communication};
  run.printed = run.result;
  return run;
}

Replication replication() {
  ReplicatedRun four = step("1 | four", 4, 1100);
  four.cycles_as_microseconds = true;
  four.result.total = 901'100;
  four.result.compute = 900'000;
  four.printed = four.result;
  ReplicatedRun sixteen = step("2 <b>sixteen</b>", 8, 2100);
  sixteen.traces = 16;
  sixteen.printed.communication = 2000;
  ReplicatedRun failed = step("3 failed", 8, 0);
  failed.printed = failed.result = {};
  failed.printed_failure = true;
  failed.error = "the trace of rank 4 is missing";
  ReplicatedRun overlapped = step("overlapped", 4, 1300);
  overlapped.order = "data_parallel";
  overlapped.result.exposed = 100;
  return {.name = "survey *of* simulators",
          .source = "somewhere, commit 1234567",
          .runs = {four, sixteen, failed},
          .not_runs = {{.name = "4 log", .printed_in = "may", .why = "the output of all"}},
          .corrected = "one bandwidth throughout",
          .corrections = {step("four", 4, 1300), step("sixteen", 16, 4100), overlapped}};
}

}  // namespace

Experiment ring_experiment(Bytes bytes, int ranks) {
  Experiment experiment = collective(Algorithm::ring, bytes, ranks);
  std::get<CollectiveRun>(experiment.workload).segmentation = Segmentation{.segment = 64_KiB, .in_flight = 2};
  return experiment;
}

Comparison small_comparison() {
  Comparison c;
  c.inputs = {{"measured", "measured.jsonl", "1111111111111111"}, {"budgets", "budgets.json", "2222222222222222"}};
  c.measured_contexts = {launch_context(2, 0), launch_context(4, 0)};
  c.model_contexts = {{"cluster", {{"command", "ringtrue-sim run"}, {"fitted_on", 40}}},
                      {"alpha_beta", {{"fitted_on", 40}}},
                      {"astra-sim-published", {{"fitted_on", "unknown"}}}};
  c.measured = measured_rows();
  c.pairs = pairs(c.measured);
  c.aggregates = aggregates();
  c.scalars = scalars();
  c.published_sources = published_sources();
  c.published_scores = published_scores(c.pairs);
  c.spreads = spreads();
  c.ring_ratios = {{.system_id = host, .ranks = 2, .baseline = "library", .by_bytes = {{1_MiB, 0.8}}, .geomean = 0.8}};
  c.verdicts = verdicts();
  c.unpaired = {
      {.origin = "measured", .model = "cluster", .experiment_key = "all_reduce.ring.8B.p4", .system_id = host}};
  c.replications = {replication()};
  c.lints = {{.rule = "unit-slip", .what = "x1000 at 8 B hints at ms written as us."},
             {.rule = "more-traces-than-npus", .what = "2 <b>sixteen</b>: 16 traces", .about = c.replications[0].name},
             {.rule = "duplicate", .what = "first", .about = c.replications[0].name},
             {.rule = "duplicate", .what = "second", .about = c.replications[0].name}};
  c.warnings = {"measured.jsonl: torn last line left out"};
  c.seed = 7;
  c.replicates = 400;
  return c;
}

}  // namespace ringtrue
