#include "stream/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace yizhan::stream {

file::~file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

file lock_directory(const std::filesystem::path& directory) {
    std::error_code failed;
    std::filesystem::create_directories(directory, failed);
    if (failed) throw std::runtime_error("cannot create " + directory.string() + ": " + failed.message());
    const std::string path = directory / "lock";
    file lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) throw std::runtime_error("cannot write " + directory.string() + ": " + std::strerror(errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        char owner[24] = {};
        const ssize_t length = ::pread(lock.get(), owner, sizeof owner - 1, 0);
        const std::string who = length > 0 ? " (process " + std::string(owner) + ")" : "";
        throw std::runtime_error(directory.string() + " is in use by another yizhan" + who);
    }
    const std::string me = std::to_string(::getpid());
    // Without the number the lock still holds; it only helps whoever is turned away.
    if (::ftruncate(lock.get(), 0) == 0) static_cast<void>(!::pwrite(lock.get(), me.data(), me.size(), 0));
    return lock;
}

}  // namespace yizhan::stream
