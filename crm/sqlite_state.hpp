#pragma once
#include <filesystem>

#include "crm/state.hpp"

namespace yizhan::crm {

/// The embedded state: one SQLite database. Throw std::runtime_error when it cannot be opened.
std::unique_ptr<state_writer> open_sqlite_writer(const std::filesystem::path& path);
std::unique_ptr<state_reader> open_sqlite_reader(const std::filesystem::path& path);

}  // namespace yizhan::crm
