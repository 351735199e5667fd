#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace yizhan::test {

/// A server that does with each connection, one after the other, what it is told: bytes in, bytes out.
class odd_server {
public:
    using manner = std::function<void(int socket, int number)>;
    explicit odd_server(manner how) : how_(std::move(how)), listens_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof at;
        ::bind(listens_, reinterpret_cast<sockaddr*>(&at), length);
        ::listen(listens_, 64);
        ::getsockname(listens_, reinterpret_cast<sockaddr*>(&at), &length);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] {
            for (int number = 0;; ++number) {
                const int socket = ::accept(listens_, nullptr, nullptr);
                if (socket < 0) return;
                ++connections;
                how_(socket, number);
                ::close(socket);
            }
        });
    }
    ~odd_server() {
        ::shutdown(listens_, SHUT_RDWR);
        thread_.join();
        ::close(listens_);
    }
    std::uint16_t port() const { return port_; }
    std::string url(const std::string& target = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + target; }

    /// What the other side sends, until the end of a head and so many bytes behind it.
    static std::string hear(int socket, std::size_t body = 0) {
        std::string heard;
        char piece[4096];
        while (heard.find("\r\n\r\n") == std::string::npos || heard.size() < heard.find("\r\n\r\n") + 4 + body) {
            const ssize_t length = ::recv(socket, piece, sizeof piece, 0);
            if (length <= 0) break;
            heard.append(piece, static_cast<std::size_t>(length));
        }
        return heard;
    }
    /// What the other side sends until this is in it; all of it. Empty when it has gone before.
    static std::string hear_until(int socket, const std::string& end) {
        std::string heard;
        char piece[4096];
        while (heard.find(end) == std::string::npos) {
            const ssize_t length = ::recv(socket, piece, sizeof piece, 0);
            if (length <= 0) return {};
            heard.append(piece, static_cast<std::size_t>(length));
        }
        return heard;
    }
    static void say(int socket, const std::string& what) {
        for (std::size_t at = 0; at < what.size();) {
            const ssize_t sent = ::send(socket, what.data() + at, what.size() - at, MSG_NOSIGNAL);
            if (sent <= 0) return;
            at += static_cast<std::size_t>(sent);
        }
    }

    std::atomic<int> connections{0};

private:
    manner how_;
    int listens_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace yizhan::test
