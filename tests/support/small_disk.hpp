#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.hpp"

namespace yizhan::test {

/// The machine does not let us mount: not root, no loop devices, no tools for this file system.
class cannot_mount : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A file system of our own in a file, mounted as long as we live. Its power can be cut, and it can be full.
class small_disk {
public:
    enum class format { ext4, xfs };
    /// Throws cannot_mount. XFS wants 300 MiB at least; what is not written takes no room.
    small_disk(format as, std::size_t bytes);
    ~small_disk();
    small_disk(const small_disk&) = delete;

    const std::filesystem::path& path() const { return mounted_at_; }

    /// From this moment on nothing more gets onto the disk, and what was not synced is lost.
    void cut_power();
    /// After the power was cut, when nobody has a file open there any more: as after the machine's start.
    void mount_again();

    /// Leaves no room at all; gives it back.
    void fill();
    void empty();

private:
    void mount();
    bool unmount();
    temporary_directory directory_;
    std::filesystem::path mounted_at_;
    bool is_mounted_ = false;
};

}  // namespace yizhan::test
