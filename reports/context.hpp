#pragma once

#include <map>
#include <string>
#include <vector>

#include "validate/comparison.hpp"

namespace ringtrue {

/// What writers put into context lines: keys of their own, all of which may be missing.

/// Texts as they are, lists joined by commas, the rest as JSON.
std::string text_of(const Json& value);

/// The distinct values of one key over all launches, in order of appearance; launches without it, or with null, are
/// skipped.
std::vector<std::string> distinct_values(const Comparison& comparison, const std::string& key);
/// Launches whose context lacks the key.
std::size_t launches_without(const Comparison& comparison, const std::string& key);

using KeyedTexts = std::map<std::string, std::vector<std::string>>;
/// The distinct values of each key of `environment` over all launches; an object's keys read `mca.btl`.
KeyedTexts environment_values(const Comparison& comparison);
/// The same for one context.
KeyedTexts values_of(const Json& context);

/// What each file of a model says about itself; none for a model without context.
std::vector<Json> contexts_of(const Comparison& comparison, const std::string& model);
/// The distinct values of each key over all of them.
KeyedTexts model_values(const Comparison& comparison, const std::string& model);

/// True if all contexts of the model say on which records it was fitted, be it none.
bool says_what_it_was_fitted_on(const Comparison& comparison, const std::string& model);

}  // namespace ringtrue
