// Hold-out: what was fitted on a published row is never compared with it.
#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "tests/validate/campaign.hpp"
#include "validate/join/join.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;

namespace {

const std::string gpus = "hgx-h100.h1.nvswitch.one_process";

Record reference_of(Bytes bytes, const std::string& source, double time_s = 1) {
  return {.experiment = all_reduce(bytes, 2),
          .system_id = gpus,
          .source = source,
          .campaign = "",
          .launch = 0,
          .result = Publication{.time = Seconds{time_s}, .sigma = {}, .how_read = {}, .as_printed = "1 s"}};
}

PublishedFile references_of(std::vector<Record> records) {
  PublishedFile file;
  file.name = "references.json";
  file.context = {Json::object()};
  file.records = std::move(records);
  return file;
}

/// A prediction of a fold; without fold a plain one.
Record fold_row(Bytes bytes, double time_s, const std::string& fold = "", const std::string& model = "nccl by source") {
  Record record = simulated(all_reduce(bytes, 2), time_s, "", model);
  record.system_id = gpus;
  std::get<Simulation>(record.result).fold = fold;
  return record;
}

Json folds(const Json& rows) { return Json{{"fitted_on", Json::array()}, {"folds", rows}}; }

Joined join_with(const std::vector<RecordFile>& files, std::vector<Record> references) {
  return join_published(std::vector{references_of(std::move(references))}, gather_models(files, {}), 1);
}

std::string complaint_of(const std::vector<RecordFile>& files) {
  try {
    gather_models(files, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

double ratio_of(const Joined& joined, const std::string& source) {
  for (const JoinedRow& row : joined.rows)
    if (row.pair.reference_source == source) return row.pair.ratio;
  return 0;
}

const Record of_a = reference_of(1_MiB, "a"), of_b = reference_of(1_MiB, "b"), of_c = reference_of(1_MiB, "c");

}  // namespace

TEST_CASE("a published row meets the fold that it was held out of") {
  // Two sources ask the same. Without a the model says 2 s, without b 4 s; neither was fitted on c.
  const RecordFile file = file_of("s.jsonl", {fold_row(1_MiB, 2, "without a"), fold_row(1_MiB, 4, "without b")},
                                  folds({{"without a", {record_id(of_b)}}, {"without b", {record_id(of_a)}}}));
  const Joined joined = join_with({file}, {of_a, of_b, of_c});
  REQUIRE(joined.rows.size() == 3);
  CHECK(ratio_of(joined, "a") == Approx(2).epsilon(1e-12));
  CHECK(ratio_of(joined, "b") == Approx(4).epsilon(1e-12));
  CHECK(ratio_of(joined, "c") == Approx(2).epsilon(1e-12));  // the first by name
}

TEST_CASE("a row that every fold was fitted on stays unpaired, and is listed") {
  const Json both{record_id(of_a), record_id(of_b)};
  const RecordFile file =
      file_of("s.jsonl", {fold_row(1_MiB, 2, "one"), fold_row(1_MiB, 4, "two")}, folds({{"one", both}, {"two", both}}));
  const Joined joined = join_with({file}, {of_a, of_c});
  REQUIRE(joined.rows.size() == 1);
  CHECK(joined.rows.front().pair.reference_source == "c");
  REQUIRE(joined.unpaired.size() == 1);
  CHECK(joined.unpaired.front().model == "nccl by source");
  CHECK_FALSE(joined.unpaired.front().fails);
}

TEST_CASE("records that name a fold which the context does not know are refused") {
  const auto refused = [](const Json& context) {
    return complaint_of({file_of("s.jsonl", {fold_row(1_MiB, 2, "without a")}, context)});
  };
  const auto is_unknown = [&](const Json& context) {
    CHECK_THAT(refused(context), Contains("s.jsonl") && Contains("'without a'") && Contains("what it was fitted on"));
  };
  is_unknown(Json::object());
  is_unknown(folds(Json::object()));
  is_unknown(folds({{"without b", {"x"}}}));
  is_unknown(folds({{"without a", Json::array()}}));  // fitted on nothing is not held out of anything
  is_unknown(Json{{"folds", 3}});
  CHECK_THAT(refused(folds({{"without a", "everything"}})), Contains("'folds' of the context must be"));
  CHECK_THAT(refused(folds({{"without a", {1}}})), Contains("'folds' of the context must be"));
  CHECK(refused(folds({{"without a", {"x"}}})) == "no error");
}

TEST_CASE("a fold that stands in two files was fitted on the rows of both") {
  // The second file's model knows a; the first's does not say so.
  const std::vector<RecordFile> files{
      file_of("1.jsonl", {fold_row(1_KiB, 2, "even")}, folds({{"even", {record_id(of_b)}}})),
      file_of("2.jsonl", {fold_row(1_MiB, 2, "even")}, folds({{"even", {record_id(of_a)}}}))};
  const Joined joined = join_with(files, {of_a, of_b, of_c});
  REQUIRE(joined.rows.size() == 1);
  CHECK(joined.rows.front().pair.reference_source == "c");
}

TEST_CASE("a plain prediction is not compared with a row of fitted_on, and nothing is missing for it") {
  const RecordFile file = file_of("s.jsonl", {fold_row(1_MiB, 2, "", "nccl")}, Json{{"fitted_on", {record_id(of_a)}}});
  const Joined joined = join_with({file}, {of_a, of_b});
  REQUIRE(joined.rows.size() == 1);
  CHECK(joined.rows.front().pair.reference_source == "b");
  CHECK(joined.unpaired.empty());
}

TEST_CASE("of a model with both, a fitted row meets its fold, another the plain prediction") {
  Json context = folds({{"without a", {record_id(of_b)}}});
  context["fitted_on"] = {record_id(of_a)};
  const RecordFile file =
      file_of("s.jsonl", {fold_row(1_MiB, 3, "", "nccl"), fold_row(1_MiB, 2, "without a", "nccl")}, context);
  const Joined joined = join_with({file}, {of_a, of_b});
  REQUIRE(joined.rows.size() == 2);
  CHECK(ratio_of(joined, "a") == Approx(2).epsilon(1e-12));
  CHECK(ratio_of(joined, "b") == Approx(3).epsilon(1e-12));
}

TEST_CASE("folds predict published rows only") {
  const RecordFile file =
      file_of("s.jsonl", {fold_row(1_MiB, 2, "without a")}, folds({{"without a", {record_id(of_b)}}}));
  const auto models = gather_models(std::vector{file}, {});
  CHECK(models.at("nccl by source").find(all_reduce(1_MiB, 2), gpus) == nullptr);
  CHECK(models.at("nccl by source").knows(gpus, false));
  CHECK_FALSE(model_context(models.at("nccl by source")).contains("folds"));
}

TEST_CASE("a protocol that one side leaves open is said") {
  Record forced = of_a;
  std::get<CollectiveRun>(forced.experiment.workload).protocol = Protocol::ll;
  const RecordFile file = file_of("s.jsonl", {fold_row(1_MiB, 2, "", "nccl")});
  const Joined joined = join_with({file}, {forced});
  REQUIRE(joined.rows.size() == 1);
  CHECK(joined.rows.front().pair.matched_any == "protocol");
  CHECK(as_collective(joined.rows.front().pair.experiment)->protocol == Protocol::ll);
  // Two protocols that differ do not match.
  Record other = fold_row(1_MiB, 2, "", "nccl");
  std::get<CollectiveRun>(other.experiment.workload).protocol = Protocol::simple;
  CHECK(join_with({file_of("s.jsonl", {other})}, {forced}).rows.empty());
}
