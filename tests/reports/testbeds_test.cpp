#include "reports/testbeds.hpp"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/markdown.hpp"
#include "reports/report.hpp"
#include "reports/section/findings.hpp"
#include "reports/section/limitations.hpp"
#include "reports/section/sections.hpp"
#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

const std::string host = "host.h1.c2.block.sm";
const std::string emulated = "cluster.h2.pool1.block.tcp.1Gbps";

/// The fixture, measured on the host, and the same rows at two ranks on an emulated cluster: ten times slower, and
/// `cluster` is half as slow again there. Of its budgets one failed, and one is of 16 ranks, which nobody asked for.
Comparison two_testbeds() {
  Comparison c = small_comparison();
  for (Json& context : c.measured_contexts) context["system_id"] = host;
  c.measured_contexts.push_back({{"system_id", emulated}, {"environment", {{"cores", 1}}}});
  for (const std::size_t i : std::initializer_list<std::size_t>{0, 1}) {
    MeasuredRow row = c.measured[i];
    row.system_id = emulated;
    row.median *= 10;
    c.measured.push_back(row);
    Pair pair = c.pairs[3 + i];  // of the same row and model
    pair.system_id = emulated;
    pair.reference = row.median;
    pair.ratio = 1.5;
    pair.simulated = pair.ratio * row.median;
    c.pairs.push_back(pair);
  }
  Aggregate a = c.aggregates[1];  // cluster at two ranks
  a.system_id = emulated;
  a.bias = a.log_error = 0.5;
  a.log_error_interval = {0.4, 0.6};
  c.aggregates.push_back(a);
  c.verdicts.push_back({.model = "cluster",
                        .system_id = emulated,
                        .ranks = 2,
                        .budget = 0.25,
                        .outcome = Outcome::fail,
                        .reason = "The interval [40.0, 60.0] % lies above 25 %."});
  c.undecided = {{.model = "cluster", .testbed = "cluster", .ranks = 16, .log_error = 0.25}};
  c.ring_ratios.push_back(c.ring_ratios[0]);
  c.ring_ratios.back().system_id = emulated;
  return c;
}

std::vector<std::string> headings_of(const Comparison& comparison) {
  std::vector<std::string> headings;
  for (const Section& section : build_report(comparison).sections) headings.push_back(section.heading);
  return headings;
}

std::string text_of(const Comparison& comparison) { return to_markdown(build_report(comparison)); }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string section_text(const Comparison& comparison, const std::string& heading) {
  for (const Section& section : build_report(comparison).sections)
    if (section.heading == heading) return to_markdown(Report{.title = "", .sections = {section}});
  return "no such section";
}

std::string said(const Findings& findings, const std::string& rule) {
  std::string text;
  for (const Finding& finding : findings)
    if (finding.rule == rule) text += finding.text + "\n";
  return text;
}

TEST_CASE("test beds are what was measured and what verdicts ask for, in the order of the verdicts") {
  CHECK(testbeds(small_comparison()) == std::vector<std::string>{"host"});
  CHECK(testbeds(two_testbeds()) == std::vector<std::string>{"host", "cluster"});
  Comparison only_asked;
  only_asked.verdicts = {{.model = "cluster", .system_id = "mine", .ranks = 2, .outcome = Outcome::fail, .reason = ""}};
  CHECK(testbeds(only_asked) == std::vector<std::string>{"mine"});
  CHECK(testbeds(Comparison{}).empty());
}

TEST_CASE("a comparison is split without loss: each row is of one test bed, or published") {
  const Comparison whole = two_testbeds();
  const Comparison parts[] = {on_testbed(whole, "host"), on_testbed(whole, "cluster"), off_testbeds(whole)};
  const auto sum = [&](auto list) {
    std::size_t count = 0;
    for (const Comparison& part : parts) count += (part.*list).size();
    return count;
  };
  CHECK(sum(&Comparison::measured) == whole.measured.size());
  CHECK(sum(&Comparison::pairs) == whole.pairs.size());
  CHECK(sum(&Comparison::aggregates) == whole.aggregates.size());
  CHECK(sum(&Comparison::verdicts) == whole.verdicts.size());
  CHECK(sum(&Comparison::ring_ratios) == whole.ring_ratios.size());
  CHECK(sum(&Comparison::scalars) == whole.scalars.size());
  CHECK(parts[0].measured.size() == small_comparison().measured.size());
  CHECK(parts[0].outcome() == small_comparison().outcome());
  CHECK(parts[1].outcome() == Outcome::fail);
}

