#include "experiment/timeline/step_trace.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

namespace ringtrue {
namespace {

enum Thread : int { computing = 1, exchanging = 2 };

Seconds first_begin(const StepTrace& trace) {
  Seconds first = Seconds::max();
  for (const std::vector<StepSpan>& spans : trace.ranks)
    for (const StepSpan& span : spans) first = std::min(first, span.begin);
  return first;
}

double microseconds(Seconds time) { return std::round(time.count() * 1e9) / 1000; }

class StepEvents {
 public:
  void add(const StepTrace& trace) {
    const Seconds zero = first_begin(trace);
    for (std::size_t rank = 0; rank < trace.ranks.size(); ++rank) {
      ++pid_;
      add_name("process_name", 0,
               fmt::format("rank {}: {} on {} by {}", rank, experiment_key(trace.experiment), trace.system_id,
                           trace.source));
      add_name("thread_name", computing, "computes");
      add_name("thread_name", exchanging, "exchanges");
      for (const StepSpan& span : trace.ranks[rank]) add_span(span, zero);
    }
  }
  Json take() { return std::move(events_); }

 private:
  void add_name(std::string_view kind, int thread, const std::string& name) {
    events_.push_back({{"name", kind}, {"ph", "M"}, {"pid", pid_}, {"tid", thread}, {"args", {{"name", name}}}});
  }
  void add_span(const StepSpan& span, Seconds zero) {
    const double begin = microseconds(span.begin - zero), end = microseconds(span.end - zero);
    events_.push_back({{"name", span.name},
                       {"ph", "X"},
                       {"ts", begin},
                       {"dur", std::round((end - begin) * 1000) / 1000},
                       {"pid", pid_},
                       {"tid", span.exchanging ? exchanging : computing}});
  }

  int pid_ = 0;
  Json events_ = Json::array();
};

}  // namespace

std::string step_trace_text(std::span<const StepTrace> traces) {
  if (traces.empty()) throw Error("no training step to write: no row that trains was measured");
  StepEvents events;
  for (const StepTrace& trace : traces) events.add(trace);
  return Json{{"displayTimeUnit", "ms"}, {"traceEvents", events.take()}}.dump() + "\n";
}

}  // namespace ringtrue
