#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/context.hpp"
#include "reports/format.hpp"
#include "reports/lookup.hpp"
#include "reports/section/sections.hpp"
#include "reports/testbeds.hpp"

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
void add_launches(const Comparison& comparison, Table& table) {
  for (const std::string key :
       {"tool", "version", "commit", "suite", "suite_hash", "campaign", "testbed", "system_id", "clock"}) {
    const std::vector<std::string> values = distinct_values(comparison, key);
    if (!values.empty()) table.rows.push_back({key, joined(values)});
  }
  table.rows.push_back({"launch contexts", fmt::format("{}", comparison.measured_contexts.size())});
}

void add_settings(const Comparison& comparison, Table& table) {
  table.rows.push_back({"seed", fmt::format("{}", comparison.seed)});
  table.rows.push_back({"bootstrap replicates", fmt::format("{}", comparison.replicates)});
  table.rows.push_back({"launches needed for a verdict", fmt::format("{}", comparison.least_launches)});
  for (const InputFile& input : comparison.inputs)
    if (input.role == "budgets") table.rows.push_back({"budgets hash", input.hash});
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

void add_context(const std::string& name, const KeyedTexts& texts, Table& table) {
  for (const auto& [key, values] : texts)
    if (key != "speed") table.rows.push_back({name, key, joined(values)});  // speed has a table of its own
}

/// A model with a file for each test bed is named with it.
Table model_table(const Comparison& comparison) {
  Table table{{{"model"}, {"what"}, {"value"}}, {}};
  for (const auto& named : comparison.model_contexts) {
    const std::vector<Json> contexts = contexts_of(comparison, named.first);
    for (const Json& context : contexts) {
      const KeyedTexts texts = values_of(context);
      const auto beds = texts.find("testbeds");
      const bool alone = contexts.size() < 2 || beds == texts.end();
      add_context(alone ? named.first : fmt::format("{} on {}", named.first, joined(beds->second)), texts, table);
    }
  }
  return table;
}

void add_unless_empty(Section& section, const Table& table) {
  if (!table.rows.empty()) section.blocks.emplace_back(table);
}

/// Where and with what the launches were measured, each test bed by itself, and how they were compared.
void add_origins(const Comparison& comparison, Section& section) {
  const std::vector<std::string> beds = testbeds(comparison);
  Table settings{{{"what"}, {"value"}}, {}};
  if (beds.size() < 2) {
    add_launches(comparison, settings);
    add_settings(comparison, settings);
    section.blocks.emplace_back(settings);
    add_unless_empty(section, environment_table(comparison));
    return;
  }
  add_settings(comparison, settings);
  section.blocks.emplace_back(settings);
  for (const std::string& bed : beds) {
    const Comparison own = on_testbed(comparison, bed);
    Table launches{{{"what"}, {"value"}}, {}};
    add_launches(own, launches);
    section.blocks.emplace_back(Paragraph{{{"Test bed " + bed, true}}});
    section.blocks.emplace_back(launches);
    add_unless_empty(section, environment_table(own));
  }
  section.blocks.emplace_back(Paragraph{{{"Models and files", true}}});
}

}  // namespace

Section reproduce_section(const Comparison& comparison) {
  Section section{"How to reproduce", {}};
  const CodeBlock commands = commands_of(comparison);
  if (commands.lines.empty())
    section.blocks.emplace_back(Paragraph{{{"No input recorded the command that wrote it."}}});
  else
    section.blocks.emplace_back(commands);
  add_origins(comparison, section);
  add_unless_empty(section, model_table(comparison));
  add_unless_empty(section, input_table(comparison));
  return section;
}

}  // namespace ringtrue
