#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "experiment/timeline/timeline.hpp"

namespace ringtrue {

/// Most timelines of one file, and most ranks and phases in all of them: viewers get slow beyond it.
inline constexpr std::size_t max_timelines = 1000;
inline constexpr std::size_t max_phases = 200'000;

inline constexpr int timeline_schema = 1;
/// The pid of the first timeline of a file; above every rank, because a thread that has the number of its process is
/// shown as its main thread, before the others.
inline constexpr std::int64_t first_timeline_pid = 2'000'001;

/// What a timeline of the experiment counts towards max_phases, or anything above it if it is more: its ranks and their
/// operations. Throws Error if the experiment has no schedule.
std::size_t timeline_lines(const Experiment& experiment);

/// One document in the Chrome trace event format, which https://ui.perfetto.dev and chrome://tracing open: a process
/// per timeline, a thread per rank, a complete event ("X") per phase. What the format has no place for (experiment,
/// system, makespan, recording) stands in its `otherData`. Times are rounded to whole nanoseconds, so that neighbours
/// never overlap. Same timelines, same bytes. Throws Error if there is none, or more than a file may hold.
std::string timeline_file_text(std::span<const Timeline> timelines);

/// Reads what timeline_file_text wrote, strictly: no unknown key, no phase outside its makespan, no overlap within a
/// rank, nothing beyond the limits above. Throws Error with file and place.
std::vector<Timeline> read_timeline_file(const std::filesystem::path& path);
std::vector<Timeline> parse_timelines(const std::string& text, const std::string& where);

}  // namespace ringtrue
