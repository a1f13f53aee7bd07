#pragma once

#include <algorithm>
#include <cstdint>

#include "experiment/experiment.hpp"
#include "experiment/schedule/operation.hpp"

namespace ringtrue {

/// How a collective's buffer of S bytes is cut: into as many chunks as ranks, between elements, chunk r belonging to
/// rank r. Every rank's buffers have S bytes, and a chunk lies at its place in them, in place and out of place alike.
struct Layout {
  int rank = 0, ranks = 1;
  std::int64_t bytes = 0;    ///< S
  std::int64_t element = 1;  ///< Bytes of one element.
  std::int64_t segment = 1;  ///< A multiple of the element, at most the segmentation's.
  int in_flight = 1;
  bool in_place = true;

  std::int64_t chunk_offset(std::int64_t chunk) const { return piece_offset(chunk, ranks); }
  /// Where piece `i` of `pieces` begins.
  std::int64_t piece_offset(std::int64_t i, std::int64_t pieces) const {
    return i * (bytes / element) / pieces * element;
  }
  Span chunk(std::int64_t i, Buffer buffer = Buffer::data) const { return chunks(i, i + 1, buffer); }
  Span chunks(std::int64_t from, std::int64_t to, Buffer buffer = Buffer::data) const {
    return {buffer, chunk_offset(from), chunk_offset(to) - chunk_offset(from)};
  }
  std::int64_t largest_chunk() const { return (bytes / element + ranks - 1) / ranks * element; }
  /// Segments of a range of `length`; at least one.
  std::int64_t segments(std::int64_t length) const {
    return std::max<std::int64_t>(1, (length + segment - 1) / segment);
  }
  /// Block of an all-to-all: blocks are equal, what does not divide stays behind (as nccl-tests rounds its count).
  std::int64_t block_bytes() const { return bytes / element / ranks * element; }
  Span blocks(std::int64_t from, std::int64_t to, Buffer buffer) const {
    return {buffer, from * block_bytes(), std::max<std::int64_t>(0, to - from) * block_bytes()};
  }
  Span block(std::int64_t i, Buffer buffer) const { return blocks(i, i + 1, buffer); }
  /// Where a rank finds its own contribution before anything was received.
  Buffer own() const { return in_place ? Buffer::data : Buffer::input; }
};

/// Of a collective with dtype and in_place; without a segmentation, a segment is the whole buffer.
Layout layout_of(const CollectiveRun& run, int rank, int ranks);
/// A rank's input: its own chunk of an all-gather, of a broadcast all at the root and nothing elsewhere, else all.
Span input_of(const CollectiveRun& run, const Layout& layout);

/// Segment `i` of a range; empty beyond its end.
inline Span segment_of(const Span& range, std::int64_t i, std::int64_t segment) {
  const std::int64_t begin = std::min(range.length, i * segment);
  return {range.buffer, range.offset + begin, std::min(segment, range.length - begin)};
}

/// i modulo n, never negative.
constexpr std::int64_t wrap(std::int64_t i, std::int64_t n) { return (i % n + n) % n; }

}  // namespace ringtrue
