#pragma once
#include <cstdint>
#include <filesystem>

namespace yizhan::gateway {

/// Applies a journal that nobody else uses to the state at `state`, made anew when there is none, until nothing is left.
/// What the state refuses is set aside, as while serving. Returns the position reached. Throws std::runtime_error.
std::uint64_t apply_journal(const std::filesystem::path& journal, std::size_t segment_bytes,
                            const std::filesystem::path& state);

}  // namespace yizhan::gateway
