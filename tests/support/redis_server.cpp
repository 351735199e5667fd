#include "tests/support/redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "stream/redis/reply_reader.hpp"

namespace yizhan::test {
namespace {

using stream::redis::reply;

reply no_answer() { return {reply::kind::error, 0, "no answer", {}}; }

std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    ::bind(probe, reinterpret_cast<sockaddr*>(&at), length);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&at), &length);
    ::close(probe);
    return ntohs(at.sin_port);
}

}  // namespace

redis_server::redis_server(std::vector<std::string> more) : more_(std::move(more)), port_(free_port()) {}

redis_server::~redis_server() { kill(); }

bool redis_server::is_installed() { return std::filesystem::exists("/usr/bin/redis-server"); }

bool redis_server::start() {
    std::vector<std::string> words = {"/usr/bin/redis-server", "--port", std::to_string(port_), "--bind", "127.0.0.1", "--dir", directory_.path().string(),
                                      "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "",
                                      "--unixsocket", socket_path(), "--logfile", (directory_.path() / "log").string()};
    words.insert(words.end(), more_.begin(), more_.end());
    std::vector<char*> pointers;
    for (std::string& each : words) pointers.push_back(each.data());
    pointers.push_back(nullptr);
    // Not forked: a copy of our memory would hold up whoever measures in this process.
    if (::posix_spawn(&process_, pointers[0], nullptr, nullptr, pointers.data(), environ) != 0) return process_ = -1, false;
    const sched_param none{};
    ::sched_setscheduler(process_, SCHED_IDLE, &none);  // It shares the cores with what is measured; elsewhere it has its own.
    for (int tries = 0; tries < 1000; ++tries) {
        if (ask({"PING"}, 500).text == "PONG") return true;
        if (::waitpid(process_, nullptr, WNOHANG) != 0) return process_ = -1, false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

void redis_server::kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

void redis_server::stop_for_a_while() { ::kill(process_, SIGSTOP); }
void redis_server::go_on() { ::kill(process_, SIGCONT); }

void redis_server::wipe() {
    kill();
    for (const auto& each : std::filesystem::directory_iterator(directory_.path()))
        if (each.path().filename() != "log") std::filesystem::remove_all(each.path());
}

void redis_server::tear(std::size_t bytes) {
    kill();
    for (const auto& each : std::filesystem::recursive_directory_iterator(directory_.path()))
        if (each.path().string().ends_with(".incr.aof"))
            std::filesystem::resize_file(each.path(), each.file_size() - std::min<std::uintmax_t>(bytes, each.file_size()));
}

reply redis_server::ask(const std::vector<std::string>& words, int patience_ms) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{patience_ms / 1000, (patience_ms % 1000) * 1000};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port_);
    reply answer = no_answer();
    std::string out;
    stream::redis::append_command(out, {words.begin(), words.end()});
    if (::connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
        ::send(socket, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size())) {
        stream::redis::reply_reader reader({std::size_t{256} << 20, 10000000});
        std::vector<char> piece(std::size_t{64} << 10);
        for (;;) {
            const ssize_t length = ::recv(socket, piece.data(), piece.size(), 0);
            if (length <= 0) break;
            reader.feed({piece.data(), static_cast<std::size_t>(length)});
            auto got = reader.next();
            if (!got) break;
            if (!*got) continue;
            answer = std::move(**got);
            break;
        }
    }
    ::close(socket);
    return answer;
}

std::vector<redis_server::entry> redis_server::entries(const std::string& key) const {
    std::vector<entry> all;
    for (std::string from = "-";;) {
        const reply page = ask({"XRANGE", key, from, "+", "COUNT", "10000"}, 30000);
        if (page.elements.empty()) return all;
        for (const reply& each : page.elements) {
            entry& made = all.emplace_back();
            made.id = each.elements[0].text;
            const auto& fields = each.elements[1].elements;
            for (std::size_t at = 0; at + 1 < fields.size(); at += 2) {
                if (fields[at].text == "id") made.event_id = fields[at + 1].text;
                if (fields[at].text == "type") made.type = fields[at + 1].text;
                if (fields[at].text == "event") made.event = fields[at + 1].text;
            }
        }
        from = "(" + all.back().id;
    }
}

}  // namespace yizhan::test
