#pragma once

#include <string>
#include <string_view>

#include "experiment/record/published_file.hpp"

namespace ringtrue {

/// A table of published times with its provenance, as validate/import/README.md describes it: lines `# key: value`, a
/// line of column names in the words of nccl-tests, rows. Quoted cells are refused. Throws Error with file and line.
PublishedFile import_published_csv(std::string_view text, const std::string& name);

}  // namespace ringtrue
