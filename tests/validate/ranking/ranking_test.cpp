#include "validate/ranking/ranking.hpp"

#include <catch2/catch.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Contains;

namespace {

/// One size, each algorithm measured at `measured_s` (launch l slower by l %) and simulated at `simulated_s`.
struct Given {
  Algorithm algorithm;
  double measured_s, simulated_s;
};

Inputs inputs_of(const std::vector<Given>& given) {
  Inputs inputs;
  std::vector<Record> rows, predictions;
  for (const Given& g : given) {
    const Experiment experiment = all_reduce(1_MiB, 2, g.algorithm);
    predictions.push_back(simulated(experiment, g.simulated_s));
    for (int launch = 0; launch < 6; ++launch) {
      rows.push_back(measured(experiment, launch, g.measured_s * (1 + 0.01 * launch)));
      if (g.algorithm != Algorithm::ring) std::get<Measurement>(rows.back().result).purpose = Purpose::show;
    }
  }
  inputs.measured.push_back(file_of("measured.jsonl", std::move(rows), Json{{"launch", 0}}));
  inputs.simulated.push_back(file_of("simulated.jsonl", std::move(predictions)));
  return inputs;
}

Ranking only_ranking(const std::vector<Given>& given) {
  const Comparison comparison = compare(inputs_of(given));
  REQUIRE(comparison.rankings.size() == 1);
  return comparison.rankings.front();
}

}  // namespace

TEST_CASE("a model that puts the algorithms in the measured order agrees, however far off it is") {
  const Ranking ranking = only_ranking(
      {{Algorithm::direct, 3e-3, 9e-3}, {Algorithm::ring, 1e-3, 3e-3}, {Algorithm::halving_doubling, 2e-3, 4e-3}});
  REQUIRE(ranking.times.size() == 3);
  CHECK(as_collective(ranking.times[0].experiment)->algorithm == Algorithm::ring);
  CHECK(as_collective(ranking.times[2].experiment)->algorithm == Algorithm::direct);
  CHECK(ranking.choice == 0);
  CHECK_FALSE(ranking.flips);
  CHECK(ranking.loss() == 0);
  CHECK(ranking.times[0].scored);
  CHECK_FALSE(ranking.times[1].scored);
}

TEST_CASE("a flip beyond the intervals is one, and says what it costs") {
  // The median of 1.00 .. 1.05 times 1 ms is 1.025 ms: the simulated 2 ms are 1.951 times as much.
  const Ranking ranking = only_ranking({{Algorithm::ring, 1e-3, 2e-3}, {Algorithm::halving_doubling, 1.5e-3, 1e-3}});
  CHECK(ranking.choice == 1);
  CHECK(ranking.flips);
  CHECK(ranking.loss() == Approx(0.5));
  CHECK(ranking.times[0].ratio == Approx(2 / 1.025).epsilon(1e-3));
}

TEST_CASE("a flip within the intervals is none that the measurement can tell") {
  const Ranking ranking = only_ranking({{Algorithm::ring, 1e-3, 2e-3}, {Algorithm::halving_doubling, 1.01e-3, 1e-3}});
  CHECK(ranking.choice == 1);
  CHECK_FALSE(ranking.flips);
}

TEST_CASE("too few launches cannot tell a flip") {
  Inputs inputs = inputs_of({{Algorithm::ring, 1e-3, 2e-3}, {Algorithm::halving_doubling, 1.5e-3, 1e-3}});
  std::erase_if(inputs.measured.front().records, [](const Record& record) { return record.launch > 4; });
  const Comparison comparison = compare(inputs);
  REQUIRE(comparison.least_launches == 6);
  CHECK(comparison.rankings.front().choice == 1);
  CHECK_FALSE(comparison.rankings.front().flips);
}

TEST_CASE("shown rows change no verdict, no aggregate and leave nothing unpaired") {
  Inputs inputs = inputs_of({{Algorithm::ring, 1e-3, 1e-3}, {Algorithm::direct, 1e-3, 9e-3}});
  const Comparison comparison = compare(inputs);
  CHECK(comparison.pairs.size() == 1);
  CHECK(comparison.unpaired.empty());
  for (const Aggregate& a : comparison.aggregates) CHECK(a.rows == 1);
}

TEST_CASE("a model that knows one algorithm only has nothing to choose") {
  CHECK(compare(inputs_of({{Algorithm::ring, 1e-3, 1e-3}})).rankings.empty());
}

TEST_CASE("each algorithm's error is over all its sizes, scored and shown") {
  const Comparison comparison =
      compare(inputs_of({{Algorithm::ring, 1e-3, 2.05e-3}, {Algorithm::direct, 1e-3, 1.025e-3}}));
  const std::vector<AlgorithmError> errors = algorithm_errors(comparison.rankings);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].algorithm == Algorithm::ring);
  CHECK(errors[0].log_error == Approx(1.0).epsilon(1e-3));  // twice too slow
  CHECK(errors[0].bias == Approx(1.0).epsilon(1e-3));
  CHECK(errors[1].log_error == Approx(0).margin(1e-3));
  CHECK(errors[1].rows == 1);
}

TEST_CASE("a ranking comes back from JSON as it was, and nothing else does") {
  const Ranking ranking = only_ranking({{Algorithm::ring, 1e-3, 2e-3}, {Algorithm::direct, 1.5e-3, 1e-3}});
  const Json json = to_json(ranking);
  CHECK(to_json(parse_ranking(json, "r")) == json);
  Json broken = json;
  broken["choice"] = 2;
  CHECK_THROWS_WITH(parse_ranking(broken, "r"), Contains("choice"));
  broken = json;
  broken["times"] = Json::array();
  CHECK_THROWS_WITH(parse_ranking(broken, "r"), Contains("at least one time"));
  broken = json;
  broken["times"][0]["ratio"] = 0;
  CHECK_THROWS_WITH(parse_ranking(broken, "r"), Contains("ratio"));
  broken = json;
  broken["times"][0]["experiment"] = to_json(Experiment{PingPong{8_B, 1, 1}, 2});
  CHECK_THROWS_WITH(parse_ranking(broken, "r"), Contains("a collective"));
  broken = json;
  broken["more"] = 1;
  CHECK_THROWS_WITH(parse_ranking(broken, "r"), Contains("more"));
}
