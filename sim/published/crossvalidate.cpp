#include "sim/published/crossvalidate.hpp"

#include <bit>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "sim/nccl/fit.hpp"
#include "sim/simulate.hpp"

namespace ringtrue {
namespace {

int power_of_two(Bytes bytes) { return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(bytes.count))) - 1; }

/// Nothing if the platform does not know the row.
std::optional<nccl::Observation> observation_of(const Reference& reference, const Platform& platform) {
  const Record& record = reference.record;
  const auto& machine = std::get<nccl::Machine>(platform.machine);
  const std::optional<GpuSystem> system = parse_gpu_system(record.system_id);
  if (!system || !stands_for(platform, record.system_id) || as_collective(record.experiment) == nullptr) return {};
  const nccl::Call call = nccl::call_of(record.experiment, *system);
  const auto* p = std::get_if<Publication>(&record.result);
  const nccl::Call known = known_call(call, p == nullptr ? "" : p->chosen, record_id(record));
  if (!nccl::refusal(call, machine).empty() || !nccl::refusal(known, machine).empty()) return {};
  return nccl::Observation{.call = call,
                           .choice = nccl::choose(known, machine),
                           .time_us = time_of(record).count() * 1e6,
                           .relative_sigma = p == nullptr ? 0 : p->sigma / p->time,
                           .source = reference.source};
}

struct Fitted {
  Platform platform;
  std::vector<std::string> rows;  ///< record_ids.
};

/// On those of the references that `taken` says; nothing if there is none among them.
template <class Taken>
std::optional<Fitted> fit_on(const Platform& platform, const std::vector<Reference>& references, Taken taken) {
  std::vector<nccl::Observation> rows;
  Fitted fitted{.platform = platform, .rows = {}};
  for (const Reference& reference : references) {
    if (!taken(reference)) continue;
    const std::optional<nccl::Observation> row = observation_of(reference, platform);
    if (!row) continue;
    rows.push_back(*row);
    fitted.rows.push_back(record_id(reference.record));
  }
  if (rows.empty()) return std::nullopt;
  auto& machine = std::get<nccl::Machine>(fitted.platform.machine);
  machine.parameters = nccl::fit(machine, rows);
  machine.covers = nccl::coverage_of(rows);
  return fitted;
}

/// Which fold a row is in, and among which rows it is parted.
struct Place {
  std::string within, fold;
  auto operator<=>(const Place&) const = default;
};

Place place_of(const Reference& reference, const Platform& platform, Fold by) {
  switch (by) {
    case Fold::scale: return {reference.record.system_id, fmt::format("{} GPUs", reference.record.experiment.ranks)};
    case Fold::source: return {platform.describes.front(), reference.source};
    case Fold::size:
      return {platform.describes.front(), power_of_two(message_bytes(reference.record.experiment)) % 2 == 0
                                              ? "even powers of two"
                                              : "odd powers of two"};
  }
  throw std::logic_error("place_of: not a fold");
}

std::string name_of(Fold by) {
  switch (by) {
    case Fold::scale: return "scale";
    case Fold::source: return "source";
    case Fold::size: return "size";
  }
  throw std::logic_error("name_of: not a fold");
}

std::set<Place> places_of(const std::vector<Reference>& references, const Platform& platform, Fold by) {
  std::set<Place> places;
  for (const Reference& reference : references)
    if (observation_of(reference, platform)) places.insert(place_of(reference, platform, by));
  return places;
}

void add_fold(const std::vector<Reference>& references, const Platform& platform, Fold by, const Place& place,
              RecordFile& out) {
  const auto inside = [&](const Reference& r) { return place_of(r, platform, by) == place; };
  const std::optional<Fitted> fitted = fit_on(platform, references, [&](const Reference& r) {
    return place_of(r, platform, by).within == place.within && !inside(r);
  });
  if (!fitted) return;  // nothing outside the fold to fit on
  const std::string fold = fmt::format("{}, without {}", place.within, place.fold);
  Json& known = out.contexts.front()["folds"][fold];  // of another platform, if it has the fold too
  std::set<std::string> rows(fitted->rows.begin(), fitted->rows.end());
  for (const Json& row : known) rows.insert(row.get<std::string>());
  known = rows;
  for (const Reference& reference : references) {
    if (!inside(reference)) continue;
    for (Record record : simulate_reference(reference.record, fitted->platform)) {
      record.source = fmt::format("{} by {}", platform.model, name_of(by));
      std::get<Simulation>(record.result).fold = fold;
      out.records.push_back(std::move(record));
    }
  }
}

}  // namespace

Fold parse_fold(const std::string& name) {
  for (const Fold fold : {Fold::scale, Fold::source, Fold::size})
    if (name_of(fold) == name) return fold;
  throw Error(fmt::format("--by {}: allowed are scale, source and size", name));
}

RecordFile crossvalidate(const std::vector<Reference>& references, const std::vector<PlatformFile>& files, Fold by) {
  RecordFile out;
  out.contexts = {platforms_context(files)};
  out.contexts.front()["fitted_on"] = Json::array();
  out.contexts.front()["folds"] = Json::object();
  for (const PlatformFile& file : files)
    for (const Platform& platform : file.platforms)
      if (is_nccl(platform))
        for (const Place& place : places_of(references, platform, by)) add_fold(references, platform, by, place, out);
  keep_first(out.records);
  if (out.records.empty())
    throw Error(
        fmt::format("--by {}: no platform of kind nccl stands for references in two folds or more", name_of(by)));
  return out;
}

std::vector<Platform> fit_platforms(const PlatformFile& file, const std::vector<Reference>& references,
                                    bool even_sizes) {
  std::vector<Platform> platforms;
  for (const Platform& platform : file.platforms) {
    platforms.push_back(platform);
    if (!is_nccl(platform)) continue;
    std::optional<Fitted> fitted = fit_on(platform, references, [&](const Reference& r) {
      return !even_sizes || power_of_two(message_bytes(r.record.experiment)) % 2 == 0;
    });
    if (!fitted)
      throw Error(fmt::format("{}: platform '{}' stands for none of the references", file.name, platform.model));
    platforms.back() = std::move(fitted->platform);
    platforms.back().fitted_on = std::move(fitted->rows);
  }
  return platforms;
}

}  // namespace ringtrue
