#include "sim/expect/files.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "experiment/error.hpp"

namespace ringtrue::expect {
namespace {

using Catch::Matchers::Contains;

const Roots tree{RINGTRUE_SOURCE_DIR};

TEST_CASE("a platform is found by name and by file") {
  const GpuPlatform named = find_platform("hgx-h100", tree);
  CHECK(named.machine().gpus_per_node == 8);
  CHECK_THAT(named.file, Catch::Matchers::EndsWith("sim/platforms/hgx_h100.json"));
  const std::string file = RINGTRUE_SOURCE_DIR "/sim/platforms/hpe_v100.json";
  CHECK(find_platform(file, {}).file == file);
}

TEST_CASE("an unknown platform is told which there are") {
  CHECK_THROWS_WITH(find_platform("hgx-h10", tree),
                    Contains("'hgx-h10'") && Contains("did you mean 'hgx-h100'") && Contains("hpe-v100"));
  CHECK_THROWS_WITH(find_platform("hgx-h100", {"/nowhere"}), Contains("none; give a file"));
  CHECK_THROWS_AS(find_platform("../platforms/hgx-h100", tree), Error);
  CHECK_THROWS_AS(find_platform("", tree), Error);
}

TEST_CASE("a file without a machine of kind nccl says what it holds") {
  CHECK_THROWS_WITH(find_platform("hgx-h100-others", tree), Contains("kind nccl") && Contains("alpha_beta_ring"));
}

TEST_CASE("published files are found below the first root that has any") {
  const std::vector<std::string> files = published_files({"/nowhere", RINGTRUE_SOURCE_DIR});
  CHECK(files.size() >= 9);
  CHECK(std::ranges::is_sorted(files));
  CHECK(std::ranges::all_of(files, [](const std::string& f) { return f.ends_with(".json"); }));
  CHECK(published_files({"/nowhere"}).empty());
}

}  // namespace
}  // namespace ringtrue::expect
