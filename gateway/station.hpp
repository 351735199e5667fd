#pragma once
#include <filesystem>
#include <span>

#include "adapters/adapter.hpp"
#include "gateway/config.hpp"

namespace yizhan::gateway {

/// What `serve` runs: the journal, the state, the door and both listeners, each on its thread, from start to
/// the last signal. Throws std::runtime_error with one clear line when it cannot start; returns the exit
/// status (0 drained, 1 told twice to stop, 3 the journal failed).
int run_station(config settings, const std::filesystem::path& config_file);

std::string version_json();

}  // namespace yizhan::gateway
