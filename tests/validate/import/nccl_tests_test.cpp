#include "validate/import/nccl_tests.hpp"

#include <unistd.h>

#include <filesystem>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/import/logs.hpp"
#include "validate/compare.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

ImportedRecords imported_text(const std::vector<std::string>& texts, const NcclTestsOptions& options = {},
                              const std::string& name = "x") {
  std::vector<NamedText> logs;
  for (const std::string& text : texts)
    logs.push_back({.name = name + std::to_string(logs.size()) + ".log", .text = text});
  return import_nccl_tests(logs, options);
}

std::string import_complaint(const std::string& text, const NcclTestsOptions& options = {},
                             const std::string& name = "x") {
  return complaint([&] { imported_text({text}, options, name); });
}

std::string system_of(const std::string& text) { return imported_text({text}).file.records.at(0).system_id; }

const Measurement& measurement_in(const ImportedRecords& imported, std::size_t index) {
  return std::get<Measurement>(imported.file.records.at(index).result);
}

const std::string table = log_columns + log_row(8, "20.5", "21.5") + log_footer;

std::string four_gpus(const std::string& hosts, bool one_process_each_host) {
  std::string text = with(log_settings, "nGpus 2", one_process_each_host ? "nGpus 2" : "nGpus 1");
  for (int rank = 0; rank < 4; ++rank)
    text += log_device(rank, one_process_each_host ? 50 : 50 + rank,
                       std::string("node-") + hosts.at(static_cast<std::size_t>(rank)));
  return starting + text + table;
}

/// Predictions of the experiments of the records, as another program would make them.
RecordFile predictions(const ImportedRecords& imported, double factor) {
  RecordFile file{.name = "simulated.jsonl", .hash = "0", .contexts = {Json::object()}, .records = {}, .warnings = {}};
  for (const Record& record : imported.file.records) {
    if (record.launch != 0) continue;
    Simulation s;
    s.time = factor * time_of(record);
    file.records.push_back({.experiment = record.experiment,
                            .system_id = record.system_id,
                            .source = "model",
                            .campaign = "",
                            .launch = 0,
                            .result = s});
  }
  return file;
}

}  // namespace

TEST_CASE("a log becomes records: a mean of ranks, all five numbers the printed one") {
  const ImportedRecords imported = imported_text({whole_log}, {.testbed = "hgx-h100", .fabric = "nvswitch"});
  REQUIRE(imported.file.records.size() == 4);  // two sizes, out of place and in place
  const Record& first = imported.file.records[0];
  CHECK(experiment_key(first.experiment) == "all_reduce.library.8B.float32.sum.out_of_place.p2");
  CHECK(experiment_key(imported.file.records[3].experiment) == "all_reduce.library.64B.float32.sum.in_place.p2");
  CHECK(first.system_id == "hgx-h100.h1.nvswitch.one_process");
  CHECK((first.source == "nccl-tests 2.18.3" && first.campaign == "imported" && first.launch == 0));
  const Measurement& m = measurement_in(imported, 0);
  CHECK((m.time.n == 20 && m.time.min == m.time.max && m.purpose == Purpose::score));
  CHECK_THAT(m.time.median.count(), WithinRel(20.5e-6, 1e-12));
  CHECK((m.clock == Clock::mean_of_ranks && !m.canary && m.verified && !m.oversubscribed));
  CHECK((imported.warnings.empty() && imported.unverified == 0 && imported.wrong == 0));
}

TEST_CASE("the context says where the numbers come from") {
  const ImportedRecords imported = imported_text({whole_log, whole_log});
  REQUIRE(imported.file.contexts.size() == 1);
  const Json& context = imported.file.contexts[0];
  CHECK((context["tool"] == "ringtrue-validate import nccl-tests" && context["clock"] == "mean_of_ranks"));
  REQUIRE(context["logs"].size() == 2);
  const Json& log = context["logs"][1];
  CHECK((log["launch"] == 1 && log["file"] == "x1.log" && log["hash"] == content_hash(whole_log)));
  CHECK((log["tool_version"] == "2.18.3" && log["nccl_version"] == "2.29.2" && log["ranks"] == 2));
  CHECK((log["hosts"] == Json{"node-a"} && log["devices"] == Json{"NVIDIA H100 80GB HBM3"}));
  CHECK(log["settings"]["iters"] == 20);
}

TEST_CASE("records are read back as they were written") {
  const ImportedRecords imported = imported_text({whole_log, whole_log});
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("ringtrue_import_nccl_tests." + std::to_string(getpid()));
  write_text_file(path, record_file_text(imported.file));
  const RecordFile read = read_record_file(path);
  std::filesystem::remove(path);
  CHECK((read.records.size() == 8 && read.warnings.empty()));
  CHECK(record_file_text(read) == record_file_text(imported.file));
}

