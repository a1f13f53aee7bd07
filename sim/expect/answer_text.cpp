#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/bandwidth.hpp"
#include "sim/expect/answer.hpp"
#include "sim/expect/spelled.hpp"

namespace ringtrue::expect {
namespace {

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

/// A ratio that may be 1.004 or 2,000.
std::string times(double ratio) { return ratio < 100 ? fmt::format("{:.3f}", ratio) : fmt::format("{:.0f}", ratio); }

std::string line(std::string_view name, const std::string& what) { return fmt::format("  {:<14}{}\n", name, what); }

std::string launch_text(const std::optional<LaunchMode>& launch) {
  return launch ? std::string(to_string(*launch)) : "any launch mode";
}

std::string choice_lines(const Expectation& e) {
  if (!e.runner_up)
    return line("algorithm", choice_text(e.choice) + (e.choice.algorithm == Algorithm::direct
                                                          ? ", messages go straight to their receivers"
                                                          : ", forced"));
  std::string text =
      line("algorithm",
           fmt::format("{}, as NCCL's tuner chooses{}; next {}, which would take {}", choice_text(e.choice),
                       e.call.algorithm == Algorithm::library && !e.call.protocol ? "" : " of what is left open",
                       choice_text(e.runner_up->choice), time_text(e.runner_up->time)));
  std::vector<std::string> knees;
  if (e.below) knees.push_back(fmt::format("{} from {} down", choice_text(e.below->choice), size_text(e.below->bytes)));
  if (e.above) knees.push_back(fmt::format("{} from {} up", choice_text(e.above->choice), size_text(e.above->bytes)));
  return text +
         line("changes to", knees.empty() ? "nothing else, at any size" : fmt::format("{}", fmt::join(knees, ", ")));
}

std::string parts_text(const Parts& parts) {
  struct Named {
    std::string_view name;
    Seconds time;
  };
  std::vector<std::string> texts;
  for (const Named& part : std::array<Named, 5>{{{"wire", parts.wire},
                                                 {"jitter", parts.jitter},
                                                 {"base and steps", parts.start},
                                                 {"channels", parts.channels},
                                                 {"launch", parts.launch}}})
    if (part.time > Seconds{5e-10}) texts.push_back(fmt::format("{} {}", part.name, time_text(part.time)));
  return fmt::format("{}", fmt::join(texts, " + "));
}

std::string expected_lines(const Expectation& e) {
  const nccl::Call& call = e.call;
  std::string text =
      line("expected", fmt::format("{}   algbw {}   busbw {}", time_text(e.time), rate_text(algbw(call.bytes, e.time)),
                                   rate_text(busbw(call.collective, call.bytes, call.gpus, e.time))));
  text += line("bound", fmt::format("{} by bandwidth alone; {} of it is reached", time_text(e.bound),
                                    percent(e.bound / e.time)));
  text += choice_lines(e);
  return text + line("made of", parts_text(e.parts));
}

std::string published_row(const PublishedTime& row) {
  std::string how(to_string(row.call.algorithm));
  if (row.call.algorithm == Algorithm::library) how = "auto";
  if (row.call.protocol) how += fmt::format("/{}", to_string(*row.call.protocol));
  if (!row.chosen.empty()) how += fmt::format(" ({})", row.chosen);
  const std::string place = !row.in_place ? "" : *row.in_place ? ", in place" : ", out of place";
  return fmt::format("    {:>9}  {:>10}  {}, {}{}: {}\n", size_text(row.call.bytes), time_text(row.time), how,
                     launch_text(row.call.launch), place, row.source);
}

std::string published_lines(const Neighbours& near) {
  if (near.rows.empty()) return line("published", "nothing for this collective, number of GPUs and nodes");
  const std::string alike =
      near.alike == 0 ? "none of them ran as expected here"
                      : fmt::format("of the {} that ran as expected here {:.3f}", near.alike, near.alike_spread);
  std::string text = line("published", fmt::format("{}, most / least {:.3f}{}; {}",
                                                   near.same_size ? fmt::format("{} of this size", near.rows.size())
                                                                  : "not this size; the nearest",
                                                   near.spread, near.same_size ? "" : " at one size", alike));
  for (const PublishedTime& row : near.rows) text += published_row(row);
  return text;
}

std::string held_out_text(const HeldOut& h) {
  return fmt::format("{} on {} rows{}", percent(h.error), h.rows,
                     h.known_sources ? " (other sizes of the same sources were fitted)" : "");
}

std::string uncertainty_lines(const Uncertainty& u) {
  std::string held = "held-out error " + held_out_text(u.like);
  if (u.like.rows == 0 && u.in_all.rows > 0) held = "nothing like it was held out; in all " + held_out_text(u.in_all);
  if (u.in_all.rows == 0) held = fmt::format("nothing was held out, {} assumed", percent(u.error));
  return line("uncertainty", held) +
         line("normal", fmt::format("{} to {}: {} either way, of twice {} and a published spread of {:.3f}; see --help",
                                    time_text(u.least), time_text(u.most), percent(std::expm1(u.width)),
                                    percent(u.error), u.spread));
}

std::string cause_line(const Cause& cause, Seconds measured) {
  if (cause.computed())
    return fmt::format("    {:>10} ({} of the measured)  {}\n", time_text(cause.least), times(cause.least / measured),
                       cause.what);
  return fmt::format("    {} to {}  {}\n", time_text(cause.least), time_text(cause.most), cause.what);
}

std::string cause_lines(std::string_view title, const std::vector<Cause>& causes, Seconds measured) {
  if (causes.empty()) return "";
  std::string text = fmt::format("  {}\n", title);
  for (const Cause& cause : causes) text += cause_line(cause, measured);
  return text;
}

std::string judged_lines(const Judged& judged, const Expectation& expected) {
  const Diagnosis& d = judged.diagnosis;
  std::string text = line("measured", fmt::format("{}, {} x the expected time: {}", time_text(judged.measured),
                                                  times(judged.measured / expected.time), to_string(judged.verdict)));
  if (judged.verdict == Verdict::normal) return text;
  if (d.beats_bound) text += line("", "no algorithm of NCCL can be so fast here: something else ran than is asked");
  text += cause_lines("causes that fit within 3 %, computed:", d.fits, judged.measured);
  text += cause_lines("causes that may give such times, by rule of thumb:", d.possible, judged.measured);
  text += cause_lines(d.possible.empty() ? "no known cause fits; the nearest:" : "no computed cause fits; the nearest:",
                      d.nearest, judged.measured);
  return text;
}

std::string extrapolated_text(const std::vector<std::string>& reasons) {
  return reasons.empty() ? "no: the platform was fitted on such calls"
                         : fmt::format("yes: {}", fmt::join(reasons, "; "));
}

std::string log_row(const LogRow& row) {
  const nccl::Call& call = row.expected.call;
  return fmt::format("  {:<15}{:>5}{:>6} {:<16}{:<13}{:>11}{:>12}{:>12}{:>9}  {}{}\n", to_string(call.collective),
                     call.gpus, call.nodes, launch_text(call.launch),
                     !row.in_place   ? ""
                     : *row.in_place ? "in place"
                                     : "out of place",
                     size_text(call.bytes), time_text(row.measured), time_text(row.expected.time),
                     times(row.measured / row.expected.time), to_string(row.verdict),
                     row.expected.extrapolated.empty() ? "" : ", extrapolated");
}

std::string log_cause(const LogCause& c) {
  return fmt::format("    explains {} row{} of {} to {}{}{}: {}\n", c.explained, c.explained == 1 ? "" : "s",
                     size_text(c.least), size_text(c.most), c.cause.computed() ? "" : " (rule of thumb)",
                     c.contradicted == 0 ? "" : fmt::format(", contradicted by {}", c.contradicted), c.cause.what);
}

}  // namespace

std::string text_of(const Answer& answer) {
  const Expectation& e = answer.expected;
  std::string text = fmt::format(
      "{}, {}; {}\n", question_text(e.call),
      e.call.launch ? std::string(to_string(*e.call.launch)) : "launch mode not given, taken as a process a GPU",
      answer.platform);
  text += expected_lines(e) + published_lines(answer.published) + uncertainty_lines(answer.uncertainty);
  text += line("extrapolated", extrapolated_text(e.extrapolated));
  if (answer.judged) text += judged_lines(*answer.judged, e);
  return text;
}

std::string text_of(const LogAnswer& answer) {
  std::string text =
      fmt::format("{} beside {}\n  {:<15}{:>5}{:>6} {:<16}{:<13}{:>11}{:>12}{:>12}{:>9}\n", answer.log, answer.platform,
                  "collective", "GPUs", "nodes", "launch mode", "", "bytes", "measured", "expected", "ratio");
  int abnormal = 0;
  for (const LogRow& row : answer.rows) {
    text += log_row(row);
    abnormal += row.verdict == Verdict::normal ? 0 : 1;
  }
  for (const SkippedRow& row : answer.skipped) text += fmt::format("  left out: {}: {}\n", row.row, row.why);
  text += fmt::format("  {} of {} rows are not normal\n", abnormal, answer.rows.size());
  if (abnormal == 0) return text;
  text += answer.causes.empty() ? "  no known cause explains them\n" : "  what would explain them:\n";
  for (const LogCause& cause : answer.causes) text += log_cause(cause);
  return text;
}

}  // namespace ringtrue::expect
