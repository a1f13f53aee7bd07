#pragma once

#include <string>

#include "experiment/suite.hpp"

namespace ringtrue {

/// Empty records for an external simulator to fill: the scored rows of the suite on one system, training steps too.
std::string template_text(const Suite& suite, const std::string& system_id, const std::string& source);

}  // namespace ringtrue
