#include "experiment/training/training_entry.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "experiment/error.hpp"
#include "experiment/list_or_one.hpp"
#include "experiment/suite_entry.hpp"

namespace ringtrue {
namespace {

Bytes read_limit(ObjectReader& reader, const std::string& key) {
  const Bytes limit = read_size(reader.at(key), reader.where(key));
  if (limit.count < 1) reader.refuse(key, "at least 1 B");
  return limit;
}

Bucketing read_bucketing(const Json& json, const std::string& where) {
  if (json == "per_layer") return {BucketRule::per_layer, {}, {}};
  if (json == "one") return {BucketRule::one, {}, {}};
  if (!json.is_object())
    throw Error(fmt::format(
        R"({}: {} is not a choice of buckets; allowed: "per_layer", "one", {{"first": "1 MiB", "cap": "25 MiB"}})",
        where, json.dump()));
  ObjectReader reader(json, where);
  const Bucketing buckets{BucketRule::capped, read_limit(reader, "first"), read_limit(reader, "cap")};
  reader.finish();
  return buckets;
}

const Model& find_model(ObjectReader& entry, const std::string& key, const Models& models) {
  const auto found = models.find(entry.text(key));
  if (found != models.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, model] : models) names.push_back(name);
  entry.refuse(key, models.empty() ? "a model; name its file in the suite's 'models'"
                                   : fmt::format("a model of the suite's: {}", fmt::join(names, ", ")));
}

void read_batches(ObjectReader& entry, TrainingEntry& training) {
  training.global_batch = entry.has("global_batch");
  const std::string key = training.global_batch ? "global_batch" : "batch";
  if (training.global_batch && entry.has("batch")) entry.refuse("batch", "left out beside global_batch");
  training.batches = one_or_list<int>(entry.at(key), [&](const Json& element) {
    if (!element.is_number_integer() || element < 1 || element > max_batch)
      entry.refuse(key, fmt::format("1 to {} images, or a list of such numbers", max_batch));
    return element.get<int>();
  });
}

void read_exchange(ObjectReader& entry, TrainingEntry& training) {
  training.buckets = {Bucketing{}};
  if (entry.has("buckets"))
    training.buckets = one_or_list<Bucketing>(
        entry.at("buckets"), [&](const Json& element) { return read_bucketing(element, entry.where("buckets")); });
  training.algorithms = read_algorithms(entry);
  for (const Algorithm algorithm : training.algorithms)
    if (algorithm == Algorithm::library_ring || algorithm == Algorithm::nvls)
      entry.refuse("algorithm", "an algorithm of ours, or library");
  training.segmentation = read_entry_segmentation(entry);
  training.overlaps = {Overlap::none};
  if (entry.has("overlap"))
    training.overlaps = one_or_list<Overlap>(entry.at("overlap"), [&](const Json& element) {
      if (!element.is_string()) entry.refuse("overlap", "none, thread, polling or a list of them");
      return parse_overlap(element.get<std::string>(), entry.where("overlap"));
    });
  training.sharded = {false};
  if (entry.has("sharded"))
    training.sharded = one_or_list<bool>(entry.at("sharded"), [&](const Json& element) {
      if (!element.is_boolean()) entry.refuse("sharded", "true, false or a list of them");
      return element.get<bool>();
    });
}

int batch_of_rank(const TrainingEntry& entry, int batch, int ranks, const std::string& where) {
  if (!entry.global_batch) return batch;
  if (batch % ranks != 0)
    throw Error(fmt::format("{}: a global_batch of {} cannot be shared out equally to {} ranks; take a multiple of {}",
                            where, batch, ranks, ranks));
  return batch / ranks;
}

/// Every overlap and sharding of a step.
void add_ways(const TrainingEntry& entry, TrainingStep step, std::vector<Workload>& workloads) {
  for (const Overlap overlap : entry.overlaps) {
    step.overlap = overlap;
    for (const bool sharded : entry.sharded) {
      step.sharded = sharded;
      workloads.emplace_back(step);
    }
  }
}

void add_steps(const TrainingEntry& entry, const TrainingStep& of_batch, std::vector<Workload>& workloads) {
  for (const Bucketing& buckets : entry.buckets) {
    for (const Algorithm algorithm : entry.algorithms) {
      TrainingStep step = of_batch;
      step.buckets = buckets;
      step.algorithm = algorithm;
      if (is_ours(algorithm)) step.segmentation = entry.segmentation;
      add_ways(entry, step, workloads);
    }
  }
}

}  // namespace

Models read_models(ObjectReader& suite) {
  Models models;
  if (!suite.has("models")) return models;
  const std::filesystem::path folder = std::filesystem::path(suite.where()).parent_path();
  for (const std::string& file : suite.texts("models")) {
    Model model = read_model(folder / file);
    const std::string name = model.name;
    if (!models.emplace(name, std::move(model)).second)
      suite.refuse("models", fmt::format("files of different models; '{}' is there twice", name));
  }
  return models;
}

bool is_training_entry(ObjectReader& entry) {
  return entry.has("training") || (entry.has("calibration") && entry.at("calibration") == "layer_profile");
}

TrainingEntry read_training_entry(ObjectReader& entry, const Models& models) {
  TrainingEntry training;
  training.profile = entry.has("calibration");
  const Model& model = find_model(entry, training.profile ? "model" : "training", models);
  training.model = model.name;
  training.gradients = Bytes{parameter_count(model) * element_bytes(DataType::float32).count};
  read_batches(entry, training);
  if (!training.profile) read_exchange(entry, training);
  return training;
}

std::vector<Workload> training_workloads(const TrainingEntry& entry, int ranks, const std::string& where) {
  std::vector<Workload> workloads;
  for (const int batch : entry.batches) {
    const int own = batch_of_rank(entry, batch, ranks, where);
    if (entry.profile) {
      workloads.emplace_back(LayerProfile{entry.model, entry.gradients, own});
    } else {
      TrainingStep step;
      step.model = entry.model;
      step.gradients = entry.gradients;
      step.batch = own;
      add_steps(entry, step, workloads);
    }
  }
  return workloads;
}

}  // namespace ringtrue
