#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/record/record.hpp"
#include "validate/comparison.hpp"

namespace ringtrue {

/// Numbers somebody else printed: references to be judged against, or another simulator's predictions.
struct PublishedFile {
  std::string name;
  std::string hash;
  std::vector<Json> context;  ///< One: where the numbers come from and how they were read.
  std::string model;          ///< Who predicted; empty for references.
  std::vector<Record> records;
  std::vector<PublishedScalar> scalars;
};

/// Reads JSON such as validate/published/astra_hgx_h100/hardware.json. Strict. Throws Error.
PublishedFile parse_published(const std::string& text, const std::string& where);
PublishedFile read_published(const std::filesystem::path& path);

}  // namespace ringtrue
