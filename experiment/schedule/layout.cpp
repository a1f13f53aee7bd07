#include "experiment/schedule/layout.hpp"

namespace ringtrue {
namespace {

/// The longest that is sent at once, so that a segment, and with it scratch, is no longer.
std::int64_t longest_range(const CollectiveRun& run, const Layout& layout) {
  const bool by_chunks = run.algorithm == Algorithm::ring || run.algorithm == Algorithm::direct;
  switch (run.collective) {
    case Collective::all_reduce:
    case Collective::reduce_scatter:
    case Collective::all_gather: return by_chunks ? layout.largest_chunk() : layout.bytes;
    case Collective::all_to_all:
    case Collective::broadcast:
    case Collective::send_recv: return layout.bytes;
  }
  throw std::logic_error("longest_range: not a collective");
}

}  // namespace

Layout layout_of(const CollectiveRun& run, int rank, int ranks) {
  Layout layout{.rank = rank,
                .ranks = ranks,
                .bytes = run.bytes.count,
                .element = element_bytes(*run.dtype).count,
                .in_place = *run.in_place};
  const Segmentation segmentation = run.segmentation.value_or(Segmentation{run.bytes});
  const std::int64_t whole_elements = segmentation.segment.count / layout.element * layout.element;
  layout.segment = std::clamp(whole_elements, layout.element, std::max(layout.element, longest_range(run, layout)));
  layout.in_flight = segmentation.in_flight;
  return layout;
}

Span input_of(const CollectiveRun& run, const Layout& layout) {
  const Span all{layout.own(), 0, layout.bytes};
  switch (run.collective) {
    case Collective::all_gather: return layout.chunk(layout.rank, layout.own());
    case Collective::broadcast: return layout.rank == run.root.value_or(0) ? all : Span{layout.own(), 0, 0};
    case Collective::all_reduce:
    case Collective::reduce_scatter:
    case Collective::all_to_all:
    case Collective::send_recv: return all;
  }
  throw std::logic_error("input_of: not a collective");
}

}  // namespace ringtrue
