#pragma once

#include <string>

#include "reports/table.hpp"

namespace ringtrue {

/// RFC 4180 with line feeds: a header line, then one line a row; cells with commas, quotes or line breaks are quoted.
std::string to_csv(const Table& table);

}  // namespace ringtrue
