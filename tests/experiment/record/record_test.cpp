#include "experiment/record/record.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"

using namespace ringtrue;
using Catch::Contains;
using Catch::WithinRel;

namespace {

const std::string ring =
    R"({"collective":"all_reduce","algorithm":"ring","bytes":1048576,"dtype":"float32","op":"sum",)"
    R"("in_place":true,"segment_bytes":65536,"segments_in_flight":2,"ranks":4})";

const std::string measured =
    R"({"experiment":)" + ring +
    R"(,"system_id":"host.h1.c2.block.sm","origin":"measured","source":"ringtrue-bench 0.1.0","campaign":"accept","launch":5,)"
    R"("purpose":"score","time_s":{"n":60,"min":0.0161,"q1":0.0164,"median":0.0166,"q3":0.0171,"max":0.024},)"
    R"("clock":"makespan","local_max_s":{"median":0.0158},"state":{"canary_s":[9.1e-08,9.2e-08]},"verified":true,)"
    R"("oversubscribed":true,"samples_s":[0.0161,0.0166]})";

/// The same with what newer programs add.
const std::string with_conditions =
    measured.substr(0, measured.find(",\"samples_s\"")) +
    R"(,"warm_up":{"iterations":24,"steady":true},"stationary":false,"step":{"iteration":40,"ratio":1.5},"outliers":2,"late_starts":3,)"
    R"("wall_s":{"row":1.25,"warm_up":0.2,"timed":0.8},"samples_s":[0.0161,0.0166]})";

const std::string simulated =
    R"({"experiment":)" + ring +
    R"(,"system_id":"host.h1.c2.block.sm","origin":"simulated","source":"cluster",)"
    R"("time_s":{"value":0.0169,"replicates":[0.0168,0.017]},"state":"fast","extrapolated":false})";

const std::string published =
    R"({"experiment":{"collective":"all_reduce","algorithm":"ring","bytes":268435456,"dtype":null,"op":null,"in_place":null,)"
    R"("ranks":8},"system_id":"hgx-h100.h1.nvswitch","origin":"published","source":"astra-sim-docs, hgx_h100/8gpus.png",)"
    R"("time_s":{"value":0.001308,"sigma":1.39e-05},"how_read":"digitised","as_printed":"1308.0 us"})";

Record parse(const std::string& text) { return parse_record(parse_json(text, "r"), "r"); }

std::string replaced(std::string text, const std::string& old_part, const std::string& new_part) {
  const std::size_t at = text.find(old_part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old_part.size(), new_part);
}

}  // namespace

TEST_CASE("phases and losses of training are kept, in measured and simulated records") {
  const std::string phases = R"("phases_s":{"backward":0.3,"forward":0.15},)";
  const Record m = parse(replaced(measured, R"("samples_s")", phases + R"("loss":[2.3,2.25],"samples_s")"));
  const auto& result = std::get<Measurement>(m.result);
  CHECK(phase_of(result.phases, "backward") == Seconds{0.3});
  CHECK(phase_of(result.phases, "exposed") == Seconds{0});
  CHECK(result.losses == std::vector<double>{2.3, 2.25});
  CHECK(std::get<Measurement>(parse_record(to_json(m), "r").result).phases == result.phases);
  const Record s = parse(replaced(simulated, R"("state")", phases + R"("state")"));
  CHECK(std::get<Simulation>(parse_record(to_json(s), "r").result).phases == result.phases);
  CHECK_THROWS_WITH(parse(replaced(simulated, R"("state")", R"("phases_s":{"forward":-1},"state")")),
                    Contains("forward"));
}

TEST_CASE("records of each origin survive JSON byte for byte") {
  for (const std::string& text : {measured, with_conditions, simulated, published})
    REQUIRE(to_json(parse(text)).dump() == text);
}

TEST_CASE("the fields of a measured record arrive where they belong") {
  const Record record = parse(measured);
  const auto& m = std::get<Measurement>(record.result);
  REQUIRE(
      (record.campaign == "accept" && record.launch == 5 && m.purpose == Purpose::score && m.clock == Clock::makespan));
  REQUIRE((m.time.n == 60 && m.time.q3 == Seconds{0.0171} && m.local_max_median == Seconds{0.0158}));
  REQUIRE((m.canary->before == Seconds{9.1e-8} && m.canary->after == Seconds{9.2e-8}));
  REQUIRE((m.samples.size() == 2 && m.verified && m.oversubscribed));
  REQUIRE(time_of(record) == Seconds{0.0166});  // the median
}

TEST_CASE("how measuring went stands in the record, or is not known") {
  const Record record = parse(with_conditions);
  const auto& m = std::get<Measurement>(record.result);
  REQUIRE((m.warm_up->iterations == 24 && m.warm_up->steady && m.outliers == 2 && m.late_starts == 3));
  REQUIRE(m.stationarity == Stationarity{.stationary = false, .step_at = 40, .step_ratio = 1.5});
  REQUIRE_THAT(m.wall->overhead(), WithinRel(0.2, 1e-9));  // 1 - (0.2 + 0.8) / 1.25
  const Record older = parse(measured);
  const auto& o = std::get<Measurement>(older.result);
  REQUIRE_FALSE((o.warm_up || o.stationarity || o.outliers || o.late_starts || o.wall));
}

