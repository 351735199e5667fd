#include "stream/segment_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

reading read_all(int descriptor, char* into, std::size_t length, std::uint64_t at) {
    constexpr std::size_t piece = std::size_t{1} << 20, sector = 4096;
    reading got;
    std::size_t wanted = piece;
    while (got.length < length) {
        const std::uint64_t here = at + got.length;
        const std::size_t next = std::min(length - got.length, wanted - here % wanted);
        const ssize_t some = ::pread(descriptor, into + got.length, next, static_cast<off_t>(here));
        if (some == 0) break;
        if (some < 0 && errno == EINTR) continue;
        if (some < 0 && wanted > sector) {
            wanted = sector;  // Somewhere in here the disk gives nothing back: as little as possible is lost.
            continue;
        }
        if (some < 0) {
            got.reason = errno;
            std::memset(into + got.length, 0, next);
            if (got.unread_until == 0) got.unread_from = here;
            got.unread_until = here + next;
        }
        got.length += some > 0 ? static_cast<std::size_t>(some) : next;
        if ((at + got.length) % piece == 0) wanted = piece;
    }
    return got;
}

step read_record(int descriptor, std::uint64_t at, std::string& bytes) {
    bytes.resize(4096);
    bytes.resize(read_all(descriptor, bytes.data(), bytes.size(), at).length);
    const step here = record_at(bytes, 0, 1);
    if (here.what != found::cut) return here;
    bytes.resize(here.next);
    bytes.resize(read_all(descriptor, bytes.data(), bytes.size(), at).length);
    return record_at(bytes, 0, 1);
}

file prepare_segment(const std::string& path, std::size_t bytes, const std::function<bool()>& is_wanted) {
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
    for (std::size_t at = 0; at < bytes; at += zeros.size()) {
        if (!is_wanted()) return give_up(ECANCELED);
        if (!write_all(made.get(), std::string_view(zeros).substr(0, bytes - at), at)) return give_up(errno);
    }
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
    const reading got = read_all(opened.get(), bytes_.get(), size_, 0);
    size_ = got.length;  // It may have become shorter.
    unread_until_ = got.unread_until;
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
