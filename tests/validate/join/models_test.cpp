#include "validate/join/models.hpp"

#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"
#include "validate/join/join.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

Predicted predicting(std::vector<PredictedInState> states) {
  Predicted prediction;
  prediction.states = std::move(states);
  return prediction;
}

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string message_of_context(const Json& context) {
  const std::vector<RecordFile> files{file_of("s.jsonl", {simulated(all_reduce(1_KiB, 2), 1)}, context)};
  return message_of([&] { gather_models(files, {}); });
}

}  // namespace

TEST_CASE("a launch is compared with the prediction for its machine state") {
  const Predicted both = predicting({{"fast", 1, {}}, {"slow", 3, {}}});
  REQUIRE(log_time(both, "fast", std::nullopt) == 1);
  REQUIRE(log_time(both, "slow", std::nullopt) == 3);
  REQUIRE(log_time(both, "mixed", std::nullopt) == 2);  // geometric mean: the mean of the logarithms
  const Predicted fast_only = predicting({{"fast", 1, {}}});
  REQUIRE(log_time(fast_only, "slow", std::nullopt) == 1);
  const Predicted any = predicting({{"", 5, {}}});
  REQUIRE(log_time(any, "mixed", std::nullopt) == 5);
}

TEST_CASE("a replicate takes the place of the prediction where there is one") {
  const Predicted prediction = predicting({{"fast", 1, {1.5, 0.5}}, {"slow", 3, {}}});
  REQUIRE(log_time(prediction, "fast", 1) == 0.5);
  REQUIRE(log_time(prediction, "slow", 1) == 3);
}

TEST_CASE("rows of a machine with two speeds are exact when each launch meets its own prediction") {
  // Launches 0-2 fast (canary 100 ns, 1 s), 3-5 slow (300 ns, 2 s); predictions 1 s and 2 s: every ratio is 1.
  const Experiment experiment = all_reduce(1_MiB, 2);
  std::vector<Record> rows;
  for (int launch = 0; launch < 6; ++launch)
    rows.push_back(measured(experiment, launch, launch < 3 ? 1 : 2, launch < 3 ? 1e-7 : 3e-7));
  const Campaign gathered = gather_measured(std::vector{file_of("m.jsonl", rows)}, 1);
  REQUIRE(gathered.series.at(0).row.states == std::map<std::string, int>{{"fast", 3}, {"slow", 3}});
  const auto models = gather_models(
      std::vector{file_of("s.jsonl", {simulated(experiment, 1, "fast"), simulated(experiment, 2, "slow")})}, {});
  const Joined joined = join_measured(gathered, models, {});
  REQUIRE(joined.rows.size() == 1);
  REQUIRE_THAT(joined.rows[0].pair.ratio, WithinAbs(1, 1e-12));
  REQUIRE_THAT(joined.rows[0].pair.reference.count(), WithinAbs(1.5, 1e-12));  // median of 1 1 1 2 2 2
}

TEST_CASE("draw b meets replicate b: a platform that follows its launches leaves no scatter") {
  // Launch 0 takes 1 s, launch 1 takes 2 s. Draws 00, 11, 01 give medians of 1, 2 and sqrt 2 s (of logarithms), and the
  // platform refitted on each draw predicts just that.
  const Experiment experiment = all_reduce(1_MiB, 2);
  Record prediction = simulated(experiment, std::sqrt(2.0));
  std::get<Simulation>(prediction.result).replicates = {Seconds{1}, Seconds{2}, Seconds{std::sqrt(2.0)}};
  const Json context{{"draws", {{"2", {{0, 0}, {1, 1}, {0, 1}}}}}};
  const auto models = gather_models(std::vector{file_of("s.jsonl", {prediction}, context)}, {});
  const Campaign gathered =
      gather_measured(std::vector{file_of("m.jsonl", {measured(experiment, 0, 1), measured(experiment, 1, 2)})}, 1);
  const Joined joined = join_measured(gathered, models, {});
  const ResampledRow& row = joined.rows.at(0).resampled;
  REQUIRE(row.joint.size() == 3);
  for (const double log_ratio : row.joint) REQUIRE_THAT(log_ratio, WithinAbs(0, 1e-12));
  REQUIRE_THAT(row.reference[0], WithinAbs(std::log(2.0) / 2, 1e-12));  // nominal sqrt 2 s against 1 s
}

