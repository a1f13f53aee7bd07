// Statistics of the gate as a whole, on campaigns of known truth.
#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/campaign.hpp"
#include "tests/validate/synthetic.hpp"
#include "validate/aggregate.hpp"
#include "validate/gate/verdict.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;

namespace {

constexpr int campaigns = 40;

Outcome judge(const std::vector<ResampledRow>& rows) {
  Comparison c;
  std::vector<JoinedRow> joined;
  for (const ResampledRow& row : rows) {
    Pair pair;
    pair.model = "cluster";
    pair.system_id = host;
    pair.experiment = all_reduce(Bytes{1000 * static_cast<std::int64_t>(joined.size() + 1)}, 2);
    pair.ratio = std::exp(row.log_ratio);
    joined.push_back({pair, row});
  }
  c.aggregates = aggregate(joined, 0.001);
  MeasuredRow measured_row;
  measured_row.experiment = joined.front().pair.experiment;
  measured_row.system_id = host;
  c.measured.push_back(measured_row);
  return decide(*campaign(1).budgets, c).front().outcome;
}

int count(Outcome wanted, double true_log_ratio, Noise noise) {
  std::mt19937_64 generator(11);
  int found = 0;
  for (int i = 0; i < campaigns; ++i)
    found += judge(synthetic_rows(std::vector<double>(8, true_log_ratio), 6, noise, generator)) == wanted;
  return found;
}

}  // namespace

TEST_CASE("a model that is 30 % wrong never passes a budget of 15 %, however noisy the launches") {
  const double noise = GENERATE(0.0, 0.01, 0.05, 0.1, 0.15, 0.2, 0.4, 1.0);
  const bool too_fast = GENERATE(false, true);
  const double truth = too_fast ? -std::log(1.3) : std::log(1.3);
  CAPTURE(noise, too_fast);
  REQUIRE(count(Outcome::pass, truth, {.per_row = noise, .per_launch = 0}) == 0);
  REQUIRE(count(Outcome::pass, truth, {.per_row = noise / 4, .per_launch = noise}) == 0);
}

TEST_CASE("a model that is 30 % wrong fails, and a perfect one passes, where launches differ by 2 %") {
  REQUIRE(count(Outcome::fail, std::log(1.3), {.per_row = 0.02, .per_launch = 0}) == campaigns);
  REQUIRE(count(Outcome::pass, 0, {.per_row = 0.02, .per_launch = 0}) == campaigns);
}
