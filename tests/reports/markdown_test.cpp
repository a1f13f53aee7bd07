#include "reports/markdown.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace ringtrue {

TEST_CASE("text from files loses its meaning as markup") {
  CHECK(escape_markdown("`rm`") == "\\`rm\\`");
  CHECK(escape_markdown("<script>&amp;") == "&lt;script&gt;&amp;amp;");
  CHECK(escape_markdown("**bold** [link](x)") == "\\*\\*bold\\*\\* [link\\](x)");
  CHECK(escape_markdown("two\nlines\r\n") == "two lines  ");
  CHECK(escape_markdown("\x1b") == "\\\\x1B");
  CHECK(escape_markdown("C:\\dir") == "C:\\\\dir");
}

TEST_CASE("brackets are escaped only where they could be a link or its definition") {
  CHECK(escape_markdown("12 % [10, 14]") == "12 % [10, 14]");
  CHECK(escape_markdown("[a](b) [a][b] [a]: b") == "[a\\](b) [a\\][b] [a\\]: b");
}

TEST_CASE("underscores inside words stay readable, others are escaped") {
  CHECK(escape_markdown("library_ring") == "library_ring");
  CHECK(escape_markdown("_emphasis_") == "\\_emphasis\\_");
}

TEST_CASE("a table row begins with its first cell, unpadded, and a cell cannot end it") {
  const Table table{{{"ranks", Align::right}, {"note"}}, {{"2", "a|b\nc"}, {"16", "\\|"}}};
  CHECK(to_markdown(table) ==
        "| ranks | note |\n"
        "| ---: | :--- |\n"
        "| 2 | a\\|b c |\n"
        "| 16 | \\\\\\| |\n");
}

TEST_CASE("blocks cannot turn into headings, quotes or lists") {
  const Report report{
      "t", {{"s", {Paragraph{{{"# no heading"}}}, Paragraph{{{"1. no list"}}}, BulletList{{"- no list", "> x"}}}}}};
  CHECK(to_markdown(report) ==
        "# t\n\n## s\n\n"
        "\\# no heading\n\n"
        "1\\. no list\n\n"
        "- \\- no list\n- &gt; x\n");
}

TEST_CASE("strong phrases stand between asterisks") {
  const Report report{"t", {{"s", {Paragraph{{{"Outcome: "}, {"PASS", true}, {"."}}}}}}};
  CHECK(to_markdown(report) == "# t\n\n## s\n\nOutcome: **PASS**.\n");
}

TEST_CASE("code is fenced by more backticks than it holds") {
  const Report report{"t", {{"s", {CodeBlock{{"echo a", "```", "b\nc"}}}}}};
  CHECK(to_markdown(report) == "# t\n\n## s\n\n````\necho a\n```\nb c\n````\n");
}

}  // namespace ringtrue
