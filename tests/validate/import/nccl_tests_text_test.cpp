#include <catch2/catch.hpp>

#include "tests/validate/import/logs.hpp"
#include "validate/import/nccl_tests_run.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

NcclTestsLog read_text(const std::string& text) { return read_nccl_tests_text(text, "x.log"); }

NcclTestsRun only_run(const std::string& text) {
  NcclTestsLog log = read_text(text);
  REQUIRE(log.runs.size() == 1);
  return log.runs.front();
}

std::string text_complaint(const std::string& text) {
  return complaint([&] { read_text(text); });
}

/// Of nccl-tests 2.0: colons in the settings, no group, no redop or root in an all-gather, a deviation for an
/// error.
const std::string old_log =
    "# nThread: 1 nGpus: 2 minBytes: 8 maxBytes: 64 step: 2(factor) warmup iters: 5 iters: 100 validation: 1\n#\n"
    "# Using devices\n"
    "#   Rank  0 Pid   5 on node-a device  0 [0x1a] Tesla V100\n"
    "#   Rank  1 Pid   5 on node-a device  1 [0x1b] Tesla V100\n"
    "#       size         count      type     time   algbw   busbw  error     time   algbw   busbw  error\n"
    "          64             8     float    30.50    0.00    0.00  0e+00    31.50    0.00    0.00  2e-07\n"
    "# Out of bounds values : 0 OK\n";

}  // namespace

TEST_CASE("a log of nccl-tests says what ran, where, and how long it took") {
  const NcclTestsRun run = only_run("mpirun -np 1 build/all_reduce_perf\n" + whole_log);
  CHECK((run.version == "2.18.3" && run.nccl_version == "2.29.2" && run.program == "all_reduce_perf"));
  CHECK((run.named_program == "all_reduce_perf" && run.where == "x.log:2"));
  CHECK((run.settings.at("nGpus") == 2 && run.settings.at("iters") == 20 && run.settings.at("warmup iters") == 5));
  CHECK((run.settings.at("graph") == 0 && run.settings.at("agg iters") == 1));
  REQUIRE(run.devices.size() == 2);
  CHECK((run.devices[1].rank == 1 && run.devices[1].process == 77 && run.devices[1].host == "node-a"));
  CHECK(run.devices[1].name == "NVIDIA H100 80GB HBM3");
  REQUIRE(run.rows.size() == 2);
  const PrintedRow& first = run.rows[0];
  CHECK((first.size == 8_B && first.type == "float" && first.redop == "sum" && first.root == -1));
  CHECK_THAT(first.out_of_place->time.count(), WithinRel(20.5e-6, 1e-12));
  CHECK_THAT(first.in_place->time.count(), WithinRel(21.5e-6, 1e-12));
  CHECK((first.out_of_place->wrong == 0.0 && first.in_place->wrong == 0.0));
  CHECK(first.where == "x.log:13");  // 1 of the launcher, 2 of the version, 3 settings, 2 devices, 4 of the table
  CHECK(read_text(whole_log).warnings.empty());
}

TEST_CASE("an old log without redop and root") {
  const NcclTestsRun run = only_run(old_log);
  CHECK((run.version.empty() && run.program.empty() && run.settings.at("iters") == 100));
  CHECK((run.devices[1].host == "node-a" && run.devices[1].name == "Tesla V100"));
  REQUIRE(run.rows.size() == 1);
  CHECK((run.rows[0].redop.empty() && !run.rows[0].root));
  CHECK_THAT(run.rows[0].in_place->time.count(), WithinRel(31.5e-6, 1e-12));
}

TEST_CASE("old deviations are judged by the footer") {
  const auto wrong = [](const std::string& text) { return only_run(text).rows[0].in_place->wrong; };
  CHECK(wrong(old_log) == 0.0);                                   // 2e-07 is rounding
  CHECK(wrong(with(old_log, "2e-07", "1e+00")) == std::nullopt);  // an alltoall in place, which nobody checked
  CHECK(wrong(with(with(old_log, "2e-07", "1e+00"), "0 OK", "1 FAILED")) == 1.0);
  CHECK(wrong(with(old_log, "# Out of bounds values : 0 OK\n", "")) == std::nullopt);
  CHECK(wrong(with(old_log, "2e-07", "N/A")) == std::nullopt);
}

TEST_CASE("a blank redop leaves no word") {
  const std::string blank = with(with(whole_log, "float     sum", "float        "), "float     sum", "float        ");
  const NcclTestsRun run = only_run(blank);
  CHECK((run.rows[0].redop.empty() && run.rows[0].root == -1));
  CHECK_THAT(run.rows[1].in_place->time.count(), WithinRel(23.5e-6, 1e-12));
}

TEST_CASE("a row in place alone, N/A, a timestamp, and more columns of each iteration") {
  const std::string names =
      "# size count type redop root time algbw busbw #wrong i_min i_max time algbw busbw #wrong i_min "
      "i_max timestamp\n";
  const NcclTestsRun run = only_run(one_process + names +
                                    "64 16 float sum -1 9.5 0.1 0.1 N/A 9 10 2026-01-01 12:00:00\n"
                                    "128 32 float sum -1 7.5 0.1 0.1 0 7 8 8.5 0.1 0.1 2 8 9 2026-01-01 12:00:01\n");
  REQUIRE(run.rows.size() == 2);
  CHECK((!run.rows[0].out_of_place && !run.rows[0].in_place->wrong));
  CHECK_THAT(run.rows[0].in_place->time.count(), WithinRel(9.5e-6, 1e-12));
  CHECK_THAT(run.rows[1].in_place->time.count(), WithinRel(8.5e-6, 1e-12));
  CHECK(run.rows[1].in_place->wrong == 2.0);
}

