#include "experiment/record/published_file.hpp"

#include <filesystem>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"
#include "experiment/system.hpp"

using namespace ringtrue;
using Catch::Contains;

namespace {

Json small_file() {
  const std::string text = R"({
    "schema": 1,
    "context": {"source": "a paper", "url": "unknown", "licence": "MIT", "system": "one node", "nccl_version": "2.29.2",
                "launch_mode": "unknown", "how_read": "a table", "sigma": "half a digit", "caveats": ["one"],
                "a key of its own": [1, 2]},
    "role": "reference",
    "records": [{"experiment": {"collective": "all_reduce", "algorithm": "ring", "bytes": 1024, "dtype": null,
                                "op": "sum", "in_place": null, "protocol": "ll128", "ranks": 2},
                 "system_id": "hgx-h100.h1.nvswitch", "origin": "published", "source": "a paper, table 1",
                 "time_s": {"value": 1e-05, "sigma": 1e-08}, "how_read": "tabulated", "as_printed": "10 us",
                 "chosen": "ring/ll128"}],
    "scalars": [{"name": "geomean_error", "ranks": 2, "value": 0.2, "as_printed": "20 %", "source": "table 2"}]})";
  return parse_json(text, "p.json");
}

std::string complaint_about(const Json& json) {
  try {
    parse_published(json.dump(), "p.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::filesystem::path> shipped_files() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(RINGTRUE_SOURCE_DIR) + "/validate/published"))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

TEST_CASE("a published file is read with its provenance") {
  const PublishedFile file = parse_published(small_file().dump(), "p.json");
  CHECK(file.name == "p.json");
  CHECK(file.model.empty());
  CHECK(file.provenance.source == "a paper");
  CHECK(file.provenance.launch_mode == "unknown");
  CHECK(file.provenance.caveats == std::vector<std::string>{"one"});
  REQUIRE(file.records.size() == 1);
  CHECK(as_collective(file.records.front().experiment)->protocol == Protocol::ll128);
  CHECK(std::get<Publication>(file.records.front().result).chosen == "ring/ll128");
  CHECK(file.scalars.at(0).as_printed == "20 %");
}

TEST_CASE("each part of the provenance has to be there, in words") {
  for (const std::string key :
       {"source", "url", "licence", "system", "nccl_version", "launch_mode", "how_read", "sigma"}) {
    Json json = small_file();
    json["context"].erase(key);
    CHECK_THAT(complaint_about(json), Contains("p.json/context") && Contains("'" + key + "' is missing"));
    json["context"][key] = "";
    CHECK_THAT(complaint_about(json),
               Contains("'" + key + "'") && Contains("write 'unknown' if the source does not say"));
    json["context"][key] = 3;
    CHECK_THAT(complaint_about(json), Contains("'" + key + "'"));
    json["context"][key] = "unknown";
    CHECK(complaint_about(json) == "no error");
  }
  Json json = small_file();
  json["context"].erase("caveats");
  CHECK_THAT(complaint_about(json), Contains("caveats"));
  json["context"]["caveats"] = "none";
  CHECK_THAT(complaint_about(json), Contains("caveats") && Contains("list of texts"));
}

TEST_CASE("a record without source is not taken") {
  Json json = small_file();
  json["records"][0]["source"] = "";
  CHECK_THAT(complaint_about(json), Contains("p.json/records/0") && Contains("a number without source is not taken"));
  json["records"][0].erase("source");
  CHECK_THAT(complaint_about(json), Contains("p.json/records/0") && Contains("source"));
}

TEST_CASE("a record may not stand twice, but may contradict another source") {
  Json json = small_file();
  json["records"].push_back(json["records"][0]);
  CHECK_THAT(complaint_about(json), Contains("p.json/records/1") && Contains("stands twice") && Contains(".ll128.p2"));
  json["records"][1]["time_s"]["value"] = 2e-5;  // another time of the same run is no other run
  CHECK_THAT(complaint_about(json), Contains("stands twice"));
  json["records"][1]["source"] = "a paper, table 2";
  CHECK(complaint_about(json) == "no error");
  CHECK(parse_published(json.dump(), "p.json").records.size() == 2);
}

TEST_CASE("a time is above zero, and no key is unknown") {
  Json json = small_file();
  json["records"][0]["time_s"]["value"] = 0;
  CHECK_THAT(complaint_about(json), Contains("value") && Contains("a time above zero"));
  json = small_file();
  json["records"][0]["time_s"]["sigma"] = -1;
  CHECK_THAT(complaint_about(json), Contains("sigma"));
  json = small_file();
  json["records"][0]["choosen"] = "ring";
  CHECK_THAT(complaint_about(json), Contains("unknown key 'choosen'"));
  json = small_file();
  json["scalars"][0].erase("source");
  CHECK_THAT(complaint_about(json), Contains("p.json/scalars/0") && Contains("source"));
  json = small_file();
  json["records"] = Json::object();
  CHECK_THAT(complaint_about(json), Contains("records") && Contains("a list"));
}

TEST_CASE("every published file that comes with us can be read, and survives a round trip") {
  REQUIRE(shipped_files().size() >= 9);
  for (const std::filesystem::path& path : shipped_files()) {
    INFO(path);
    const PublishedFile file = read_published(path);
    CHECK_FALSE(file.records.empty());
    const PublishedFile again = parse_published(published_text(file), path.string());
    CHECK(published_text(again) == published_text(file));
    CHECK(again.context.front() == file.context.front());
    CHECK(again.model == file.model);
    CHECK(again.scalars.size() == file.scalars.size());
    REQUIRE(again.records.size() == file.records.size());
    for (std::size_t i = 0; i < file.records.size(); ++i)
      REQUIRE(to_json(again.records[i]).dump() == to_json(file.records[i]).dump());
  }
}

TEST_CASE("what the files of GPUs hold: seconds as printed, systems that are nodes of GPUs, no row in two files") {
  std::set<std::string> ids;
  for (const std::filesystem::path& path : shipped_files()) {
    INFO(path);
    const PublishedFile file = read_published(path);
    for (const Record& record : file.records) {
      const auto& p = std::get<Publication>(record.result);
      CHECK(parse_gpu_system(record.system_id).has_value());
      CHECK(std::stod(p.as_printed) * 1e-6 == Approx(p.time.count()).epsilon(1e-9));
      CHECK_THAT(p.as_printed, Catch::EndsWith(" us"));
      CHECK(p.sigma.count() > 0);
      CHECK(ids.insert(file.model + record_id(record)).second);
    }
  }
}
