#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "stream/redis/reply.hpp"
#include "tests/support/temporary_directory.hpp"

namespace yizhan::test {

/// A real redis-server of our own, with files of its own, that keeps what it says it has (AOF, synced always).
class redis_server {
public:
    explicit redis_server(std::vector<std::string> more = {});
    ~redis_server();
    redis_server(const redis_server&) = delete;

    /// Whether there is a redis-server on this machine; the tests need one.
    static bool is_installed();

    bool start();
    void kill();                // -9
    void stop_for_a_while();    // SIGSTOP
    void go_on();               // SIGCONT
    void wipe();                // Killed, and its files deleted.
    void tear(std::size_t bytes);  // Killed, and so much of what it wrote last has not come to its file.
    bool is_running() const { return process_ > 0; }
    std::uint16_t port() const { return port_; }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }
    std::string socket_path() const { return (directory_.path() / "redis.sock").string(); }

    /// One command over a connection of its own; an error of kind `error` with the text `no answer` when there is none.
    stream::redis::reply ask(const std::vector<std::string>& words, int patience_ms = 5000) const;

    struct entry {
        std::string id, event_id, type, event;
    };
    /// All of a stream.
    std::vector<entry> entries(const std::string& key) const;

private:
    temporary_directory directory_;
    std::vector<std::string> more_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

}  // namespace yizhan::test
