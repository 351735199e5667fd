#include "stream/segment_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace yizhan::stream {

bool write_all(int descriptor, std::string_view bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
    return true;
}

file prepare_segment(const std::string& path, std::size_t bytes) {
    const std::string unfinished = path + ".new";
    file made(::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const auto give_up = [&](int reason) {
        ::unlink(unfinished.c_str());
        errno = reason;
        return file();
    };
    if (!made) return give_up(errno);
    if (const int refused = ::posix_fallocate(made.get(), 0, static_cast<off_t>(bytes))) return give_up(refused);
    // In small pieces: where the file system caches what is written at once as one large piece, it would later write all of
    // that piece for every few bytes that change in it. Page by page costs the processor twice as much.
    const std::string zeros(16 * 1024, '\0');
    for (std::size_t at = 0; at < bytes; at += zeros.size())
        if (!write_all(made.get(), std::string_view(zeros).substr(0, bytes - at), at)) return give_up(errno);
    if (::fsync(made.get()) != 0) return give_up(errno);
    return made;
}

bool put_in_place(const std::string& path) {
    return ::rename((path + ".new").c_str(), path.c_str()) == 0 &&
           sync_directory(std::filesystem::path(path).parent_path());
}

void whole_file::read(const std::string& path) {
    const file opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (!opened || ::fstat(opened.get(), &about) != 0)
        throw std::runtime_error("cannot read " + path + ": " + std::strerror(errno));
    size_ = static_cast<std::size_t>(about.st_size);
    if (size_ > capacity_) {
        bytes_ = std::make_unique_for_overwrite<char[]>(size_);
        capacity_ = size_;
    }
    constexpr std::size_t piece = std::size_t{1} << 20, sector = 4096;
    std::size_t wanted = piece;
    for (std::size_t at = 0; at < size_;) {
        const std::size_t length = std::min(wanted, size_ - at);
        const ssize_t got = ::pread(opened.get(), bytes_.get() + at, length, static_cast<off_t>(at));
        if (got > 0) {
            at += static_cast<std::size_t>(got);
            if (at % piece == 0) wanted = piece;
        } else if (got < 0 && wanted > sector) {
            wanted = sector;  // Somewhere in here the disk gives nothing back: as little as possible is lost.
        } else if (got < 0 || length == 0) {
            std::memset(bytes_.get() + at, 0, length);
            at += length;
        } else {
            size_ = at;  // It has become shorter.
        }
    }
}

void segment_reading::read(const std::string& path, const ids_of_record& ids_of) {
    whole.read(path);
    records.clear();
    ids.clear();
    const auto keep = [&](const record& value, std::size_t at) {
        const auto first = static_cast<std::uint32_t>(ids.size());
        if (ids_of) ids_of(value, ids);  // Here, since its bytes have just been read.
        records.push_back({value, static_cast<std::uint32_t>(at), first, static_cast<std::uint32_t>(ids.size())});
    };
    end = static_cast<std::uint32_t>(walk_records(whole.bytes(), 0, keep, [](auto...) {}));
}

}  // namespace yizhan::stream