TEST_CASE("what was measured has a section for each test bed, what is published stands once") {
  CHECK(headings_of(two_testbeds()) ==
        std::vector<std::string>{"Summary", "Per-scale accuracy", "All-Reduce: test bed host",
                                 "Our ring against the library: test bed host", "All-Reduce: test bed cluster",
                                 "Our ring against the library: test bed cluster", "Published reference",
                                 "Published ASTRA-sim runs, replicated", "How measuring went", "Key findings",
                                 "Limitations", "How to reproduce"});
  for (const std::string section : {"All-Reduce: test bed ", "Our ring against the library: test bed "}) {
    CHECK_FALSE(contains(section_text(two_testbeds(), section + "host"), emulated));
    CHECK_FALSE(contains(section_text(two_testbeds(), section + "cluster"), host));
  }
  CHECK(section_text(two_testbeds(), "All-Reduce: test bed host") !=
        section_text(two_testbeds(), "All-Reduce: test bed cluster"));
  CHECK(contains(section_text(two_testbeds(), "All-Reduce: test bed cluster"), "300.0 us (+50.0 %)"));  // 1.5 x 200 us
}

TEST_CASE("each row of a scale names its test bed, and published numbers stand by themselves") {
  const std::string text = section_text(two_testbeds(), "Per-scale accuracy");
  CHECK(contains(text, "| ranks | test bed | log error [95 %] | bias | noise floor | verdict |\n"));
  CHECK(contains(text, "\n| 2 | host | 15.4 % [12.0, 18.0] | +15.4 % | 2.00 % | PASS |\n"));
  CHECK(contains(text, "\n| 4 | host | 25.0 % [20.0, 35.0] | -20.0 % | 20.0 % | INCONCLUSIVE |\n"));
  CHECK(contains(text, "\n| 8 | host | - | - | - | INCONCLUSIVE |\n"));
  CHECK(contains(text, "\n| 2 | cluster | 50.0 % [40.0, 60.0] | +50.0 % | 2.00 % | FAIL |\n"));
  CHECK(contains(text, "\n| 2 | 5.00 % | 25.0 % | 20.63% |\n"));
  const std::size_t cluster = text.find("**Test bed cluster**");
  CHECK(text.find("**Test bed host**") < cluster);
  CHECK(cluster != std::string::npos);
  CHECK_FALSE(contains(text, "| astra-sim-published |"));
  CHECK(contains(section_text(two_testbeds(), "Published reference"), "| astra-sim-published |"));
}

TEST_CASE("the summary says how each test bed did, and which budgets are not decided") {
  const std::string text = section_text(two_testbeds(), "Summary");
  CHECK(contains(text, "Outcome: **FAIL**"));
  CHECK(contains(text, "Not decided: 1 budget, listed below."));
  CHECK(contains(text, "measured in 5 experiments on the test beds host and cluster"));
  CHECK(contains(text, "| outcome on each test bed | host: INCONCLUSIVE; cluster: FAIL |"));
  CHECK(contains(text, "| scored experiments measured | host: 3; cluster: 2 |"));
  CHECK(contains(text, "| launches | host: p2: 6, p4: 6; cluster: p2: 6 |"));
  CHECK(contains(text, "| cluster | p2 | cluster | cluster.h2.pool1.block.tcp.1Gbps | 25.0 % |"));
  CHECK(contains(text,
                 "- Not decided: the budget of 25.0 % for cluster on test bed cluster at p16, which was neither asked "
                 "for nor measured."));
}

