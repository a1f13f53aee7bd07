#include <nlohmann/json.hpp>

#include "experiment/bandwidth.hpp"
#include "experiment/json.hpp"
#include "sim/expect/answer.hpp"

namespace ringtrue::expect {
namespace {

template <class Enum>
Json name_or_null(const std::optional<Enum>& value) {
  return value ? Json(to_string(*value)) : Json();
}

Json call_json(const nccl::Call& call) {
  return {{"collective", to_string(call.collective)},
          {"bytes", call.bytes.count},
          {"gpus", call.gpus},
          {"nodes", call.nodes},
          {"launch_mode", name_or_null(call.launch)},
          {"algorithm", to_string(call.algorithm)},
          {"protocol", name_or_null(call.protocol)}};
}

Json choice_json(nccl::Choice choice) {
  Json json{{"algorithm", to_string(choice.algorithm)}};
  json["protocol"] = choice.algorithm == Algorithm::direct ? Json() : Json(to_string(choice.protocol));
  return json;
}

Json knee_json(const std::optional<Knee>& knee) {
  if (!knee) return {};
  Json json = choice_json(knee->choice);
  json["bytes"] = knee->bytes.count;
  return json;
}

Json runner_up_json(const std::optional<Alternative>& other) {
  if (!other) return {};
  Json json = choice_json(other->choice);
  json["time_s"] = other->time.count();
  json["tuner_time_s"] = other->tuner_time.count();
  return json;
}

Json parts_json(const Parts& parts) {
  return {{"launch_s", parts.launch.count()},
          {"channels_s", parts.channels.count()},
          {"jitter_s", parts.jitter.count()},
          {"wire_s", parts.wire.count()},
          {"start_s", parts.start.count()}};
}

Json expected_json(const Expectation& e) {
  return {{"time_s", e.time.count()},
          {"algbw_bytes_per_s", algbw(e.call.bytes, e.time).bytes_per_second},
          {"busbw_bytes_per_s", busbw(e.call.collective, e.call.bytes, e.call.gpus, e.time).bytes_per_second},
          {"bound_s", e.bound.count()},
          {"bound_reached", e.bound / e.time},
          {"choice", choice_json(e.choice)},
          {"runner_up", runner_up_json(e.runner_up)},
          {"changes_below", knee_json(e.below)},
          {"changes_above", knee_json(e.above)},
          {"parts", parts_json(e.parts)},
          {"extrapolated", e.extrapolated}};
}

Json published_json(const Neighbours& near) {
  Json rows = Json::array();
  for (const PublishedTime& row : near.rows) {
    Json json = call_json(row.call);
    json["chosen"] = row.chosen;
    json["in_place"] = row.in_place ? Json(*row.in_place) : Json();
    json["time_s"] = row.time.count();
    json["source"] = row.source;
    json["fitted"] = row.fitted;
    rows.push_back(std::move(json));
  }
  return {{"same_size", near.same_size},
          {"spread", near.spread},
          {"alike", near.alike},
          {"alike_spread", near.alike_spread},
          {"rows", rows}};
}

Json held_out_json(const HeldOut& held_out) {
  return {{"rows", held_out.rows},
          {"log_error", held_out.rows > 0 ? Json(held_out.error) : Json()},
          {"known_sources", held_out.known_sources}};
}

Json uncertainty_json(const Uncertainty& u) {
  return {{"held_out_like_it", held_out_json(u.like)},
          {"held_out_in_all", held_out_json(u.in_all)},
          {"error", u.error},
          {"spread", u.spread},
          {"normal_least_s", u.least.count()},
          {"normal_most_s", u.most.count()}};
}

Json cause_json(const Cause& cause) {
  return {{"id", cause.id}, {"what", cause.what}, {"least_s", cause.least.count()}, {"most_s", cause.most.count()}};
}

Json causes_json(const std::vector<Cause>& causes) {
  Json json = Json::array();
  for (const Cause& cause : causes) json.push_back(cause_json(cause));
  return json;
}

Json judged_json(const Judged& judged, const Expectation& expected) {
  return {{"time_s", judged.measured.count()},
          {"ratio", judged.measured / expected.time},
          {"verdict", to_string(judged.verdict)},
          {"beats_bound", judged.diagnosis.beats_bound},
          {"fits", causes_json(judged.diagnosis.fits)},
          {"possible", causes_json(judged.diagnosis.possible)},
          {"nearest", causes_json(judged.diagnosis.nearest)}};
}

Json row_json(const LogRow& row) {
  Json json = call_json(row.expected.call);
  json["in_place"] = row.in_place ? Json(*row.in_place) : Json();
  json["measured_s"] = row.measured.count();
  json["expected"] = expected_json(row.expected);
  json["ratio"] = row.measured / row.expected.time;
  json["uncertainty"] = uncertainty_json(row.uncertainty);
  json["verdict"] = to_string(row.verdict);
  return json;
}

}  // namespace

std::string json_of(const Answer& answer) {
  Json json{{"platform", answer.platform},
            {"call", call_json(answer.expected.call)},
            {"expected", expected_json(answer.expected)},
            {"published", published_json(answer.published)},
            {"uncertainty", uncertainty_json(answer.uncertainty)}};
  json["measured"] = answer.judged ? judged_json(*answer.judged, answer.expected) : Json();
  return json.dump() + "\n";
}

std::string json_of(const LogAnswer& answer) {
  Json json{{"platform", answer.platform},
            {"log", answer.log},
            {"rows", Json::array()},
            {"skipped", Json::array()},
            {"causes", Json::array()}};
  for (const LogRow& row : answer.rows) json["rows"].push_back(row_json(row));
  for (const SkippedRow& row : answer.skipped) json["skipped"].push_back({{"row", row.row}, {"why", row.why}});
  for (const LogCause& c : answer.causes) {
    Json cause = cause_json(c.cause);
    cause["explained"] = c.explained;
    cause["contradicted"] = c.contradicted;
    cause["least_bytes"] = c.least.count;
    cause["most_bytes"] = c.most.count;
    json["causes"].push_back(std::move(cause));
  }
  return json.dump() + "\n";
}

}  // namespace ringtrue::expect
