#include "sim/nccl/fit.hpp"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "experiment/error.hpp"
#include "sim/nccl/time.hpp"

namespace ringtrue::nccl {
namespace {

constexpr double residual_scale = 0.02;
constexpr double most_widths = 5;  // how far from its prior a parameter may go
constexpr int most_evaluations = 20'000;

/// What is asked, apart from who answered and how often.
auto question_of(const Observation& o) {
  return std::tuple(o.source, o.call.collective, o.choice.algorithm, o.choice.protocol, o.call.gpus, o.call.nodes,
                    o.call.launch, o.call.bytes);
}

struct Problem {
  Machine machine;
  const std::vector<Observation>* rows = nullptr;
  std::vector<double> weights, log_times, scales;  ///< Of each row.
  std::vector<Quantity> fitted;

  /// `at`: of each fitted parameter, widths from its prior.
  void move_to(const double* at) {
    for (std::size_t i = 0; i < fitted.size(); ++i) {
      Parameter& p = machine.parameters[fitted[i]];
      p.value = p.prior * std::exp(p.width * at[i]);
    }
  }

  double cost(const double* at) {
    move_to(at);
    double sum = 0;
    for (std::size_t i = 0; i < fitted.size(); ++i) sum += at[i] * at[i];
    for (std::size_t i = 0; i < rows->size(); ++i) {
      const Observation& o = (*rows)[i];
      const double scaled = (std::log(time_of(o.call, o.choice, machine).count()) - log_times[i]) / scales[i];
      sum += weights[i] * 2 * (std::sqrt(1 + scaled * scaled) - 1);
    }
    return sum;
  }
};

Problem make_problem(const Machine& machine, const std::vector<Observation>& rows) {
  Problem problem{.machine = machine, .rows = &rows, .weights = {}, .log_times = {}, .scales = {}, .fitted = {}};
  std::map<decltype(question_of(rows.front())), int> times;
  for (const Observation& o : rows) ++times[question_of(o)];
  for (const Observation& o : rows) {
    problem.weights.push_back(1.0 / times.at(question_of(o)));
    problem.log_times.push_back(std::log(o.time_us * 1e-6));
    problem.scales.push_back(std::hypot(residual_scale, o.relative_sigma));
  }
  for (std::size_t i = 0; i < quantities; ++i)
    if (machine.parameters[static_cast<Quantity>(i)].width > 0) problem.fitted.push_back(static_cast<Quantity>(i));
  return problem;
}

}  // namespace

Parameters fit(const Machine& machine, const std::vector<Observation>& rows) {
  if (rows.empty()) throw Error("nothing to fit on: no reference row is covered by the platform");
  Problem problem = make_problem(machine, rows);
  const auto n = static_cast<unsigned>(problem.fitted.size());
  if (n == 0) return machine.parameters;
  const std::unique_ptr<nlopt_opt_s, void (*)(nlopt_opt)> search(nlopt_create(NLOPT_LN_SBPLX, n), nlopt_destroy);
  const auto cost = [](unsigned, const double* at, double*, void* data) {
    return static_cast<Problem*>(data)->cost(at);
  };
  nlopt_set_min_objective(search.get(), cost, &problem);
  nlopt_set_lower_bounds1(search.get(), -most_widths);
  nlopt_set_upper_bounds1(search.get(), most_widths);
  nlopt_set_initial_step1(search.get(), 0.5);
  nlopt_set_xtol_abs1(search.get(), 1e-4);
  nlopt_set_ftol_rel(search.get(), 1e-8);
  nlopt_set_maxeval(search.get(), most_evaluations);
  std::vector<double> at(n, 0.0);
  double least = 0;
  const nlopt_result result = nlopt_optimize(search.get(), at.data(), &least);
  if (result < 0 && result != NLOPT_ROUNDOFF_LIMITED)
    throw Error(fmt::format("the fit of {} parameters on {} rows failed: NLopt says {}", n, rows.size(),
                            static_cast<int>(result)));
  problem.move_to(at.data());
  return problem.machine.parameters;
}

Coverage coverage_of(const std::vector<Observation>& rows) {
  Coverage covers{.gpus = {}, .collectives = {}, .least = max_bytes, .most = {1}};
  std::set<int> gpus;
  std::set<Collective> collectives;
  for (const Observation& o : rows) {
    gpus.insert(o.call.gpus);
    collectives.insert(o.call.collective);
    covers.least = std::min(covers.least, o.call.bytes);
    covers.most = std::max(covers.most, o.call.bytes);
  }
  covers.gpus.assign(gpus.begin(), gpus.end());
  covers.collectives.assign(collectives.begin(), collectives.end());
  return covers;
}

}  // namespace ringtrue::nccl