TEST_CASE("several runs in one log, and what others print in between") {
  const std::string second = with(whole_log, "all_reduce_perf", "all_gather_perf");
  const NcclTestsLog log = read_text("NCCL version 2.20.5+cuda12.4\n" + whole_log + "3 of 4 tests done\n" + second +
                                     "node-a:77:80 [0] NCCL INFO NCCL_ALGO set by environment to Ring\n");
  REQUIRE(log.runs.size() == 2);
  CHECK((log.runs[0].program == "all_reduce_perf" && log.runs[1].program == "all_gather_perf"));
  CHECK((log.runs[0].environment.empty() && log.runs[1].environment.at("NCCL_ALGO") == "Ring"));
  CHECK(log.warnings.empty());
  CHECK(only_run(with(whole_log, starting, "NCCL version 2.20.5+cuda12.4\n")).nccl_version == "2.20.5");
}

TEST_CASE("prefixes of mpirun, CR LF and rccl-tests are read") {
  std::string tagged;
  for (std::size_t begin = 0; begin < whole_log.size(); begin = whole_log.find('\n', begin) + 1)
    tagged += "[1,0]<stdout>:" + whole_log.substr(begin, whole_log.find('\n', begin) - begin) + "\r\n";
  CHECK(only_run(tagged).rows.size() == 2);
  CHECK(only_run("rccl-tests: Version develop:1234567\n" + whole_log).tool == "rccl-tests");
}

TEST_CASE("a log that was cut in the middle keeps its whole rows") {
  const std::string cut = whole_log.substr(0, whole_log.find("22.5") + 20);
  const NcclTestsLog log = read_text(cut);
  CHECK(log.runs.at(0).rows.size() == 1);
  REQUIRE(log.warnings.size() == 2);
  CHECK_THAT(log.warnings[0], Contains("x.log:13: the last row is cut off"));
  CHECK_THAT(log.warnings[1], Contains("x.log:1") && Contains("cut short; its 1 rows are taken"));
}

TEST_CASE("rows of 0 bytes send nothing") {
  const NcclTestsRun run =
      only_run(one_process + log_columns + log_row(0, "0.00", "0.00") + log_row(8, "20.5", "21.5") + log_footer);
  CHECK((run.rows.size() == 1 && run.empty_rows == 1));
}

TEST_CASE("what is no output of nccl-tests is refused with file and line") {
  CHECK_THAT(text_complaint("# OSU MPI-CUDA Allreduce Latency Test v7.3\n"),
             Contains("x.log:1: the output of the OSU"));
  CHECK_THAT(text_complaint("hello\n"), Contains("x.log: no table of nccl-tests found"));
  CHECK_THAT(text_complaint(""), Contains("no table"));
  CHECK_THAT(text_complaint(with(whole_log, "algbw", "latency")), Contains("x.log:10: a table with the columns 'size"));
  CHECK_THAT(text_complaint("# bytes N type op time algbw busbw res time algbw busbw res\n"),
             Contains("x.log:1: a table with the columns 'bytes N type"));
  CHECK_THAT(text_complaint(with(whole_log, "    time", " cputime")), Contains("run it without -C"));
  CHECK_THAT(text_complaint(with(whole_log, "20.5", "20.5 1")),
             Contains("x.log:12: a row of 14 cells in a table of 13"));
  CHECK_THAT(text_complaint(with(whole_log, "   float", "     7.5")), Contains("where size, count and type"));
  CHECK_THAT(text_complaint(with(whole_log, "Group  0", "Group  1")), Contains("x.log:6: several groups"));
  CHECK_THAT(text_complaint(with(whole_log, "Pid     77", "Pid    abc")), Contains("x.log:6: a rank without"));
  CHECK_THAT(text_complaint(with(whole_log, "Rank  1", "Rank  0")), Contains("x.log:7: a second rank 0"));
  CHECK_THAT(text_complaint(whole_log + std::string(20000, 'x') + "\n"), Contains("a line of 20000 characters"));
  CHECK_THAT(text_complaint(with(whole_log, "       0  ", "      no  ")), Contains("'no' found as number of wrong"));
}

TEST_CASE("times are numbers above zero") {
  const std::string bad = GENERATE("nan", "inf", "-1.0", "0.00", "1e20", "fast");
  CHECK_THAT(text_complaint(with(whole_log, "20.5", bad)), Contains("x.log:12: '" + bad + "' found as time"));
}

TEST_CASE("more rows than anybody measures are refused") {
  std::string many = one_process + log_columns;
  for (std::size_t i = 0; i <= most_printed_rows; ++i) many += "8 2 float sum -1 1 0 0 0 1 0 0 0\n";
  CHECK_THAT(text_complaint(many), Contains("more than 20000 rows"));
}

TEST_CASE("NCCL's version codes") {
  CHECK(nccl_version_text(22902) == "2.29.2");
  CHECK(nccl_version_text(2708) == "2.7.8");
  CHECK(nccl_version_text(0).empty());
}
