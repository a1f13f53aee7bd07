#include "sim/expect/command.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "experiment/error.hpp"
#include "experiment/record/record_file.hpp"
#include "sim/expect/answer.hpp"
#include "sim/expect/spelled.hpp"

namespace ringtrue::expect {
namespace {

nccl::Call parse_call(const Request& request) {
  if (request.collective.empty() || request.bytes.empty() || request.gpus == 0)
    throw Error("expect needs --collective, --gpus and --bytes, or --log");
  nccl::Call call;
  call.collective = parse_collective(request.collective, "--collective");
  call.bytes = parse_bytes(request.bytes, "--bytes");
  if (call.bytes.count < 1) throw Error("--bytes 0: a collective moves at least 1 byte");
  call.gpus = request.gpus;
  if (call.gpus < 1) throw Error(fmt::format("--gpus {}: it is the number of GPUs in all, at least 2", call.gpus));
  call.nodes = request.nodes == 0 ? 1 : request.nodes;
  if (call.nodes < 1) throw Error(fmt::format("--nodes {}: there is at least 1", call.nodes));
  if (!request.launch_mode.empty()) call.launch = parse_launch_mode(request.launch_mode, "--launch-mode");
  if (!request.algorithm.empty()) call.algorithm = parse_algorithm(request.algorithm, "--algorithm");
  if (!request.protocol.empty()) call.protocol = parse_protocol(request.protocol, "--protocol");
  return call;
}

void require_known(const nccl::Call& call, const GpuPlatform& platform) {
  const std::string why = refusal(call, platform.machine());
  if (why.empty()) return;
  const bool open = call.algorithm == Algorithm::library && !platform.machine().tuner;
  throw Error(fmt::format("{} on {}: {}{}", question_text(call), platform.file, why,
                          open ? "; force one, for instance --algorithm ring" : ""));
}

std::vector<PublishedTime> read_published_times(const Request& request, const GpuPlatform& platform,
                                                const Roots& roots) {
  const std::vector<std::string> files = request.references.empty() ? published_files(roots) : request.references;
  if (files.empty()) return {};
  return published_times(read_references(files), platform.platform);
}

Answer answer_of(const nccl::Call& call, const GpuPlatform& platform, const std::vector<PublishedTime>& published) {
  Answer answer{.platform = platform.file,
                .expected = expectation_of(call, platform.platform),
                .published = {},
                .uncertainty = {},
                .judged = {}};
  answer.published = neighbours_of(answer.expected, published, platform.machine());
  answer.uncertainty = uncertainty_of(answer.expected, answer.published, published, platform.machine());
  if (answer.expected.extrapolated.empty() && misses_algorithm(answer.expected, published, platform.machine()))
    answer.expected.extrapolated.push_back(
        fmt::format("{} {}: none of the published times that the platform was fitted on ran so",
                    to_string(answer.expected.choice.algorithm), call.nodes > 1 ? "between nodes" : "in one node"));
  return answer;
}

void judge(Answer& answer, Seconds measured, const nccl::Machine& machine) {
  const Verdict verdict = verdict_of(measured, answer.uncertainty);
  answer.judged = {measured, verdict, diagnose(measured, verdict, answer.expected, machine)};
}

/// Empty if the platform knows what was measured; else why not.
std::string why_skipped(const Record& record, const Platform& platform) {
  if (!std::holds_alternative<Measurement>(record.result)) return "not measured";
  if (as_collective(record.experiment) == nullptr) return "not a collective";
  const std::optional<GpuSystem> system = parse_gpu_system(record.system_id);
  if (!system || !stands_for(platform, record.system_id))
    return fmt::format("it ran on {}; the platform stands for {}", record.system_id,
                       fmt::join(platform.describes, ", "));
  return refusal(nccl::call_of(record.experiment, *system), std::get<nccl::Machine>(platform.machine));
}

LogAnswer answer_log(const Request& request, const GpuPlatform& platform, const std::vector<PublishedTime>& published) {
  LogAnswer answer{.platform = platform.file, .log = request.log, .rows = {}, .skipped = {}, .causes = {}};
  for (const Record& record : read_record_file(request.log).records) {
    if (std::string why = why_skipped(record, platform.platform); !why.empty()) {
      answer.skipped.push_back({experiment_key(record.experiment), std::move(why)});
      continue;
    }
    const nccl::Call call = nccl::call_of(record.experiment, *parse_gpu_system(record.system_id));
    Answer one = answer_of(call, platform, published);
    const Seconds measured = time_of(record);
    const Verdict verdict = verdict_of(measured, one.uncertainty);
    answer.rows.push_back({.expected = std::move(one.expected),
                           .uncertainty = one.uncertainty,
                           .measured = measured,
                           .verdict = verdict,
                           .in_place = as_collective(record.experiment)->in_place});
  }
  if (answer.rows.empty())
    throw Error(fmt::format("--log {}: nothing to compare with {}{}", request.log, platform.file,
                            answer.skipped.empty() ? ": it holds no record"
                                                   : fmt::format("; first, {}: {}", answer.skipped.front().row,
                                                                 answer.skipped.front().why)));
  answer.causes = diagnose(answer.rows, platform.machine());
  return answer;
}

void refuse_beside_log(const Request& request) {
  for (const TextOption& option : text_options()) {
    const bool goes = option.value == &Request::platform || option.value == &Request::log;
    if (!goes && !(request.*option.value).empty())
      throw Error(fmt::format("{} and --log: the records of the log say that; leave it out", option.name));
  }
  if (request.gpus != 0 || request.nodes != 0)
    throw Error("--gpus or --nodes, and --log: the records of the log say that; leave it out");
}

}  // namespace

std::vector<TextOption> text_options() {
  return {
      {"--platform", &Request::platform, "file with a machine of kind nccl, or the name of one: hgx-h100"},
      {"--collective", &Request::collective,
       "all_reduce, reduce_scatter, all_gather, all_to_all, broadcast or send_recv"},
      {"--bytes", &Request::bytes, "message, as the size of nccl-tests: 1GiB"},
      {"--launch-mode", &Request::launch_mode,
       "one_process (drives all GPUs), process_per_gpu or cuda_graph; taken as process_per_gpu if not given"},
      {"--algorithm", &Request::algorithm, "forced: ring, double_binary_tree or nvls; else as NCCL's tuner chooses"},
      {"--protocol", &Request::protocol, "forced: ll, ll128 or simple"},
      {"--measured", &Request::measured, "what you measured, a time: 4.6ms, 812us"},
      {"--log", &Request::log,
       "instead of one question: measured records, as ringtrue-validate import nccl-tests writes them"}};
}

const char* const footer =
    "A time is normal within exp(+-w) of the expected one, w^2 = (2 ln(1 + held-out error))^2 + ln(spread)^2, where\n"
    "  held-out error  the model's log error on published rows that it was not fitted on, of the same collective, "
    "GPUs,\n"
    "                  nodes, regime of the message and algorithm, and of a launch that costs as much;\n"
    "  spread          most / least of the published times of this question that ran so;\n"
    "and wherever those published times are. No band is narrower than 2 %.\n"
    "Exit codes: 0 whatever the verdict, it is information; 2 could not say.";

std::string run(const Request& request, const Roots& roots) {
  if (!request.log.empty()) refuse_beside_log(request);
  const GpuPlatform platform = find_platform(request.platform, roots);
  if (!request.log.empty()) {
    const LogAnswer answer = answer_log(request, platform, read_published_times(request, platform, roots));
    return request.json ? json_of(answer) : text_of(answer);
  }
  const nccl::Call call = parse_call(request);
  const std::optional<Seconds> measured =
      request.measured.empty() ? std::nullopt : std::optional(parse_time(request.measured, "--measured"));
  require_known(call, platform);
  Answer answer = answer_of(call, platform, read_published_times(request, platform, roots));
  if (measured) judge(answer, *measured, platform.machine());
  return request.json ? json_of(answer) : text_of(answer);
}

}  // namespace ringtrue::expect
