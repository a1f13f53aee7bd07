#include "reports/context.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ringtrue {
namespace {

const Json* find(const Json& object, const std::string& key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

void add_distinct(std::vector<std::string>& values, const std::string& value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

/// Objects are flattened one level deep.
void add_keys(KeyedTexts& texts, const Json& object) {
  if (!object.is_object()) return;
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) continue;
    if (!value.is_object()) {
      add_distinct(texts[key], text_of(value));
      continue;
    }
    for (const auto& [inner, inner_value] : value.items())
      add_distinct(texts[fmt::format("{}.{}", key, inner)], text_of(inner_value));
  }
}

}  // namespace

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string joined;
  for (const Json& element : value) joined += (joined.empty() ? "" : ", ") + text_of(element);
  return joined;
}

std::vector<std::string> distinct_values(const Comparison& comparison, const std::string& key) {
  std::vector<std::string> values;
  for (const Json& context : comparison.measured_contexts) {
    const Json* value = find(context, key);
    if (value != nullptr) add_distinct(values, text_of(*value));
  }
  return values;
}

std::size_t launches_without(const Comparison& comparison, const std::string& key) {
  std::size_t count = 0;
  for (const Json& context : comparison.measured_contexts) count += find(context, key) == nullptr ? 1 : 0;
  return count;
}

KeyedTexts environment_values(const Comparison& comparison) {
  KeyedTexts texts;
  for (const Json& context : comparison.measured_contexts) {
    const Json* environment = find(context, "environment");
    if (environment != nullptr) add_keys(texts, *environment);
  }
  return texts;
}

std::vector<Json> contexts_of(const Comparison& comparison, const std::string& model) {
  const auto found = comparison.model_contexts.find(model);
  if (found == comparison.model_contexts.end()) return {};
  std::vector<Json> contexts{found->second};
  const Json* more = find(found->second, "also");
  if (more == nullptr || !more->is_array()) return contexts;
  contexts.insert(contexts.end(), more->begin(), more->end());
  contexts.front().erase("also");
  return contexts;
}

KeyedTexts values_of(const Json& context) {
  KeyedTexts texts;
  if (context.is_object())
    add_keys(texts, context);
  else
    add_distinct(texts["context"], text_of(context));
  return texts;
}

KeyedTexts model_values(const Comparison& comparison, const std::string& model) {
  KeyedTexts texts;
  for (const Json& context : contexts_of(comparison, model))
    for (const auto& [key, values] : values_of(context))
      for (const std::string& value : values) add_distinct(texts[key], value);
  return texts;
}

bool says_what_it_was_fitted_on(const Comparison& comparison, const std::string& model) {
  const auto says = [](const Json& context) {
    if (!context.is_object()) return false;
    for (const auto& [key, value] : context.items())
      if (key.starts_with("fitted_on") && !value.is_null() && value != "unknown") return true;
    return false;
  };
  const std::vector<Json> contexts = contexts_of(comparison, model);
  return !contexts.empty() && std::ranges::all_of(contexts, says);
}

}  // namespace ringtrue
