#include "gateway/probes.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/time.hpp"
#include "stream/file.hpp"

namespace yizhan::gateway {
namespace {

using clock = std::chrono::steady_clock;

error_code last_error() { return {errno, boost::system::system_category()}; }

/// What listens on this port has these inodes, by whatever address.
std::vector<std::string> listening_inodes(std::uint16_t port) {
    std::vector<std::string> all;
    constexpr std::string_view listening = "0A";
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream opened(table);
        std::string line;
        std::getline(opened, line);
        while (std::getline(opened, line)) {
            std::istringstream words(line);
            std::string slot, local, remote, state, skipped, inode;
            words >> slot >> local >> remote >> state;
            for (int count = 0; count < 5; ++count) words >> skipped;
            words >> inode;
            const auto its = std::strtoul(local.substr(local.rfind(':') + 1).c_str(), nullptr, 16);
            if (state == listening && its == port) all.push_back(inode);
        }
    }
    return all;
}

bool has_socket(const std::filesystem::path& process, const std::vector<std::string>& inodes) {
    std::error_code failed;
    for (const auto& each : std::filesystem::directory_iterator(process / "fd", failed)) {
        const std::string target = std::filesystem::read_symlink(each.path(), failed);
        for (const std::string& inode : inodes)
            if (target == "socket:[" + inode + "]") return true;
    }
    return false;
}

void find_owner(std::uint16_t port, port_state& into) {
    const std::vector<std::string> inodes = listening_inodes(port);
    std::error_code failed;
    for (const auto& each : std::filesystem::directory_iterator("/proc", failed)) {
        const auto number = decimal(each.path().filename().string());
        if (!number || !has_socket(each.path(), inodes)) continue;
        into.owner = static_cast<pid_t>(*number);
        std::ifstream(each.path() / "comm") >> into.owner_name;
        return;
    }
}

}  // namespace

std::filesystem::path nearest_existing(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::path at = std::filesystem::absolute(path).lexically_normal();
    while (!std::filesystem::exists(at, failed) && at.has_relative_path()) at = at.parent_path();
    return at;
}

bool others_can_read(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::path at = std::filesystem::canonical(path, failed);
    struct stat found {};
    if (failed || ::stat(at.c_str(), &found) != 0 || !(found.st_mode & S_IROTH)) return false;
    while (at.has_relative_path()) {
        at = at.parent_path();
        if (::stat(at.c_str(), &found) != 0 || !(found.st_mode & S_IXOTH)) return false;
    }
    return true;
}

result<sync_speed> measure_syncs(const std::filesystem::path& directory, std::chrono::milliseconds at_most) {
    constexpr std::size_t piece = 4096, pieces = 64;
    std::string name = directory / ".doctor-XXXXXX";
    const stream::file probe(::mkostemp(name.data(), O_CLOEXEC));
    if (!probe) return last_error();
    ::unlink(name.c_str());
    const std::string whole(piece * pieces, '\0'), part(piece, 'y');
    if (::pwrite(probe.get(), whole.data(), whole.size(), 0) != static_cast<ssize_t>(whole.size()) ||
        ::fsync(probe.get()) != 0)
        return last_error();
    std::vector<std::int64_t> took;
    const clock::time_point begun = clock::now();
    while (took.size() < pieces && clock::now() - begun < at_most) {
        const clock::time_point before = clock::now();
        const auto at = static_cast<off_t>(took.size() * piece);
        if (::pwrite(probe.get(), part.data(), part.size(), at) != static_cast<ssize_t>(part.size()) ||
            ::fdatasync(probe.get()) != 0)
            return last_error();
        took.push_back(std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - before).count());
    }
    std::ranges::sort(took);
    return sync_speed{took[took.size() / 2], took.back(), took.size()};
}

bool is_in_memory(const std::filesystem::path& directory) {
    struct statfs found {};
    if (::statfs(directory.c_str(), &found) != 0) return false;
    return found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC;
}

pid_t server_of(const std::filesystem::path& data_dir) {
    const stream::file lock(::open((data_dir / "lock").c_str(), O_RDONLY | O_CLOEXEC));
    // Held for as long as it takes to close it, and shared: a server that starts in this moment says that the
    // directory is in use, and is started again.
    if (!lock || ::flock(lock.get(), LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return 0;
    char owner[24] = {};
    const ssize_t length = ::pread(lock.get(), owner, sizeof owner - 1, 0);
    return length > 0 ? static_cast<pid_t>(std::atoi(owner)) : -1;
}

port_state state_of_port(const std::string& host, std::uint16_t port) {
    sockaddr_storage address{};
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&address);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address);
    const bool is_v6 = host.find(':') != std::string::npos;
    address.ss_family = is_v6 ? AF_INET6 : AF_INET;
    (is_v6 ? v6->sin6_port : v4->sin_port) = htons(port);
    ::inet_pton(address.ss_family, host.c_str(), is_v6 ? static_cast<void*>(&v6->sin6_addr) : &v4->sin_addr);
    port_state found;
    const stream::file socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;  // As the server does: what is left of old connections does not keep it away.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const socklen_t length = is_v6 ? sizeof *v6 : sizeof *v4;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) return found;
    found.failed = last_error();
    if (found.failed == boost::system::errc::address_in_use) find_owner(port, found);
    return found;
}

}  // namespace yizhan::gateway
