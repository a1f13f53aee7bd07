#pragma once

#include <string>
#include <variant>
#include <vector>

#include "reports/table.hpp"
#include "validate/comparison.hpp"

namespace ringtrue {

/// All texts are raw: what files say stands here as it is, and each renderer escapes it.
struct Phrase {
  std::string text;
  bool strong = false;
};

struct Paragraph {
  std::vector<Phrase> phrases;
};

struct BulletList {
  std::vector<std::string> items;
};

struct CodeBlock {
  std::vector<std::string> lines;
};

using Block = std::variant<Paragraph, Table, BulletList, CodeBlock>;

struct Section {
  std::string heading;
  std::vector<Block> blocks;
};

/// What is said, in order; how it looks is up to a renderer.
struct Report {
  std::string title;
  std::vector<Section> sections;
};

/// Pure: equal comparisons give equal reports.
Report build_report(const Comparison& comparison);

}  // namespace ringtrue