TEST_CASE("draws of another campaign are not taken for draws of this one") {
  // The platform was fitted on launches 0 and 1, launch 7 could never be drawn: we draw from 0, 1 and 7 ourselves.
  const Experiment experiment = all_reduce(1_MiB, 2);
  const Json context{{"draws", {{"2", {{0, 0}, {1, 1}}}}}};
  const auto models = gather_models(std::vector{file_of("s.jsonl", {simulated(experiment, 1)}, context)}, {});
  std::vector<Record> rows{measured(experiment, 0, 1), measured(experiment, 1, 1), measured(experiment, 7, 1)};
  const Joined joined = join_measured(gather_measured(std::vector{file_of("m.jsonl", rows)}, 1), models, {});
  REQUIRE(joined.rows.at(0).resampled.joint.size() == default_replicates);
}

TEST_CASE("an external simulator may say nothing about itself") {
  const auto models = gather_models(std::vector{file_of("s.jsonl", {simulated(all_reduce(1_KiB, 2), 1)})}, {});
  const Json context = model_context(models.at("cluster"));
  REQUIRE(context["model_kind"] == "unknown");
  REQUIRE(context["platforms"] == "unknown");
  REQUIRE(context["fitted_on"] == "unknown");
}

TEST_CASE("what a simulated file may not hold") {
  const Experiment experiment = all_reduce(1_KiB, 2);
  const auto gather = [](std::vector<RecordFile> files) { return message_of([&] { gather_models(files, {}); }); };
  REQUIRE_THAT(gather({file_of("s.jsonl", {measured(experiment, 0, 1)})}), Contains("give the file to --measured"));
  REQUIRE_THAT(gather({file_of("s.jsonl", {simulated(experiment, 1, "warm")})}), Contains("allowed: fast, slow"));
  REQUIRE_THAT(gather({file_of("a.jsonl", {simulated(experiment, 1)}), file_of("b.jsonl", {simulated(experiment, 1)})}),
               Contains("stands in two simulated files"));
  REQUIRE_THAT(message_of_context(Json{{"fitted_on", 3}}), Contains("'fitted_on' of the context must be a list"));
  REQUIRE_THAT(message_of_context(Json{{"draws", {{"two", Json::array()}}}}), Contains("numbers of ranks as keys"));
  REQUIRE_THAT(message_of_context(Json{{"draws", {{"2", {{-1}}}}}}), Contains("lists of launch numbers"));
}

TEST_CASE("replicates must be as many as draws, and equal in number") {
  const Experiment experiment = all_reduce(1_KiB, 2);
  Record prediction = simulated(experiment, 1);
  std::get<Simulation>(prediction.result).replicates = {Seconds{1}};
  const Campaign gathered = gather_measured(std::vector{file_of("m.jsonl", {measured(experiment, 0, 1)})}, 1);
  const auto join_with = [&](const Json& context, std::vector<Record> records) {
    const auto models = gather_models(std::vector{file_of("s.jsonl", std::move(records), context)}, {});
    return message_of([&] { join_measured(gathered, models, {}); });
  };
  REQUIRE_THAT(join_with(Json{{"draws", {{"2", {{0}, {0}}}}}}, {prediction}),
               Contains("2 draws at 2 ranks, but 1 replicates"));
  Record more = simulated(all_reduce(4_KiB, 2), 1);
  std::get<Simulation>(more.result).replicates = {Seconds{1}, Seconds{1}};
  REQUIRE_THAT(join_with(Json::object(), {prediction, more}),
               Contains("has 1 replicates, other rows of 2 ranks have 2"));
}
