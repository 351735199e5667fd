#include "tests/support/wire.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <utility>

namespace yizhan::test {
namespace {

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begun) {
    return std::chrono::duration<double>(steady::now() - begun).count();
}

sockaddr_in address_of(std::uint32_t host, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    made.sin_addr.s_addr = htonl(host);
    return made;
}

/// A connection under way to the server; negative when there is none to be had.
int begin_connection(std::uint16_t port, std::uint32_t from) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return -1;
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    ::setsockopt(made, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in own = address_of(from, 0), theirs = address_of(INADDR_LOOPBACK, port);
    const bool bound = ::bind(made, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0;
    if (!bound || (::connect(made, reinterpret_cast<const sockaddr*>(&theirs), sizeof theirs) != 0 &&
                   errno != EINPROGRESS)) {
        ::close(made);
        return -1;
    }
    return made;
}

/// Reads what is there. When it came is the kernel's word, not ours, who may have been busy: seconds of `CLOCK_REALTIME`.
ssize_t receive_stamped(int socket, char* into, std::size_t room, double& came_s) {
    alignas(cmsghdr) char control[128];
    iovec bytes{into, room};
    msghdr message{};
    message.msg_iov = &bytes, message.msg_iovlen = 1;
    message.msg_control = control, message.msg_controllen = sizeof control;
    const ssize_t length = ::recvmsg(socket, &message, MSG_DONTWAIT);
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); length > 0 && each; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec at;
        std::memcpy(&at, CMSG_DATA(each), sizeof at);
        came_s = static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
    }
    return length;
}

double real_time_s() {
    timespec at;
    ::clock_gettime(CLOCK_REALTIME, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

/// One connection of the load, and the request that it waits for.
struct carrier {
    static constexpr std::size_t none = SIZE_MAX;
    int socket = -1;
    std::size_t request = none, sent = 0;
    std::string received;
};

class load {
public:
    load(const load_settings& with, const std::vector<std::string>& requests)
        : with_(with),
          requests_(requests),
          outcomes_(requests.size()),
          poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        carriers_.resize(with.connections_max);
        for (std::size_t at = with.connections_max; at-- > 0;) unopened_.push_back(at);
    }
    ~load() {
        for (const carrier& each : carriers_)
            if (each.socket >= 0) ::close(each.socket);
        ::close(poll_);
    }
    load(const load&) = delete;

    std::vector<load_outcome> run() {
        std::size_t next = 0;
        double last_sent = 0;
        for (;;) {
            const double now = seconds_since(begun_);
            const bool ending = with_.end_early && *with_.end_early;
            while (!ending && next < requests_.size() && static_cast<double>(next) / with_.rate <= now) {
                outcomes_[next].due_s = static_cast<double>(next) / with_.rate;
                if (begin(next)) last_sent = now;
                ++next;
            }
            if ((ending || next == requests_.size()) &&
                (under_way_ == 0 || now > last_sent + with_.patience_s))
                break;
            epoll_event events[512];
            const int ready = ::epoll_wait(poll_, events, 512, 1);
            for (int at = 0; at < ready; ++at) move(events[at].data.u64, events[at].events);
            give_up(now);
        }
        for (const carrier& each : carriers_)
            if (each.request != carrier::none) outcomes_[each.request].timed_out = true;
        return std::move(outcomes_);
    }

private:
    bool begin(std::size_t number) {
        std::size_t which;
        if (!idle_.empty()) {
            which = idle_.back();
            idle_.pop_back();
        } else {
            if (unopened_.empty()) return false;
            which = unopened_.back();
            carrier& made = carriers_[which];
            made = {};
            made.socket = begin_connection(
                with_.port, loopback_address(with_.first_address + opened_++ % with_.addresses));
            if (made.socket < 0) return false;
            unopened_.pop_back();
            epoll_event event{};
            event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
            event.data.u64 = which;
            ::epoll_ctl(poll_, EPOLL_CTL_ADD, made.socket, &event);
        }
        carrier& on = carriers_[which];
        on.request = number;
        on.sent = 0;
        outcomes_[number].was_sent = true;
        outcomes_[number].sent_s = seconds_since(begun_);
        ++under_way_;
        begun_ones_.emplace_back(which, number);
        write(on);
        return true;
    }

    /// On what has not even reached the server's socket, since its queue is full: nobody there can know how long it waits.
    void give_up(double now) {
        for (; !begun_ones_.empty(); begun_ones_.pop_front()) {
            const auto [which, number] = begun_ones_.front();
            if (now < outcomes_[number].sent_s + with_.arrival_patience_s) return;
            const carrier& on = carriers_[which];
            int unacknowledged = 0;
            if (on.request != number || ::ioctl(on.socket, SIOCOUTQ, &unacknowledged) != 0) continue;
            if (on.sent != 0 && unacknowledged == 0) continue;
            outcomes_[number].never_arrived = true;
            close(which);
        }
    }

    void write(carrier& on) {
        const std::string& bytes = requests_[on.request];
        while (on.sent < bytes.size()) {
            const ssize_t sent = ::send(on.socket, bytes.data() + on.sent, bytes.size() - on.sent,
                                        MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent <= 0) return;  // Not connected yet, or no room: the poll tells when.
            on.sent += static_cast<std::size_t>(sent);
        }
    }

    void move(std::size_t which, std::uint32_t events) {
        carrier& on = carriers_[which];
        if (on.socket < 0) return;
        if (on.request != carrier::none && (events & EPOLLOUT)) write(on);
        if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
        char piece[16384];
        bool ended = false;
        double came_s = real_time_s();
        for (;;) {
            const ssize_t length = receive_stamped(on.socket, piece, sizeof piece, came_s);
            if (length > 0) {
                on.received.append(piece, static_cast<std::size_t>(length));
                continue;
            }
            ended = length == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
            break;
        }
        const std::size_t whole = response_length(on.received);
        if (whole && on.request != carrier::none) {
            load_outcome& outcome = outcomes_[on.request];
            outcome.status = response_status(on.received);
            outcome.ended_s = std::max(came_s - begun_real_s_, outcome.sent_s);
            outcome.body = on.received.substr(on.received.find("\r\n\r\n") + 4);
            ended = ended || on.received.find("Connection: close") != std::string::npos;
            on.received.erase(0, whole);
            on.request = carrier::none;
            --under_way_;
            if (!ended) return idle_.push_back(which);
        }
        if (ended) close(which);
    }

    void close(std::size_t which) {
        carrier& on = carriers_[which];
        ::close(on.socket);
        on.socket = -1;
        if (on.request != carrier::none) {
            outcomes_[on.request].ended_s = seconds_since(begun_);
            on.request = carrier::none;
            --under_way_;
        } else {
            std::erase(idle_, which);
        }
        unopened_.push_back(which);
    }

    load_settings with_;
    const std::vector<std::string>& requests_;
    std::vector<load_outcome> outcomes_;
    int poll_;
    std::vector<carrier> carriers_;
    std::vector<std::size_t> idle_, unopened_;
    std::size_t opened_ = 0, under_way_ = 0;
    steady::time_point begun_ = steady::now();
    std::deque<std::pair<std::size_t, std::size_t>> begun_ones_;  // Carrier and request, in order.
    double begun_real_s_ = real_time_s();
};

}  // namespace