TEST_CASE("nodes are hosts, the launch mode is told by processes") {
  CHECK(system_of(four_gpus("aaaa", false)) == "gpu.h1.unknown.process_per_gpu");
  CHECK(system_of(four_gpus("aabb", false)) == "gpu.h2.unknown.process_per_gpu");
  CHECK(system_of(four_gpus("aabb", true)) == "gpu.h2.unknown.one_process");  // 2 GPUs a process, 1 process a host
  CHECK(system_of(with(four_gpus("aabb", false), "graph: 0", "graph: 4")) == "gpu.h2.unknown.cuda_graph");
  const ImportedRecords threads =
      imported_text({with(with(whole_log, "nThread 1", "nThread 2"), "nGpus 2", "nGpus 1")});
  CHECK(threads.file.records[0].system_id == "gpu.h1.unknown");
  CHECK_THAT(threads.warnings.at(0), Contains("--launch-mode can"));
  CHECK(imported_text({whole_log}, {.launch = LaunchMode::cuda_graph}).file.records[0].system_id ==
        "gpu.h1.unknown.cuda_graph");
}

TEST_CASE("devices that fit no run are refused") {
  const std::string none = starting + log_settings + table;
  CHECK_THAT(import_complaint(none), Contains("x0.log:1: no line '#  Rank 0"));
  const std::string alone = starting + with(log_settings, "nGpus 2", "nGpus 1") + log_device(0, 7, "node-a") + table;
  CHECK_THAT(import_complaint(alone), Contains("1 rank sends nothing; build nccl-tests with MPI=1"));
  CHECK_THAT(import_complaint(with(whole_log, "nGpus 2", "nGpus 5")), Contains("2 devices up to rank 1 do not fit"));
  CHECK_THAT(import_complaint(with(whole_log, "Rank  1", "Rank  9")), Contains("2 devices up to rank 9 do not fit"));
}

TEST_CASE("the collective is what the program says, or the option, or a name") {
  const std::string nameless = one_process + table;
  const auto collective = [](const ImportedRecords& imported) {
    return as_collective(imported.file.records.at(0).experiment)->collective;
  };
  CHECK(collective(imported_text({"srun build/all_gather_perf -b 8\n" + nameless})) == Collective::all_gather);
  CHECK(collective(imported_text({nameless}, {}, "logs/AllToAll-8-")) == Collective::all_to_all);
  CHECK(collective(imported_text({nameless}, {.collective = Collective::send_recv})) == Collective::send_recv);
  CHECK(collective(imported_text({nameless}, {.collective = Collective::all_gather}, "all_reduce")) ==
        Collective::all_gather);
  CHECK_THAT(import_complaint(nameless), Contains("x0.log:1: neither the log nor its name says"));
  CHECK_THAT(import_complaint(nameless, {}, "all_reduce_and_all_gather"), Contains("say it with --collective"));
  CHECK_THAT(import_complaint(with(whole_log, "all_reduce_perf", "hypercube_perf")), Contains("hypercube_perf is not"));
  CHECK_THAT(import_complaint(with(whole_log, "all_reduce_perf", "alltoallv_perf")), Contains("alltoallv_perf is not"));
  CHECK_THAT(import_complaint(whole_log, {.collective = Collective::broadcast}), Contains("leave --collective out"));
}

TEST_CASE("algorithm and protocol are the option's, or what the log says was forced, or the library's") {
  const auto key = [](const std::string& algorithm, const NcclTestsOptions& options = {}) {
    const std::string line = "h:1:1 [0] NCCL INFO NCCL_ALGO set by environment to " + algorithm + "\n";
    return experiment_key(imported_text({line + whole_log}, options).file.records.at(0).experiment);
  };
  CHECK_THAT(key("Ring"), Contains("all_reduce.ring.8B"));
  CHECK_THAT(key("Tree"), Contains("all_reduce.double_binary_tree.8B"));
  CHECK_THAT(key("NVLS"), Contains("all_reduce.nvls.8B"));
  CHECK_THAT(key("^Tree"), Contains("all_reduce.library.8B"));
  CHECK_THAT(key("Tree", {.algorithm = Algorithm::nvls}), Contains("all_reduce.nvls.8B"));
  const ImportedRecords forced = imported_text({whole_log}, {.protocol = Protocol::ll128});
  CHECK(as_collective(forced.file.records[0].experiment)->protocol == Protocol::ll128);
}

