#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/record/summary.hpp"
#include "experiment/units.hpp"

namespace ringtrue {

/// Numbers as text, the same in every format and locale. What is not finite reads `-`.

/// Four significant digits in us, ms or s: `16.60 ms`.
std::string format_time(Seconds time);
/// The bounds in the unit of the time: `16.60 ms [16.20, 17.00]`.
std::string format_time_interval(Seconds time, const Interval& interval_s);

/// Three significant digits, at most two decimals; 0.1234 reads `12.3 %`.
std::string format_percent(double fraction);
std::string format_signed_percent(double fraction);  ///< `+12.3 %`, `-6.87 %`, `0.00 %`.
/// `12.3 % [10.1, 14.5]`; without brackets where both bounds equal the value.
std::string format_percent_interval(double fraction, const Interval& interval);

std::string format_gigabytes_per_second(Bandwidth bandwidth);  ///< Decimal GB/s, three significant digits, no unit.
std::string format_ratio(double ratio);                        ///< Three significant digits: `0.715`.
std::string format_exact(double value);  ///< The shortest text that reads back as the same double.
std::string format_scale(int ranks);     ///< `p8`

/// Line breaks and tabs become spaces, other control characters visible: `\x1B`.
std::string printable(std::string_view text);
/// At most `limit` bytes, `...` included, never half a UTF-8 character. Requires limit > 3.
std::string shorten(std::string_view text, std::size_t limit);
/// `a, b and c`; empty for nothing.
std::string enumerate(const std::vector<std::string>& items);
/// `1 row`, `2 rows`.
std::string count_of(std::size_t count, std::string_view noun);

}  // namespace ringtrue
