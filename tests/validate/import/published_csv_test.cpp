#include "validate/import/published_csv.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/validate/import/logs.hpp"

using namespace ringtrue;
using namespace ringtrue::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::WithinRel;

namespace {

const std::string table_csv =
    "# source: Somebody, A paper\n"
    "# url: https://example.org/paper\n"
    "# licence: unknown\n"
    "# system: 8 GPUs in a box\n"
    "# nccl_version: 2.20.5\n"
    "# launch_mode: a process for each GPU\n"
    "# how_read: table 3\n"
    "# sigma: half a unit of the last digit\n"
    "# caveat: one run\n"
    "# caveat: another: with a colon\n"
    "# testbed: hgx-h100\n"
    "# fabric: nvswitch\n"
    "# nodes: 1\n"
    "# launch: process_per_gpu\n"
    "# collective: all_reduce\n"
    "# algorithm: library\n"
    "# gpus: 8\n"
    "# redop: sum\n"
    "# type: float\n"
    "size,time,in_place,sigma_us\n"
    "1024, 20.50 ,0,0.005\n"
    "2048,21.5,1,\n"
    "4096,22.5,,\n";

PublishedFile imported_csv(const std::string& text) { return import_published_csv(text, "t.csv"); }

std::string csv_complaint(const std::string& old_part, const std::string& new_part) {
  return complaint([&] { imported_csv(with(table_csv, old_part, new_part)); });
}

const CollectiveRun& asked_in(const PublishedFile& file, std::size_t index) {
  return *as_collective(file.records.at(index).experiment);
}

}  // namespace

TEST_CASE("a table with its provenance becomes a published reference") {
  const PublishedFile file = imported_csv(table_csv);
  CHECK((file.model.empty() && file.provenance.source == "Somebody, A paper" &&
         file.provenance.sigma.starts_with("half")));
  CHECK(file.provenance.caveats == std::vector<std::string>{"one run", "another: with a colon"});
  REQUIRE(file.records.size() == 3);
  const Record& first = file.records[0];
  CHECK(experiment_key(first.experiment) == "all_reduce.library.1024B.float32.sum.out_of_place.p8");
  CHECK((first.system_id == "hgx-h100.h1.nvswitch.process_per_gpu" && first.source == "Somebody, A paper"));
  const auto& p = std::get<Publication>(first.result);
  CHECK_THAT(p.time.count(), WithinRel(20.5e-6, 1e-12));
  CHECK_THAT(p.sigma.count(), WithinRel(5e-9, 1e-12));
  CHECK((p.as_printed == "20.50 us" && p.how_read == HowRead::tabulated && p.chosen.empty()));
  CHECK((asked_in(file, 1).in_place == true && !asked_in(file, 2).in_place));
  CHECK(std::get<Publication>(file.records[1].result).sigma == Seconds{0});
}

TEST_CASE("a published table is read back as it was written, with LF and CR LF") {
  const PublishedFile file = imported_csv(table_csv);
  const std::string text = published_text(file);
  CHECK(published_text(parse_published(text, "t.csv")) == text);
  std::string crlf;
  for (const char c : table_csv) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(published_text(imported_csv(crlf)) == text);
}

TEST_CASE("columns speak for a row, headers for all rows") {
  const std::string head = table_csv.substr(0, table_csv.find("size,"));
  const PublishedFile file =
      imported_csv(head +
                   "size,time,collective,algorithm,protocol,chosen,gpus,nodes,launch,type,redop,root\n"
                   "64,5,broadcast,ring,ll,ring/ll,16,2,cuda_graph,double,,3\n"
                   "64,6,alltoall,,,,,,,,,\n"
                   "64,7,sendrecv,,,,,,,,,\n");
  CHECK(file.records[0].system_id == "hgx-h100.h2.nvswitch.cuda_graph");
  const CollectiveRun& first = asked_in(file, 0);
  CHECK((first.collective == Collective::broadcast && first.root == 3 && first.protocol == Protocol::ll && !first.op));
  CHECK((first.dtype == DataType::float64 && file.records[0].experiment.ranks == 16));
  CHECK(std::get<Publication>(file.records[0].result).chosen == "ring/ll");
  CHECK((asked_in(file, 1).collective == Collective::all_to_all && asked_in(file, 1).algorithm == Algorithm::library));
  CHECK((asked_in(file, 2).collective == Collective::send_recv && file.records[2].experiment.ranks == 8));
}

