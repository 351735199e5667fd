#include "stream/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include "stream/content_digest.hpp"

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

void copy_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
    const auto fail = [&] {
        throw std::runtime_error("cannot copy " + from.string() + " to " + to.string() + ": " + std::strerror(errno));
    };
    const file source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    const file target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!source || !target) fail();
    std::string bytes(std::size_t{1} << 20, '\0');
    for (;;) {
        const ssize_t length = ::read(source.get(), bytes.data(), bytes.size());
        if (length == 0) break;
        if (length < 0) fail();
        for (ssize_t at = 0; at < length;) {
            const ssize_t written = ::write(target.get(), bytes.data() + at, static_cast<std::size_t>(length - at));
            if (written <= 0) fail();
            at += written;
        }
    }
    if (::fsync(target.get()) != 0) fail();
}

std::string digest_of_file(const std::filesystem::path& path) {
    std::ifstream opened(path, std::ios::binary);
    if (!opened) throw std::runtime_error("cannot read " + path.string());
    content_digest digest;
    std::string bytes(std::size_t{1} << 20, '\0');
    while (opened.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || opened.gcount() > 0)
        digest.add(std::string_view(bytes).substr(0, static_cast<std::size_t>(opened.gcount())));
    return digest.text();
}

bool sync_directory(const std::filesystem::path& directory) {
    const file opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened && ::fsync(opened.get()) == 0;
}

}  // namespace yizhan::stream
