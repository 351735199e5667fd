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
namespace {

constexpr std::size_t sector = 4096;
alignas(sector) char zeros[prepared_at_once];  // Only read, so that it takes no memory; a constant would lie in the program's file.

/// Through the page cache, where the file system cannot do without. In small parts: where it caches what is written at once
/// as one large one, it would later write all of that for every few bytes that change in it.
bool write_cached(int descriptor, std::string_view piece, std::size_t at) {
    constexpr std::size_t part = 16 * 1024;
    for (std::size_t done = 0; done < piece.size(); done += part)
        if (!write_all(descriptor, piece.substr(done, part), at + done)) return false;
    // Not to be relied on; it only keeps the last sync of the file short.
    ::sync_file_range(descriptor, static_cast<off_t>(at), static_cast<off_t>(piece.size()),
                      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    return true;
}

}  // namespace

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
    constexpr std::size_t piece = std::size_t{1} << 20;
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
    bytes.resize(sector);
    bytes.resize(read_all(descriptor, bytes.data(), bytes.size(), at).length);
    const step here = record_at(bytes, 0, 1);
    if (here.what != found::cut) return here;
    bytes.resize(here.next);
    bytes.resize(read_all(descriptor, bytes.data(), bytes.size(), at).length);
    return record_at(bytes, 0, 1);
}

file prepare_segment(const std::string& path, std::size_t bytes, const std::function<bool(std::size_t)>& go_on) {
    const std::string unfinished = path + ".new";
    file made(::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const auto give_up = [&](int reason) {
        ::unlink(unfinished.c_str());
        errno = reason;
        return file();
    };
    if (!made) return give_up(errno);
    if (const int refused = ::posix_fallocate(made.get(), 0, static_cast<off_t>(bytes))) return give_up(refused);
    // Past the page cache: nobody reads them, and a page costs the processor more than what is written to it.
    const file direct(::open(unfinished.c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC));
    for (std::size_t at = 0; at < bytes; at += prepared_at_once) {
        if (!go_on(at)) return give_up(ECANCELED);
        const std::string_view piece(zeros, std::min(prepared_at_once, bytes - at));
        if (direct && write_all(direct.get(), piece, at)) continue;
        if (direct && errno != EINVAL) return give_up(errno);
        if (!write_cached(made.get(), piece, at)) return give_up(errno);
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