TEST_CASE("a broadcast has a root, nothing else has") {
  const std::string broadcast =
      with(with(whole_log, "all_reduce_perf", "broadcast_perf"), "     sum      -1", "    none       1");
  const ImportedRecords imported = imported_text({with(broadcast, "     sum      -1", "    none       0")});
  CHECK(as_collective(imported.file.records[0].experiment)->root == 1);
  CHECK(!as_collective(imported.file.records[0].experiment)->op);
  CHECK_THAT(import_complaint(broadcast), Contains("root -1 found among 2 ranks"));
}

TEST_CASE("rows that no experiment of ours is of are left out with a word") {
  const std::string half = with(with(whole_log, "   float", "    half"), " sum", " max");
  CHECK_THAT(import_complaint(with(with(half, "   float", "    half"), " sum", " max")),
             Contains("no row that can be taken"));
  const ImportedRecords imported = imported_text({half});
  CHECK(imported.file.records.size() == 2);
  CHECK_THAT(imported.warnings.at(0), Contains("type half; left out: 1"));
}

TEST_CASE("wrong and unchecked results are records that are not verified") {
  const ImportedRecords wrong = imported_text({with(whole_log, "      0  ", "      3  ")});
  CHECK((wrong.wrong == 1 && wrong.unverified == 1 && !measurement_in(wrong, 0).verified));
  CHECK(measurement_in(wrong, 1).verified);
  CHECK_THAT(wrong.warnings.at(0), Contains("x0.log:12: the result of all_reduce.library.8B"));
  const ImportedRecords unchecked =
      imported_text({starting + one_process + log_columns + log_row(8, "1", "2", "N/A") + log_footer});
  CHECK((unchecked.wrong == 0 && unchecked.unverified == 2 && measurement_in(unchecked, 1).purpose == Purpose::score));
}

TEST_CASE("what nccl-tests never checks in place is shown, not scored") {
  const std::string line = log_row(8, "20.5", "21.5");
  const std::string half_checked = line.substr(0, line.rfind('0')) + "N/A\n";
  const ImportedRecords imported = imported_text({starting + one_process + log_columns + half_checked + log_footer});
  CHECK((measurement_in(imported, 0).purpose == Purpose::score && measurement_in(imported, 0).verified));
  CHECK((measurement_in(imported, 1).purpose == Purpose::show && !measurement_in(imported, 1).verified));
  CHECK((imported.unverified == 0 && imported.shown == 1));
}

TEST_CASE("an experiment stands once in a launch, and words of a system_id are words") {
  CHECK_THAT(import_complaint(whole_log + whole_log),
             Contains("x0.log:28: all_reduce.library.8B.float32.sum.out_of_place.p2 "
                      "stands already at x0.log:12"));
  CHECK_THAT(import_complaint(whole_log, {.testbed = "hgx.h100"}), Contains("--testbed: 'hgx.h100' is no part"));
  CHECK_THAT(import_complaint(whole_log, {.fabric = ""}), Contains("--fabric"));
}

TEST_CASE("an imported campaign pairs with predictions of the same experiments, in any machine state") {
  std::vector<std::string> launches;
  for (const char* time : {"20.5", "20.4", "20.6", "20.7", "20.3", "20.5"})
    launches.push_back(with(whole_log, "20.5", time));
  const ImportedRecords imported = imported_text(launches);
  Inputs inputs;
  inputs.measured.push_back(imported.file);
  inputs.simulated.push_back(predictions(imported, 1.25));
  for (Record& record : inputs.simulated[0].records) std::get<Simulation>(record.result).state = "fast";
  const Comparison comparison = compare(inputs);
  CHECK((comparison.pairs.size() == 4 && comparison.unpaired.empty()));
  // Launch 0 of 64 B out of place is as every other, so that its ratio is the factor.
  for (const Pair& pair : comparison.pairs)
    if (message_bytes(pair.experiment) == 64_B) CHECK(pair.ratio == Approx(1.25));
  CHECK(comparison.measured.at(0).states == std::map<std::string, int>{{"unknown", 6}});
  CHECK((comparison.measured[0].clock == Clock::mean_of_ranks && comparison.measured[0].launches == 6));
  CHECK(to_json(parse_comparison(to_json(comparison), "c")) == to_json(comparison));
}

TEST_CASE("a result that was not verified fails the gate instead of being scored") {
  const ImportedRecords imported = imported_text({with(whole_log, "      0  ", "    N/A  ")});
  Inputs inputs;
  inputs.measured.push_back(imported.file);
  inputs.simulated.push_back(predictions(imported, 1));
  const Comparison comparison = compare(inputs);
  CHECK(comparison.pairs.size() == 3);
  CHECK_THAT(comparison.warnings.at(0), Contains("was not verified in every launch; it is not scored"));
}
