#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"

/// Looks at a machine without changing it. For commands: everything here blocks, shortly.
namespace yizhan::gateway {

/// The path itself, or the nearest directory above it that there is.
std::filesystem::path nearest_existing(const std::filesystem::path& path);

/// Whether everybody on this machine can read it: its own permission, and those of every directory above.
bool others_can_read(const std::filesystem::path& path);

/// How long a write of 4 KiB takes until it is synced, in a small file that is prepared as a segment of the
/// journal is, and gone afterwards.
struct sync_speed {
    std::int64_t median_us = 0, slowest_us = 0;
    std::size_t count = 0;
};
result<sync_speed> measure_syncs(const std::filesystem::path& directory, std::chrono::milliseconds at_most);

/// Whether the files of a directory are in memory only.
bool is_in_memory(const std::filesystem::path& directory);

/// The process that serves from this data directory; 0: none does.
pid_t server_of(const std::filesystem::path& data_dir);

/// Whether somebody can listen here now, and who does if not.
struct port_state {
    error_code failed;  // Of bind; none: it is free.
    pid_t owner = 0;    // Who listens there; 0: that cannot be seen.
    std::string owner_name;
};
port_state state_of_port(const std::string& host, std::uint16_t port);

}  // namespace yizhan::gateway
