#include "validate/gate/lint.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/campaign.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

std::vector<Pair> pairs_with(std::vector<double> ratios) {
  std::vector<Pair> pairs;
  for (const double ratio : ratios) {
    Pair pair;
    pair.model = "cluster";
    pair.system_id = host;
    pair.experiment = all_reduce(1_MiB, 2);
    pair.ratio = ratio;
    pairs.push_back(pair);
  }
  return pairs;
}

std::map<std::string, Predictor> models_of(std::vector<Record> records) {
  const std::vector<RecordFile> files{file_of("simulated.jsonl", std::move(records))};
  return gather_models(files, {});
}

}  // namespace

TEST_CASE("GB read as GiB shows as 1e9 / 2^30 = 0.9313 in every row") {
  const std::vector<Lint> lints = lint_units(pairs_with({0.931, 0.932, 0.930}));
  REQUIRE(lints.size() == 1);
  REQUIRE(lints[0].rule == "unit-slip");
  REQUIRE_THAT(lints[0].what, Contains("read as GiB/s"));
}

TEST_CASE("a thousandfold error hints at a prefix, a scattered or small one at nothing") {
  REQUIRE_THAT(lint_units(pairs_with({1000, 1001, 999})).at(0).what, Contains("prefix"));
  REQUIRE_THAT(lint_units(pairs_with({0.5, 0.5, 0.5})).at(0).what, Contains("one direction"));
  REQUIRE(lint_units(pairs_with({0.931, 0.8, 1.1})).empty());
  REQUIRE(lint_units(pairs_with({1.01, 1.02, 1.01})).empty());
  REQUIRE(lint_units(pairs_with({1000, 1000})).empty());  // two rows are no pattern
}

TEST_CASE("time may not fall by more than a fifth while bytes grow fourfold") {
  const auto with_second = [](Bytes bytes, double time_s) {
    return lint_growth({}, models_of({simulated(all_reduce(1_KiB, 2), 1.0), simulated(all_reduce(bytes, 2), time_s)}));
  };
  REQUIRE(with_second(4_KiB, 0.81).empty());
  REQUIRE(with_second(2_KiB, 0.5).empty());
  const std::vector<Lint> lints = with_second(4_KiB, 0.79);
  REQUIRE(lints.size() == 1);
  REQUIRE(lints[0].rule == "not-monotone");
  REQUIRE_THAT(lints[0].what, Contains("1 KiB take 1 s, but 4 KiB only 0.79 s"));
}

TEST_CASE("measured series are looked at as well") {
  MeasuredRow small;
  small.experiment = all_reduce(1_KiB, 2);
  small.system_id = host;
  small.median = Seconds{1};
  MeasuredRow large = small;
  large.experiment = all_reduce(64_KiB, 2);
  large.median = Seconds{0.1};
  REQUIRE_THAT(lint_growth(std::vector{small, large}, {}).at(0).what, Contains("measured"));
}

TEST_CASE("equal predictions at different scales") {
  REQUIRE(lint_scales(models_of({simulated(all_reduce(1_KiB, 2), 1.0), simulated(all_reduce(1_KiB, 4), 1.5)})).empty());
  const auto lints =
      lint_scales(models_of({simulated(all_reduce(1_KiB, 2), 1.0), simulated(all_reduce(1_KiB, 4), 1.0)}));
  REQUIRE(lints.size() == 1);
  REQUIRE(lints[0].rule == "equal-across-scales");
}
