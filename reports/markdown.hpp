#pragma once

#include <string>
#include <string_view>

#include "reports/report.hpp"

namespace ringtrue {

/// GitHub-flavoured Markdown; ends with a newline. Table cells stand unpadded between `| ` and ` |`, so that a row of
/// the per-scale table begins `| 2 |`.
std::string to_markdown(const Report& report);
std::string to_markdown(const Table& table);

/// Text that Markdown shows as it is, on one line: markup and HTML lose their meaning. Table borders are left to
/// tables.
std::string escape_markdown(std::string_view text);

}  // namespace ringtrue
