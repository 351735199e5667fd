#pragma once
#include <filesystem>

#include "crm/state.hpp"

namespace yizhan::crm {

/// The embedded state: one SQLite database. Throw std::runtime_error when it cannot be opened.
std::unique_ptr<state_writer> open_sqlite_writer(const std::filesystem::path& path);
std::unique_ptr<state_reader> open_sqlite_reader(const std::filesystem::path& path);

/// Copies a state as it is at one moment, also while somebody writes it; `to` must not be there yet.
void copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to);

/// How far a state has applied the journal, and a digest of all it holds: two states are equal when these are.
struct sqlite_digest {
    std::uint64_t applied = 0;
    std::string digest;
    friend bool operator==(const sqlite_digest&, const sqlite_digest&) = default;
};
sqlite_digest digest_of_sqlite(const std::filesystem::path& path);

}  // namespace yizhan::crm
