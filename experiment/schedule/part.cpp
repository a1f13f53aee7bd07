#include "experiment/schedule/part.hpp"

#include <algorithm>

namespace ringtrue {
namespace {

/// Segments of a round's ranges, one after the other; empty ranges have none.
struct RoundCut {
  std::int64_t first = 0, second = 0;
};

RoundCut cut(const std::array<Span, 2>& ranges, const Layout& layout) {
  const auto segments = [&](const Span& range) { return range.length > 0 ? layout.segments(range.length) : 0; };
  return {segments(ranges[0]), segments(ranges[1])};
}

Span piece(const std::array<Span, 2>& ranges, const Layout& layout, std::int64_t index) {
  const std::int64_t in_first = cut(ranges, layout).first;
  if (index < in_first) return segment_of(ranges[0], index, layout.segment);
  return segment_of(ranges[1], index - in_first, layout.segment);
}

}  // namespace

Sequence sequence_of(const Round& round, const Layout& layout) {
  const RoundCut sent = cut(round.sends, layout), received = cut(round.receives, layout);
  const std::int64_t transfers = std::max(sent.first + sent.second, received.first + received.second);
  const int window = static_cast<int>(std::clamp<std::int64_t>(transfers, 1, layout.in_flight));
  return {.at = [=](std::int64_t index, bool sending) -> Transfer {
            const Span span = piece(sending ? round.sends : round.receives, layout, index);
            return {.peer = sending ? round.send_to : round.receive_from,
                    .span = span,
                    .reduces = !sending && round.reduces,
                    .first = {round.first, span.offset, span.length}};
          },
          .transfers = transfers,
          .window = window,
          .send_window = window,
          .segment = layout.segment};
}

}  // namespace ringtrue
