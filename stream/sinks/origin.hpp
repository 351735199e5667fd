#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace yizhan::stream {

/// Which journal the sequences of a stream belong to: two journals have other origins, though their sequences are the same.
/// The epoch is another at each start and only grows: who writes with an older one is a process that should be gone.
struct sink_origin {
    std::string name;  // 16 hex digits.
    std::uint64_t epoch = 0;
};

/// Reads the origin of this data directory, makes it where there is none, and begins its next epoch. A journal that ends
/// before where it ended at an earlier start (`durable`) is another one, and gets an origin of its own. Throws
/// std::runtime_error when it cannot be written.
sink_origin begin_epoch(const std::filesystem::path& directory, std::int64_t now_ms, std::uint64_t durable);

}  // namespace yizhan::stream
