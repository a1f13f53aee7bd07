#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/context.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"

namespace ringtrue {
namespace {

constexpr std::size_t longest_cell = 200;

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : "; ") + value;
  return shorten(text, longest_cell);
}

CodeBlock commands_of(const Comparison& comparison) {
  CodeBlock block{distinct_values(comparison, "command")};
  for (const auto& [model, context] : comparison.model_contexts) {
    const KeyedTexts values = model_values(comparison, model);
    const auto command = values.find("command");
    if (command == values.end()) continue;
    for (const std::string& line : command->second)
      if (std::find(block.lines.begin(), block.lines.end(), line) == block.lines.end()) block.lines.push_back(line);
  }
  return block;
}

/// Keys of a launch that are the same for most of them, in this order.
Table origin_table(const Comparison& comparison) {
  Table table{{{"what"}, {"value"}}, {}};
  for (const std::string key :
       {"tool", "version", "commit", "suite", "suite_hash", "campaign", "testbed", "system_id", "clock"}) {
    const std::vector<std::string> values = distinct_values(comparison, key);
    if (!values.empty()) table.rows.push_back({key, joined(values)});
  }
  table.rows.push_back({"launch contexts", fmt::format("{}", comparison.measured_contexts.size())});
  table.rows.push_back({"seed", fmt::format("{}", comparison.seed)});
  table.rows.push_back({"bootstrap replicates", fmt::format("{}", comparison.replicates)});
  table.rows.push_back({"launches needed for a verdict", fmt::format("{}", comparison.least_launches)});
  for (const InputFile& input : comparison.inputs)
    if (input.role == "budgets") table.rows.push_back({"budgets hash", input.hash});
  return table;
}

Table environment_table(const Comparison& comparison) {
  Table table{{{"environment"}, {"value"}}, {}};
  for (const auto& [key, values] : environment_values(comparison)) table.rows.push_back({key, joined(values)});
  return table;
}

Table input_table(const Comparison& comparison) {
  Table table{{{"input"}, {"file"}, {"FNV-1a 64 hash"}}, {}};
  for (const InputFile& input : comparison.inputs) table.rows.push_back({input.role, input.name, input.hash});
  return table;
}

Table model_table(const Comparison& comparison) {
  Table table{{{"model"}, {"what"}, {"value"}}, {}};
  for (const auto& [model, context] : comparison.model_contexts)
    for (const auto& [key, values] : model_values(comparison, model))
      if (key != "speed")  // a table of its own
        table.rows.push_back({model, key, joined(values)});
  return table;
}

void add_unless_empty(Section& section, const Table& table) {
  if (!table.rows.empty()) section.blocks.emplace_back(table);
}

}  // namespace

Section reproduce_section(const Comparison& comparison) {
  Section section{"How to reproduce", {}};
  const CodeBlock commands = commands_of(comparison);
  if (commands.lines.empty())
    section.blocks.emplace_back(Paragraph{{{"No input recorded the command that wrote it."}}});
  else
    section.blocks.emplace_back(commands);
  section.blocks.emplace_back(origin_table(comparison));
  add_unless_empty(section, environment_table(comparison));
  add_unless_empty(section, model_table(comparison));
  add_unless_empty(section, input_table(comparison));
  return section;
}

}  // namespace ringtrue
