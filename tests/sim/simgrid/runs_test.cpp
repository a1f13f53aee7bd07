#include "sim/simgrid/runs.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/simgrid/records.hpp"
#include "tests/sim/simgrid/records.hpp"

namespace ringtrue::simgrid {
namespace {

using Catch::Matchers::Contains;

/// A folder of its own for each test, gone afterwards.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("ringtrue-simgrid-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

Suite suite(const std::string& ranks = "2") {
  return parse_suite(R"({"name": "small", "ranks": [)" + ranks + R"(], "launches": 1, "score": [
    {"collective": "all_reduce", "algorithm": "ring", "bytes": ["16 B", "2 MiB"], "dtype": "float32", "op": "sum",
     "in_place": true, "segment_bytes": "1 MiB", "segments_in_flight": 2}], "show": [
    {"collective": "all_gather", "algorithm": "ring", "bytes": "8 KiB", "in_place": false, "segment_bytes": "1 MiB",
     "segments_in_flight": 2},
    {"collective": "all_reduce", "algorithm": "library", "bytes": "16 B", "in_place": true}]})",
                     "suite.json");
}

constexpr const char* folder = "host.h1.c2.block.sm-p2";

TEST_CASE("rows are what has a schedule of ours, with the price of every piece") {
  const std::vector<Run> runs = make_runs({suite()}, calibration_of(two_ranks()));
  REQUIRE(runs.size() == 1);
  REQUIRE(runs.front().folder == folder);
  const std::vector<PricedRow>& rows = runs.front().rows;
  REQUIRE(rows.size() == 3);  // not the library's
  // 2 MiB over two ranks: one segment of 1 MiB is added, at 0.1 ns/B.
  REQUIRE(rows[1].reduce_s.size() == 1);
  REQUIRE(rows[1].reduce_s.at(1048576) == Approx(0.1e-9 * 1048576));
  REQUIRE(rows[1].copy_s.empty());
  // Out of place, a rank copies its own half of 8 KiB, at 0.05 ns/B.
  REQUIRE(rows[2].reduce_s.empty());
  REQUIRE(rows[2].copy_s.at(4096) == Approx(0.05e-9 * 4096));
  REQUIRE_FALSE(rows[1].extrapolated);
}

TEST_CASE("larger pieces than any that was calibrated are extrapolated") {
  std::vector<Record> records = two_ranks();
  std::erase_if(records, [](const Record& r) { return message_bytes(r.experiment) == 2_MiB; });
  REQUIRE(make_runs({suite()}, calibration_of(records)).front().rows[1].extrapolated);
}

TEST_CASE("nothing at the calibrated numbers of ranks is an error") {
  REQUIRE_THROWS_WITH(make_runs({suite("3")}, calibration_of(two_ranks())), Contains("nothing to simulate"));
}

void write_small_runs(const std::filesystem::path& out) {
  const Calibration calibration = calibration_of(two_ranks());
  write_runs(make_runs({suite()}, calibration), {suite()}, calibration, out);
}

/// Results as bench/smpi writes them: each row takes 5 us of simulated time and 3 ms of wall time, all 10 ms.
void write_results(const std::filesystem::path& out) {
  std::string results;
  for (const PricedRow& row : read_priced_rows(out / folder / "rows.jsonl")) {
    const SimulatedRow result{.key = experiment_key(row.experiment), .time = Seconds{5e-6}, .wall = Seconds{3e-3}};
    results += to_json(result).dump() + "\n";
  }
  write_text_file(out / folder / "results.jsonl", results);
  write_text_file(out / folder / "total_s", "0.010000000\n");
}

std::vector<PlatformFile> own_fit() {
  return {{.name = "platform.json", .hash = "", .platforms = fit(calibration_of(two_ranks()))}};
}

/// Runs the work and says that it took 1 ms.
Seconds one_millisecond(const std::function<void()>& work) {
  work();
  return Seconds{1e-3};
}

TEST_CASE("what smpirun leaves becomes records, with both wall times in the context") {
  const Folder out;
  write_small_runs(out.path());
  REQUIRE(std::filesystem::exists(out.path() / folder / "platform.xml"));
  REQUIRE(read_text_file(out.path() / folder / "hostfile") == "host0\nhost0\n");
  write_results(out.path());
  const Collected collected = collect_records(out.path(), own_fit(), "smpi-1", one_millisecond);
  REQUIRE(collected.file.records.size() == 3);
  const Record& first = collected.file.records.front();
  REQUIRE(first.source == "smpi-1");
  REQUIRE(first.system_id == one_host);
  REQUIRE(time_of(first) == Seconds{5e-6});
  const Json& context = collected.file.contexts.front();
  REQUIRE(context.at("model_kind").at("smpi-1") == "smpi");
  REQUIRE(context.at("fitted_on").size() == two_ranks().size());
  REQUIRE(context.at("suites")[0].at("name") == "small");
  const Json& speed = context.at("speed")[0];
  REQUIRE(speed.at("ranks") == 2);
  REQUIRE(speed.at("rows") == 3);
  REQUIRE(speed.at("simulation_s").get<double>() == Approx(9e-3));
  REQUIRE(speed.at("start_up_s").get<double>() == Approx(1e-3));  // 10 ms less the rows
  REQUIRE(speed.at("own_s").get<double>() == Approx(3e-3));
  REQUIRE_THAT(speed_text(collected), Contains("2 ranks, 3 rows: SMPI 0.009 s") && Contains("3.0 x faster"));
  const auto ten_milliseconds = [](const std::function<void()>&) { return Seconds{1e-2}; };
  REQUIRE_THAT(speed_text(collect_records(out.path(), own_fit(), "smpi-1", ten_milliseconds)),
               Contains("SMPI 0.009 s") && Contains("ours 0.0300 s, 3.3 x slower"));
}

TEST_CASE("results that are missing, of another row or of no time are refused") {
  const Folder out;
  write_small_runs(out.path());
  write_results(out.path());
  const std::filesystem::path results = out.path() / folder / "results.jsonl";
  const std::string text = read_text_file(results);
  const auto collect = [&] { return collect_records(out.path(), own_fit(), "smpi-1", one_millisecond); };
  write_text_file(results, text.substr(0, text.find('\n') + 1));
  REQUIRE_THROWS_WITH(collect(), Contains("1 results for 3 rows"));
  write_text_file(results, text.substr(text.find('\n') + 1));
  REQUIRE_THROWS_WITH(collect(), Contains("results.jsonl:1") && Contains("not the next"));
  std::string no_time = text;
  write_text_file(results, no_time.replace(text.find("5e-06"), 5, "0"));
  REQUIRE_THROWS_WITH(collect(), Contains("no time"));
  write_text_file(results, text);
  REQUIRE_THROWS_WITH(collect_records(out.path(), {}, "smpi-1", one_millisecond), Contains("no cluster model"));
  REQUIRE_NOTHROW(collect());
}

}  // namespace
}  // namespace ringtrue::simgrid
