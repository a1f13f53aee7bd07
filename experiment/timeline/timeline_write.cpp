#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/schedule/schedule.hpp"
#include "experiment/timeline/timeline_file.hpp"

namespace ringtrue {
namespace {

std::int64_t nanoseconds(Seconds time) { return std::llround(time.count() * 1e9); }

/// The format's unit. A whole number of nanoseconds is written with at most three decimals.
double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

Json recording_json(const Recording& r) {
  return {{"iterations", r.iterations},
          {"clock_read_s", r.clock_read.count()},
          {"plain_median_s", r.plain_median.count()},
          {"common_clock", r.common_clock},
          {"canary_s", {r.canary.before.count(), r.canary.after.count()}}};
}

Json description(const Timeline& timeline, std::int64_t pid) {
  Json json{{"pid", pid},
            {"origin", origin_name(timeline)},
            {"experiment", to_json(timeline.experiment)},
            {"system_id", timeline.system_id},
            {"source", timeline.source},
            {"state", timeline.state},
            {"makespan_s", timeline.makespan.count()}};
  if (timeline.recording) json["recording"] = recording_json(*timeline.recording);
  return json;
}

std::string process_name(const Timeline& timeline) {
  return fmt::format("{} by {}{}: {} on {}", origin_name(timeline), timeline.source,
                     timeline.state.empty() ? "" : ", " + timeline.state, experiment_key(timeline.experiment),
                     timeline.system_id);
}

Json event_json(const Phase& phase, std::int64_t pid) {
  const std::int64_t begin = nanoseconds(phase.begin), end = nanoseconds(phase.end);
  Json args{{"bytes", phase.bytes.count}, {"operation", phase.operation}};
  if (phase.peer >= 0) {
    args["peer"] = phase.peer;
    args["started"] = phase.started;
  }
  return {{"name", to_string(phase.kind)},
          {"cat", to_string(phase.kind)},
          {"ph", "X"},
          {"ts", microseconds(begin)},
          {"dur", microseconds(end - begin)},
          {"pid", pid},
          {"tid", phase.rank},
          {"args", args}};
}

/// Collects the lines of `traceEvents`.
class Events {
 public:
  void add(const Timeline& timeline, std::int64_t pid, std::size_t place) {
    add_name(pid, 0, "process_name", {{"name", process_name(timeline)}});
    add_name(pid, 0, "process_sort_index", {{"sort_index", place}});
    for (int rank = 0; rank < timeline.experiment.ranks; ++rank) {
      add_name(pid, rank, "thread_name", {{"name", fmt::format("rank {}", rank)}});
      add_name(pid, rank, "thread_sort_index", {{"sort_index", rank}});
    }
    for (const Phase& phase : timeline.phases) add_line(event_json(phase, pid));
  }
  const std::string& text() const { return text_; }

 private:
  void add_name(std::int64_t pid, int tid, std::string_view name, const Json& args) {
    add_line({{"name", name}, {"ph", "M"}, {"pid", pid}, {"tid", tid}, {"args", args}});
  }
  void add_line(const Json& event) {
    text_ += text_.empty() ? "\n" : ",\n";
    text_ += event.dump();
  }
  std::string text_;
};

void check_size(std::span<const Timeline> timelines) {
  if (timelines.empty()) throw Error("no timeline to write: no row was recorded");
  if (timelines.size() > max_timelines)
    throw Error(fmt::format("{} timelines are too many for one file of at most {}; choose one row", timelines.size(),
                            max_timelines));
  std::size_t lines = 0;
  for (const Timeline& timeline : timelines)
    lines += timeline.phases.size() + static_cast<std::size_t>(timeline.experiment.ranks);
  if (lines > max_phases)
    throw Error(
        fmt::format("{} ranks and phases are too many for one file of at most {}; choose one row, fewer ranks "
                    "or longer segments",
                    lines, max_phases));
}

}  // namespace

std::size_t timeline_lines(const Experiment& experiment) {
  std::size_t lines = 0;
  for (int rank = 0; rank < experiment.ranks; ++rank) {
    ++lines;
    Schedule schedule(experiment, rank);
    while (lines <= max_phases && schedule.next()) ++lines;
  }
  return lines;
}

std::string timeline_file_text(std::span<const Timeline> timelines) {
  check_size(timelines);
  Json descriptions = Json::array();
  Events events;
  for (std::size_t i = 0; i < timelines.size(); ++i) {
    const std::int64_t pid = first_timeline_pid + static_cast<std::int64_t>(i);
    descriptions.push_back(description(timelines[i], pid));
    events.add(timelines[i], pid, i);
  }
  const Json other{{"schema", timeline_schema}, {"timelines", descriptions}};
  return fmt::format("{{\"displayTimeUnit\":\"ns\",\n\"otherData\":{},\n\"traceEvents\":[{}]}}\n", other.dump(),
                     events.text());
}

}  // namespace ringtrue
