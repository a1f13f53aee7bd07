#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/published_file.hpp"
#include "tests/validate/campaign.hpp"
#include "validate/compare.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinAbs;

namespace {

const std::string folder = std::string(RINGTRUE_SOURCE_DIR) + "/validate/published/astra_hgx_h100/";
const std::string node = "hgx-h100.h1.nvswitch";

Record predicted_on_node(Bytes bytes, int ranks, double time_s) {
  Record record = simulated(all_reduce(bytes, ranks), time_s, "", "alpha_beta");
  record.system_id = node;
  return record;
}

const Aggregate& all_sizes(const Comparison& c, const std::string& model, int ranks) {
  for (const Aggregate& a : c.aggregates)
    if (a.model == model && a.ranks == ranks && a.regime == Regime::all) return a;
  throw std::runtime_error("no such aggregate");
}

Json parsed(const std::string& file) { return read_json_file(folder + file); }

std::string message_of(const Json& json) {
  try {
    parse_published(json.dump(), "p.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the recorded HGX-H100 curves") {
  const PublishedFile hardware = read_published(folder + "hardware.json");
  const PublishedFile astra = read_published(folder + "astra_sim.json");
  REQUIRE(hardware.model.empty());
  REQUIRE(astra.model == "astra-sim-published");
  REQUIRE(hardware.records.size() == 18);  // three scales of six sizes, 64 MiB to 2 GiB
  REQUIRE(astra.records.size() == 18);
  REQUIRE(astra.scalars.size() == 3);
  REQUIRE(astra.scalars[0].value == 0.2063);
  for (const Record& record : hardware.records) {
    REQUIRE(record.system_id == node);
    const auto& p = std::get<Publication>(record.result);
    REQUIRE(std::stod(p.as_printed) * 1e-6 == Approx(p.time.count()).epsilon(1e-12));
  }
}

TEST_CASE("ASTRA-sim's own curve is scored on the hardware's points like any other model") {
  Inputs inputs;
  inputs.published = {read_published(folder + "hardware.json"), read_published(folder + "astra_sim.json")};
  const Comparison c = compare(inputs);
  REQUIRE(c.pairs.size() == 18);
  const Aggregate& at_2 = all_sizes(c, "astra-sim-published", 2);
  // ln of hardware over simulator at 2 GPUs: 215.5/169.7, 405.9/337.6, 780.8/678.6, 1522.5/1351.1, 2995.4/2697.9,
  // 5937.2/5399.1
  const double mean = (std::log(215.5 / 169.7) + std::log(405.9 / 337.6) + std::log(780.8 / 678.6) +
                       std::log(1522.5 / 1351.1) + std::log(2995.4 / 2697.9) + std::log(5937.2 / 5399.1)) /
                      6;
  REQUIRE_THAT(at_2.log_error, WithinAbs(std::expm1(mean), 1e-9));
  REQUIRE(at_2.published);
  REQUIRE(at_2.launches == 0);
  REQUIRE(at_2.rows == 6);
  REQUIRE(at_2.log_error_interval.lower < at_2.log_error);
  REQUIRE(at_2.log_error_interval.upper > at_2.log_error);
  REQUIRE(c.pairs[0].how_read == "digitised");
  REQUIRE(c.outcome() == Outcome::pass);
}

TEST_CASE("what a reference leaves open matches anything and is said") {
  Inputs inputs;
  inputs.published = {read_published(folder + "hardware.json")};
  inputs.simulated = {file_of("s.jsonl", {predicted_on_node(64_MiB, 2, 2155e-7)})};
  const Comparison c = compare(inputs);
  REQUIRE(c.pairs.size() == 1);
  REQUIRE(c.pairs[0].matched_any == "dtype, in_place");
  REQUIRE(as_collective(c.pairs[0].experiment)->dtype == DataType::float32);
  REQUIRE_THAT(c.pairs[0].ratio, WithinAbs(1, 1e-12));
  REQUIRE(c.unpaired.size() == 17);  // the other published rows
  for (const Unpaired& row : c.unpaired) REQUIRE_FALSE(row.fails);
}

TEST_CASE("a prediction of what nobody measured is listed and does not fail") {
  Inputs inputs;
  inputs.simulated = {file_of("s.jsonl", {predicted_on_node(1_MiB, 2, 1e-5)})};
  const Comparison c = compare(inputs);
  REQUIRE(c.unpaired.size() == 1);
  REQUIRE(c.unpaired[0].origin == "simulated");
  REQUIRE_FALSE(c.unpaired[0].fails);
}

TEST_CASE("what a published file may not hold") {
  Json json = parsed("hardware.json");
  json["role"] = "guess";
  REQUIRE_THAT(message_of(json), Contains("reference or prediction"));
  json = parsed("hardware.json");
  json["model"] = "alpha_beta";
  REQUIRE_THAT(message_of(json), Contains("unknown key 'model'"));
  json = parsed("hardware.json");
  json["records"][0] = to_json(simulated(all_reduce(1_KiB, 2), 1));
  REQUIRE_THAT(message_of(json), Contains("published records only"));
  json = parsed("hardware.json");
  json["context"] = "somewhere";
  REQUIRE_THAT(message_of(json), Contains("says where the numbers come from"));
  json = parsed("hardware.json");
  json["schema"] = 2;
  REQUIRE_THAT(message_of(json), Contains("'schema' is 2"));
}
