#include "desk/media_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "crypto/digest.hpp"
#include "stream/file.hpp"

namespace yizhan::desk {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view unfinished = ".part-";

std::string name_of(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    crypto::hasher hasher;
    std::string name;
    for (const unsigned char each : hasher.sha256(std::span(&bytes, 1))) name += digits[each >> 4], name += digits[each & 15];
    return name;
}

[[noreturn]] void fail(const fs::path& path) {
    throw std::runtime_error("cannot write " + path.string() + ": " + std::strerror(errno));
}

void write_synced(const fs::path& path, std::string_view bytes) {
    const stream::file to(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!to) fail(path);
    while (!bytes.empty()) {
        const ssize_t written = ::write(to.get(), bytes.data(), bytes.size());
        if (written <= 0) fail(path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(to.get()) != 0) fail(path);
}

struct beginning {
    std::size_t at;
    std::string_view bytes, type;
};
using namespace std::string_view_literals;
constexpr beginning beginnings[] = {
    {0, "\xff\xd8\xff"sv, "image/jpeg"sv},
    {0, "\x89PNG\r\n\x1a\n"sv, "image/png"sv},
    {0, "GIF8"sv, "image/gif"sv},
    {8, "WEBP"sv, "image/webp"sv},
    {0, "BM"sv, "image/bmp"sv},
    {4, "ftyp"sv, "video/mp4"sv},
    {0, "#!AMR"sv, "audio/amr"sv},
    {0, "ID3"sv, "audio/mpeg"sv},
    {0, "\xff\xfb"sv, "audio/mpeg"sv},
    {0, "OggS"sv, "audio/ogg"sv},
    {0, "%PDF-"sv, "application/pdf"sv},
    {0, "PK\x03\x04"sv, "application/zip"sv},
};

}  // namespace

fs::path media_store::path_of(std::string_view name) const { return directory_ / name.substr(0, 2) / name; }

std::string media_store::keep(std::string_view bytes) const {
    static std::atomic<std::uint64_t> serial{0};
    const std::string name = name_of(bytes);
    const fs::path path = path_of(name);
    std::error_code failed;
    if (fs::exists(path, failed)) {
        if (!stream::sync_directory(path.parent_path())) fail(path);  // Whoever put it there may have failed in this.
        return name;
    }
    fs::create_directories(path.parent_path());
    const fs::path part = path.parent_path() / (std::string(unfinished) + std::to_string(::getpid()) + "-" + std::to_string(++serial));
    try {
        write_synced(part, bytes);
        fs::rename(part, path);
    } catch (const std::exception&) {
        fs::remove(part, failed);  // On a full disk it would only take more of it.
        throw;
    }
    if (!stream::sync_directory(path.parent_path()) || !stream::sync_directory(directory_)) fail(path);
    return name;
}

std::optional<std::string> media_store::read(std::string_view name) const {
    std::ifstream opened(path_of(name), std::ios::binary);
    if (!opened) return std::nullopt;
    std::string bytes{std::istreambuf_iterator<char>(opened), {}};
    if (opened.bad()) return std::nullopt;
    return bytes;
}

void media_store::remove(std::string_view name) const {
    std::error_code ignored;
    fs::remove(path_of(name), ignored);
}

void media_store::sweep(const std::function<bool(const std::string& name)>& is_kept) const {
    std::error_code failed, ignored;
    std::vector<fs::path> left;
    for (fs::recursive_directory_iterator each(directory_, failed), end; !failed && each != end; each.increment(failed))
        if (each->is_regular_file(ignored) && !is_kept(each->path().filename().string())) left.push_back(each->path());
    for (const fs::path& each : left) fs::remove(each, ignored);
}

std::string_view type_of_bytes(std::string_view bytes) {
    for (const beginning& each : beginnings)
        if (bytes.size() >= each.at + each.bytes.size() && bytes.substr(each.at, each.bytes.size()) == each.bytes) return each.type;
    return "application/octet-stream";
}

}  // namespace yizhan::desk