std::string request_bytes(const std::string& account, const simulator::forged& sent,
                          const std::string& more_fields) {
    return "POST /callback/" + account + sent.suffix + "?" + sent.query + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
           more_fields + "Content-Length: " + std::to_string(sent.body.size()) + "\r\n\r\n" + sent.body;
}

std::uint32_t loopback_address(std::size_t number) {
    return INADDR_LOOPBACK + 0x10000u + static_cast<std::uint32_t>(number / 250 * 256 + number % 250);
}

std::size_t response_length(const std::string& bytes) {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t field = bytes.find("Content-Length: ");
    const std::size_t length = field < head ? std::strtoul(bytes.c_str() + field + 16, nullptr, 10) : 0;
    return bytes.size() >= head + 4 + length ? head + 4 + length : 0;
}

unsigned response_status(const std::string& bytes) {
    if (!bytes.starts_with("HTTP/1.1 ")) return 0;
    return static_cast<unsigned>(std::strtoul(bytes.c_str() + 9, nullptr, 10));
}

wire::wire(std::uint16_t port, std::size_t address_number)
    : socket_(begin_connection(port, loopback_address(address_number))) {
    pollfd waits{socket_, POLLOUT, 0};
    int failed = 0;
    socklen_t length = sizeof failed;
    if (socket_ < 0) return;
    if (::poll(&waits, 1, 5000) != 1 || ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &failed, &length) != 0 ||
        failed)
        close();
}
wire::~wire() { close(); }
wire::wire(wire&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

void wire::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

bool wire::send(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t sent = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent > 0) {
            at += static_cast<std::size_t>(sent);
            continue;
        }
        pollfd waits{socket_, POLLOUT, 0};
        if (errno != EAGAIN || ::poll(&waits, 1, 5000) != 1) return false;
    }
    return true;
}

wire::answer wire::receive(int patience_ms) {
    answer made;
    const auto begun = steady::now();
    for (;;) {
        if (const std::size_t whole = response_length(received_)) {
            made.status = response_status(received_);
            made.body = received_.substr(received_.find("\r\n\r\n") + 4);
            made.closed = received_.find("Connection: close") != std::string::npos;
            received_.erase(0, whole);
            break;
        }
        pollfd waits{socket_, POLLIN, 0};
        const double left = std::max(0.0, patience_ms - 1000 * seconds_since(begun));
        if (socket_ < 0 || ::poll(&waits, 1, static_cast<int>(std::ceil(left))) != 1) break;
        char piece[16384];
        const ssize_t length = ::recv(socket_, piece, sizeof piece, 0);
        if (length <= 0) {
            made.closed = true;
            break;
        }
        received_.append(piece, static_cast<std::size_t>(length));
    }
    made.took_s = seconds_since(begun);
    if (made.closed) close();
    return made;
}

std::string wire::listen(int patience_ms) {
    std::string heard = std::exchange(received_, {});
    for (;;) {
        pollfd waits{socket_, POLLIN, 0};
        if (socket_ < 0 || ::poll(&waits, 1, patience_ms) != 1) return heard;
        char piece[16384];
        const ssize_t length = ::recv(socket_, piece, sizeof piece, 0);
        if (length <= 0) return close(), heard;
        heard.append(piece, static_cast<std::size_t>(length));
    }
}

wire::answer wire::ask(const std::string& bytes, int patience_ms) {
    const auto begun = steady::now();
    send(bytes);
    answer made = receive(patience_ms);
    made.took_s = seconds_since(begun);
    return made;
}

std::vector<load_outcome> run_load(const load_settings& with, const std::vector<std::string>& requests) {
    return load(with, requests).run();
}

double quantile(std::vector<double>& values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace yizhan::test
