#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace yizhan::desk {

/// Files by what is in them: each is called after the SHA-256 of its bytes, in hex, so that the same picture is kept once.
/// One is there whole or not at all. Any thread; different ones may be kept and read at once.
class media_store {
public:
    explicit media_store(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// Its name, when it is on disk. Throws std::runtime_error.
    std::string keep(std::string_view bytes) const;
    /// nullopt: there is none, or it cannot be read.
    std::optional<std::string> read(std::string_view name) const;
    void remove(std::string_view name) const;
    /// Removes what nobody has, and what was not finished.
    void sweep(const std::function<bool(const std::string& name)>& is_kept) const;

private:
    std::filesystem::path path_of(std::string_view name) const;
    std::filesystem::path directory_;
};

/// What bytes are, by how they begin: such as image/png; application/octet-stream when nothing is recognised.
std::string_view type_of_bytes(std::string_view bytes);

}  // namespace yizhan::desk