TEST_CASE("one test bed with a budget that was not asked for says so, and is else as without") {
  Comparison c = small_comparison();
  const std::vector<std::string> headings = headings_of(c);
  c.undecided = two_testbeds().undecided;
  CHECK(headings_of(c) == headings);
  CHECK(contains(text_of(c), "- Not decided: the budget of 25.0 %"));
  c.verdicts.clear();
  CHECK(contains(section_text(c, "Summary"), "Outcome: **INCONCLUSIVE**"));
  CHECK(contains(section_text(c, "Summary"), "Not decided: 1 budget"));
}

TEST_CASE("a finding of one test bed begins with its name") {
  const Findings findings = findings_of(two_testbeds());
  CHECK(said(findings, "bias-direction") ==
        "Test bed host: At p2 cluster is too slow on 2 of 2 rows (bias +15.4 %).\n"
        "Test bed cluster: At p2 cluster is too slow on 2 of 2 rows (bias +50.0 %).\n");
  CHECK(contains(said(findings, "beside-astra-sim"), "On the same 2 published points at p2"));
  CHECK_FALSE(contains(said(findings, "beside-astra-sim"), "Test bed"));
  CHECK(said(findings, "lint") == said(findings_of(small_comparison()), "lint"));
  const Findings limitations = limitations_of(two_testbeds());
  CHECK(contains(said(limitations, "oversubscribed"), "Test bed host: 1 scored row at p4"));
  CHECK_FALSE(contains(said(limitations, "oversubscribed"), "Test bed cluster"));
  CHECK(said(limitations, "extrapolated") ==
        "Test bed host: Outside the range that it was fitted on: 1 prediction of cluster at p4.\n");
}

TEST_CASE("where it was measured, and which file predicted it, is told for each test bed") {
  Comparison c = two_testbeds();
  c.model_contexts["cluster"] = {{"file", "a.jsonl"},
                                 {"testbeds", {"host"}},
                                 {"fitted_on", 40},
                                 {"also", {{{"file", "b.jsonl"}, {"testbeds", {"cluster"}}, {"fitted_on", 7}}}}};
  const std::string text = section_text(c, "How to reproduce");
  const std::size_t cluster = text.find("**Test bed cluster**");
  CHECK(text.find("**Test bed host**") < text.find("| cores | 2 |"));
  CHECK(text.find("| cores | 2 |") < cluster);
  CHECK(cluster < text.find("| cores | 1 |"));
  CHECK(contains(text, "| cluster on host | fitted_on | 40 |"));
  CHECK(contains(text, "| cluster on cluster | fitted_on | 7 |"));
  CHECK(said(limitations_of(c), "no-hold-out-information").find("cluster") == std::string::npos);
  c.model_contexts["cluster"]["also"][0].erase("fitted_on");
  CHECK(contains(said(limitations_of(c), "no-hold-out-information"), "cluster"));
}

TEST_CASE("an external simulator's wall times are those of the test bed") {
  Comparison c = two_testbeds();
  for (const std::size_t i : {std::size_t{1}, c.aggregates.size() - 1}) {
    Aggregate smpi = c.aggregates[i];
    smpi.model = "smpi";
    c.aggregates.push_back(smpi);
  }
  const auto context = [](const char* testbed, double simulation_s) {
    const Json speed{{"ranks", 2}, {"rows", 10}, {"simulation_s", simulation_s}, {"own_s", 0.01}};
    return Json{{"testbeds", {testbed}}, {"speed", Json::array({speed})}};
  };
  c.model_contexts["smpi"] = context("cluster", 5);
  c.model_contexts["smpi"]["also"] = Json::array({context("host", 1)});
  CHECK(contains(section_text(c, "External simulators: test bed host"), "| 10 | 100.0 ms |"));
  CHECK(contains(section_text(c, "External simulators: test bed cluster"), "| 10 | 500.0 ms |"));
}

TEST_CASE("every row of the report of two test beds is as long as its header") {
  for (const Section& section : build_report(two_testbeds()).sections)
    for (const Block& block : section.blocks)
      if (const Table* table = std::get_if<Table>(&block))
        for (const std::vector<std::string>& row : table->rows) CHECK(row.size() == table->columns.size());
}

}  // namespace
}  // namespace ringtrue
