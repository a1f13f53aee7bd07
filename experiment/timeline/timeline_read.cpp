#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/timeline/timeline_file.hpp"

namespace ringtrue {
namespace {

/// A line is about 150 bytes; parsed, it takes several times that.
constexpr std::size_t max_timeline_file_bytes = std::size_t{128} << 20;
constexpr NumberRange traced_range{0, 1e6};
constexpr NumberRange microseconds_range{0, 1e12};

PhaseKind parse_phase_kind(const ObjectReader& reader, const std::string& name) {
  for (const PhaseKind kind : all_phase_kinds)
    if (to_string(kind) == name) return kind;
  reader.refuse("name", "send, receive, wait_send, wait_receive, reduce or copy");
}

bool is_message(PhaseKind kind) { return kind != PhaseKind::reduce && kind != PhaseKind::copy; }

Recording read_recording(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  Recording r{.iterations = static_cast<int>(reader.integer("iterations", 1, 1'000'000)),
              .clock_read = Seconds{reader.number("clock_read_s", traced_range)},
              .plain_median = Seconds{reader.number("plain_median_s", traced_range)},
              .common_clock = reader.boolean("common_clock"),
              .canary = {}};
  const std::vector<double> canary = reader.numbers("canary_s", traced_range);
  if (canary.size() != 2) reader.refuse("canary_s", "two numbers, before and after");
  r.canary = {.before = Seconds{canary[0]}, .after = Seconds{canary[1]}};
  reader.finish();
  return r;
}

/// All of a timeline but its phases. `pid` is the one it has to have.
Timeline read_description(const Json& json, const std::string& where, std::int64_t pid) {
  ObjectReader reader(json, where);
  reader.integer("pid", pid, pid);
  Timeline timeline{.experiment = parse_experiment(reader.at("experiment"), reader.where("experiment")),
                    .system_id = reader.text("system_id"),
                    .source = reader.text("source"),
                    .state = reader.text("state"),
                    .makespan = Seconds{reader.number("makespan_s", traced_range)},
                    .recording = {},
                    .phases = {}};
  if (reader.has("recording")) timeline.recording = read_recording(reader.at("recording"), reader.where("recording"));
  if (reader.text("origin") != origin_name(timeline))
    reader.refuse("origin", "measured with a recording, or simulated without");
  reader.finish();
  return timeline;
}

std::vector<Timeline> read_descriptions(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  reader.integer("schema", timeline_schema, timeline_schema);
  const Json& list = reader.at("timelines");
  if (!list.is_array() || list.empty() || list.size() > max_timelines)
    reader.refuse("timelines", fmt::format("a list of 1 to {}", max_timelines));
  std::vector<Timeline> timelines;
  for (std::size_t i = 0; i < list.size(); ++i)
    timelines.push_back(read_description(list[i], fmt::format("{}/{}", reader.where("timelines"), i),
                                         first_timeline_pid + static_cast<std::int64_t>(i)));
  reader.finish();
  return timelines;
}

/// Names and places of processes and threads: for the viewer only.
void check_metadata(ObjectReader& reader) {
  const std::string name = reader.text("name");
  ObjectReader args(reader.at("args"), reader.where("args"));
  if (name == "process_name" || name == "thread_name") {
    args.text("name");
  } else if (name == "process_sort_index" || name == "thread_sort_index") {
    args.integer("sort_index", 0, max_ranks);
  } else {
    reader.refuse("name", "process_name, thread_name, process_sort_index or thread_sort_index");
  }
  args.finish();
}

/// Whole nanoseconds, as they were written: neighbours touch exactly.
std::int64_t read_nanoseconds(ObjectReader& reader, const std::string& key) {
  return std::llround(reader.number(key, microseconds_range) * 1000);
}

Seconds seconds(std::int64_t ns) { return Seconds{static_cast<double>(ns) * 1e-9}; }

Phase read_phase(ObjectReader& reader, const Timeline& timeline, int rank) {
  const std::int64_t begin = read_nanoseconds(reader, "ts"), length = read_nanoseconds(reader, "dur");
  const std::string name = reader.text("name");
  Phase phase{
      .kind = parse_phase_kind(reader, name), .rank = rank, .begin = seconds(begin), .end = seconds(begin + length)};
  if (reader.text("cat") != name) reader.refuse("cat", "the name of the event");
  ObjectReader args(reader.at("args"), reader.where("args"));
  phase.bytes = {args.integer("bytes", 0, max_bytes.count)};
  phase.operation = static_cast<int>(args.integer("operation", 0, std::numeric_limits<int>::max()));
  if (is_message(phase.kind)) {
    phase.peer = static_cast<int>(args.integer("peer", 0, timeline.experiment.ranks - 1));
    phase.started = static_cast<int>(args.integer("started", 0, phase.operation));
  }
  args.finish();
  if (phase.end > timeline.makespan + Seconds{1e-9})
    reader.refuse("dur", fmt::format("an end within the makespan of {} s", timeline.makespan.count()));
  return phase;
}

void check_order(const ObjectReader& reader, const Phase& phase, const Timeline& timeline) {
  if (timeline.phases.empty()) return;
  const Phase& before = timeline.phases.back();
  if (phase.rank > before.rank) return;
  if (phase.rank < before.rank) reader.refuse("tid", "a rank not below the one before");
  if (phase.operation <= before.operation) reader.refuse("args", "an operation after the one before");
  if (phase.begin < before.end) reader.refuse("ts", "a begin after the end of the phase before");
}

void read_event(const Json& json, const std::string& where, std::vector<Timeline>& timelines) {
  ObjectReader reader(json, where);
  const auto count = static_cast<std::int64_t>(timelines.size());
  const std::int64_t pid = reader.integer("pid", first_timeline_pid, first_timeline_pid + count - 1);
  Timeline& timeline = timelines[static_cast<std::size_t>(pid - first_timeline_pid)];
  const int rank = static_cast<int>(reader.integer("tid", 0, timeline.experiment.ranks - 1));
  const std::string kind = reader.text("ph");
  if (kind == "X") {
    const Phase phase = read_phase(reader, timeline, rank);
    check_order(reader, phase, timeline);
    timeline.phases.push_back(phase);
  } else if (kind == "M") {
    check_metadata(reader);
  } else {
    reader.refuse("ph", "X or M");
  }
  reader.finish();
}

}  // namespace

std::vector<Timeline> parse_timelines(const std::string& text, const std::string& where) {
  if (text.size() > max_timeline_file_bytes)
    throw Error(fmt::format("{}: {} bytes; timelines take at most {}", where, text.size(), max_timeline_file_bytes));
  const Json json = parse_json(text, where);
  ObjectReader reader(json, where);
  if (reader.text("displayTimeUnit") != "ns") reader.refuse("displayTimeUnit", "ns");
  std::vector<Timeline> timelines = read_descriptions(reader.at("otherData"), reader.where("otherData"));
  const Json& events = reader.at("traceEvents");
  // Two lines of metadata for every timeline and every rank.
  constexpr std::size_t most = 2 * (max_phases + max_timelines);
  if (!events.is_array() || events.size() > most)
    reader.refuse("traceEvents", fmt::format("a list of at most {}", most));
  for (std::size_t i = 0; i < events.size(); ++i)
    read_event(events[i], fmt::format("{}/{}", reader.where("traceEvents"), i), timelines);
  reader.finish();
  return timelines;
}

std::vector<Timeline> read_timeline_file(const std::filesystem::path& path) {
  return parse_timelines(read_text_file(path), path.string());
}

}  // namespace ringtrue
