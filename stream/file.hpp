#pragma once
#include <filesystem>
#include <string>
#include <utility>

namespace yizhan::stream {

/// An open file that is closed with us.
class file {
public:
    file() = default;
    explicit file(int descriptor) : descriptor_(descriptor) {}
    ~file();
    file(file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    file& operator=(file&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }

private:
    int descriptor_ = -1;
};

/// Makes the directory if need be and takes the lock on it, which ends with the process, however it ends.
/// Throws std::runtime_error with one clear line when another process has it or it cannot be written.
file lock_directory(const std::filesystem::path& directory);

/// Copies and syncs. Throws std::runtime_error.
void copy_synced(const std::filesystem::path& from, const std::filesystem::path& to);
/// Of the whole file, XXH3-128 in hex. Throws std::runtime_error.
std::string digest_of_file(const std::filesystem::path& path);
bool sync_directory(const std::filesystem::path& directory);

}  // namespace yizhan::stream