TEST_CASE("what may be unknown is unknown") {
  const std::string silent =
      with(with(with(table_csv, "# redop: sum\n", ""), "# type: float\n", ""), "# launch: process_per_gpu\n",
           "# record_source: table 3\n# reading: digitised\n# commit: 0abc\n");
  const PublishedFile file = imported_csv(silent);
  CHECK((!asked_in(file, 0).dtype && !asked_in(file, 0).op && file.records[0].system_id == "hgx-h100.h1.nvswitch"));
  CHECK((file.records[0].source == "table 3" && file.context[0]["commit"] == "0abc"));
  CHECK(std::get<Publication>(file.records[0].result).how_read == HowRead::digitised);
}

TEST_CASE("a table without all of its provenance is refused") {
  const std::string key =
      GENERATE("source", "url", "licence", "system", "nccl_version", "launch_mode", "how_read", "sigma");
  const std::size_t begin = table_csv.find("# " + key + ":");
  const std::size_t end = table_csv.find('\n', begin) + 1;
  CHECK_THAT(csv_complaint(table_csv.substr(begin, end - begin), ""),
             Contains("t.csv:19: no line '# " + key + ": ...' above the column names"));
}

TEST_CASE("what is wrong with a table is said with file and line") {
  CHECK_THAT(csv_complaint("# licence: unknown", "# licence:"), Contains("t.csv:3:") && Contains("with a value"));
  CHECK_THAT(csv_complaint("# licence: unknown", "# licence unknown"), Contains("is no line '# key: value'"));
  CHECK_THAT(csv_complaint("licence: unknown", "licence: \xff"), Contains("t.csv:3: not UTF-8: '# licence: \\xff'"));
  CHECK_THAT(csv_complaint("# licence", "# licences"), Contains("unknown header 'licences' (did you mean 'licence'?)"));
  CHECK_THAT(csv_complaint("# licence", "# url"), Contains("t.csv:3: the header 'url' stands twice"));
  CHECK_THAT(csv_complaint("# testbed: hgx-h100\n", ""), Contains("t.csv:20: 'testbed' is missing"));
  CHECK_THAT(csv_complaint("# gpus: 8\n", ""),
             Contains("'gpus' is missing; add a column of it, or a line '# gpus: ...'"));
  CHECK_THAT(csv_complaint("hgx-h100", "hgx.h100"), Contains("no part of a system_id"));
  CHECK_THAT(csv_complaint("size,time", "size,tme"), Contains("t.csv:20: unknown column 'tme'"));
  CHECK_THAT(csv_complaint("size,time,in_place", "size,time,size"), Contains("the column 'size' stands twice"));
  CHECK_THAT(csv_complaint("2048,21.5,1,", "2048,21.5,1"), Contains("t.csv:22: 3 cells, but 4 columns"));
  CHECK_THAT(csv_complaint("2048,21.5", "\"2048\",21.5"), Contains("t.csv:22: a quote"));
  CHECK_THAT(csv_complaint("2048,", "2KiB,"), Contains("t.csv:22: 'size' is '2KiB', but it takes a whole number"));
  CHECK_THAT(csv_complaint("2048,", "0,"), Contains("'size' is '0'"));
  CHECK_THAT(csv_complaint("21.5,", "-21.5,"), Contains("t.csv:22: '-21.5' found as time"));
  CHECK_THAT(csv_complaint("21.5,", "nan,"), Contains("'nan' found as time"));
  CHECK_THAT(csv_complaint("21.5,1", "21.5,yes"), Contains("'in_place' is 'yes', but it takes 0, 1"));
  CHECK_THAT(csv_complaint("0.005", "-1"), Contains("'sigma_us' is '-1'"));
  CHECK_THAT(csv_complaint("type: float", "type: half"), Contains("'type' is 'half'"));
  CHECK_THAT(csv_complaint("redop: sum", "redop: max"), Contains("'redop' is 'max'"));
  CHECK_THAT(csv_complaint("launch: process_per_gpu", "launch: threads"), Contains("is not a launch mode"));
  CHECK_THAT(csv_complaint("collective: all_reduce", "collective: reduce"),
             Contains("t.csv:21") && Contains("'reduce'"));
  CHECK_THAT(csv_complaint("algorithm: library", "algorithm: rings"), Contains("t.csv:21") && Contains("'rings'"));
  CHECK_THAT(csv_complaint("# nodes: 1", "# reading: seen\n# nodes: 1"), Contains("'reading' is 'seen'"));
  CHECK_THAT(csv_complaint("2048,21.5,1,", "1024,21.5,0,"),
             Contains("t.csv:22:") && Contains("stands already at t.csv:21"));
  CHECK_THAT(csv_complaint("4096,22.5,,\n", "# url: late\n"), Contains("behind the line of column names"));
  CHECK_THAT(complaint([&] { imported_csv(table_csv.substr(0, table_csv.find("1024"))); }), Contains("t.csv: no row"));
}
