#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/markdown.hpp"
#include "reports/section/sections.hpp"
#include "tests/reports/comparison_fixture.hpp"

namespace ringtrue {
namespace {

std::string rendered(const Comparison& comparison) {
  return to_markdown(Report{.title = "t", .sections = {replication_section(comparison)}});
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the first sentence counts what comes out, what fails and what differs") {
  Comparison comparison = small_comparison();
  CHECK(contains(rendered(comparison), "of 3 published runs, 1 comes out"));
  CHECK(contains(rendered(comparison), "1 fails as it did, and 1 DIFFERS."));
  comparison.replications[0].runs[1].printed = comparison.replications[0].runs[1].result;
  CHECK(contains(rendered(comparison), "of 3 published runs, 2 come out"));
  CHECK(contains(rendered(comparison), "and none differs."));
}

TEST_CASE("the printed overhead stands beside that in the right unit and the corrected one") {
  // Four NPUs: 1,100 of 901,100 cycles, 1,100 of 2,000; corrected 1,300 of 2,200, with overlap 100 of 1,000.
  const std::string text = rendered(small_comparison());
  CHECK(contains(text, "| net | 4 | 1,100 | 4 x 400 | 0.12 % | 55.0 % | 1,300 | 59.1 % | 100 (10.0 %) |"));
  // Sixteen traces on eight NPUs are no run of sixteen: 2,100 of 3,000; corrected 4,100 of 5,000.
  CHECK(contains(text, "| net | 16 | 2,000 | 8 x 400 | 70.0 % | - | 4,100 | 82.0 % | - |"));
}

TEST_CASE("each run says what was printed and how ours stands to it") {
  const std::string text = rendered(small_comparison());
  CHECK(contains(text, "| 901,100 | 1,100 | 900,000 | exact |"));
  CHECK(contains(text, "| 3,000 | 2,000 | 900 | DIFFERS: total 3,000, communication 2,100, compute 900 |"));
  CHECK(contains(text, "| failed | - | - | fails too: the trace of rank 4 is missing |"));
  CHECK(contains(text, "| 4 log | may | - | - | - | - | - | - | no run: the output of all |"));
}

TEST_CASE("lints about the replication are told here, others are not") {
  const std::string text = rendered(small_comparison());
  CHECK(contains(text, "- Lint duplicate: second."));
  CHECK_FALSE(contains(text, "unit-slip"));
}

TEST_CASE("names are shown as they are, whatever is in them") {
  const std::string text = rendered(small_comparison());
  CHECK(contains(text, "| 1 \\| four | may |"));
  CHECK_FALSE(contains(text, "<b>"));
  CHECK(contains(text, "survey \\*of\\* simulators"));
}

TEST_CASE("a correction that failed is an error, and without lints or corrections their parts are left out") {
  Comparison comparison = small_comparison();
  comparison.replications[0].corrections[1].error = "no";
  CHECK(contains(rendered(comparison), "| net | 16 | 2,000 | 8 x 400 | 70.0 % | - | error | - | - |"));
  comparison.lints.clear();
  comparison.replications[0].corrections.clear();
  CHECK_FALSE(contains(rendered(comparison), "Lint"));
  CHECK_FALSE(contains(rendered(comparison), "should have been"));
  CHECK(contains(rendered(comparison), "somewhere, commit 1234567"));
}

}  // namespace ringtrue