TEST_CASE("the time that is compared is the value of a simulation or publication") {
  REQUIRE(time_of(parse(simulated)) == Seconds{0.0169});
  REQUIRE(time_of(parse(published)) == Seconds{0.001308});
  REQUIRE(std::get<Publication>(parse(published).result).sigma == Seconds{1.39e-5});
}

TEST_CASE("the id holds what makes a row the same row") {
  REQUIRE(record_id(parse(measured)) ==
          "measured|ringtrue-bench "
          "0.1.0|all_reduce.ring.1048576B.float32.sum.in_place.seg65536x2.p4|host.h1.c2.block.sm||accept|5");
  REQUIRE(record_id(parse(simulated)) ==
          "simulated|cluster|all_reduce.ring.1048576B.float32.sum.in_place.seg65536x2.p4|host.h1.c2.block.sm|fast||0");
  REQUIRE(record_id(parse(measured)) != record_id(parse(replaced(measured, "\"launch\":5", "\"launch\":6"))));
  REQUIRE(record_id(parse(simulated)) != record_id(parse(replaced(simulated, "\"fast\"", "\"slow\""))));
  REQUIRE(record_id(parse(measured)) == record_id(parse(replaced(measured, "0.0166", "0.0167"))));  // the time does not
}

TEST_CASE("measured times are stored with six digits") {
  Record record = parse(measured);
  std::get<Measurement>(record.result).samples = {Seconds{0.123456789}, Seconds{1.23456749e-7}, Seconds{0}};
  const Json json = to_json(record);
  REQUIRE_THAT(json["samples_s"][0].get<double>(), WithinRel(0.123457, 1e-12));
  REQUIRE_THAT(json["samples_s"][1].get<double>(), WithinRel(1.23457e-7, 1e-12));
  REQUIRE(json["samples_s"][2] == 0.0);
}

TEST_CASE("an external simulator may leave out state and extrapolated") {
  const Record record = parse(R"({"experiment":)" + ring +
                              R"(,"system_id":"x","origin":"simulated","source":"mine 1.0","time_s":{"value":0.01}})");
  const auto& s = std::get<Simulation>(record.result);
  REQUIRE((s.state.empty() && !s.extrapolated && s.replicates.empty() && s.time == Seconds{0.01}));
}

TEST_CASE("a mean of ranks has neither longest rank nor canary, every other clock has both") {
  const std::string state = R"("state":{"canary_s":[9.1e-08,9.2e-08]},)";
  const std::string both = R"("clock":"makespan","local_max_s":{"median":0.0158},)" + state;
  const Record record = parse(replaced(measured, both, R"("clock":"mean_of_ranks",)"));
  const auto& m = std::get<Measurement>(record.result);
  REQUIRE((m.clock == Clock::mean_of_ranks && !m.canary && m.local_max_median == Seconds{0}));
  REQUIRE(to_json(parse(to_json(record).dump())) == to_json(record));
  REQUIRE_THROWS_WITH(parse(replaced(measured, state, "")), Contains("the key 'state' is missing"));
  REQUIRE_THROWS_WITH(parse(replaced(measured, both, R"("clock":"mean_of_ranks",)" + state)),
                      Contains("unknown key 'state'"));
}

TEST_CASE("what is wrong with a record is said with its key") {
  const auto refused = [](const std::string& text, const std::string& old_part, const std::string& new_part,
                          const std::string& why) {
    REQUIRE_THROWS_WITH(parse(replaced(text, old_part, new_part)), Contains(why));
  };
  refused(measured, "\"measured\"", "\"guessed\"", "it takes measured, simulated or published");
  refused(measured, "\"score\"", "\"judge\"", "it takes calibrate or score or show");
  refused(measured, "\"makespan\"", "\"wall\"", "it takes makespan or local_max or mean_of_ranks");
  refused(measured, "\"q1\":0.0164", "\"q1\":0.0167", "must ascend");
  refused(measured, "[9.1e-08,9.2e-08]", "[9.1e-08]", "two times, before and after the row");
  refused(measured, "0.024", "-1", "'max' is -1");
  refused(measured, "\"n\":60", "\"n\":0", "'n' is 0");
  refused(measured, "\"verified\":true,", "", "the key 'verified' is missing");
  refused(measured, "\"launch\"", "\"lunch\"", "unknown key 'lunch' (did you mean 'launch'?)");
  refused(measured, "\"verified\"", "\"speed\":1,\"verified\"", "unknown key 'speed'");
  refused(with_conditions, "\"step\":{\"iteration\":40,\"ratio\":1.5},", "", "the key 'step' is missing");
  refused(with_conditions, "\"ratio\":1.5", "\"ratio\":0", "'ratio' is 0");
  refused(with_conditions, "\"outliers\":2", "\"outliers\":-2", "'outliers' is -2");
  refused(with_conditions, "\"late_starts\":3", "\"late_starts\":-3", "'late_starts' is -3");
  refused(with_conditions, "\"timed\":0.8", "\"time\":0.8", "'timed'");
  refused(simulated, "\"value\":0.0169", "\"value\":null", "a template from `expand` leaves it empty");
  refused(simulated, "\"value\":0.0169", "\"value\":0", "it takes a time above zero");
  refused(simulated, "\"value\":0.0169", "\"value\":1e12", "'value' is 1000000000000.0");
  refused(published, "\"digitised\"", "\"eyeballed\"", "tabulated or digitised or scalar_only or not_reproducible");
  refused(published, ",\"sigma\":1.39e-05", "", "the key 'sigma' is missing");
}
