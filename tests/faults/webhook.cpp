// Row 28: a receiver is gone for minutes while a thousand events a second come in. When it is back it gets no more in the
// first second than half again of what is usual, gets everything, and nearly nothing twice.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/traffic.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr int rate = test::measures_count ? 1000 : 200, senders_count = 4;
constexpr double first_second_max = 1.5, repeats_max = 0.1, drained_within_s = 300;

/// Takes webhooks over kept connections, or is not there at all.
class receiver {
public:
    receiver() { open(0); }
    ~receiver() { close(); }
    std::uint16_t port() const { return port_; }

    void open(std::uint16_t port) {
        listens_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(listens_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in at{};
        at.sin_family = AF_INET, at.sin_port = htons(port), at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof at;
        if (::bind(listens_, reinterpret_cast<sockaddr*>(&at), length) != 0 || ::listen(listens_, 128) != 0) std::perror("listen");
        ::getsockname(listens_, reinterpret_cast<sockaddr*>(&at), &length);
        port_ = ntohs(at.sin_port);
        accepts_ = std::thread([this] {
            for (;;) {
                const int socket = ::accept4(listens_, nullptr, nullptr, SOCK_CLOEXEC);
                if (socket < 0) return;
                const std::lock_guard lock(mutex_);
                sockets_.push_back(socket);
                threads_.emplace_back([this, socket] { take(socket); });
            }
        });
    }
    void close() {
        ::shutdown(listens_, SHUT_RDWR);
        accepts_.join();
        ::close(listens_);
        std::list<std::thread> left;
        {
            const std::lock_guard lock(mutex_);
            for (const int each : sockets_) ::shutdown(each, SHUT_RDWR);
            left = std::move(threads_);
            threads_.clear();
        }
        for (std::thread& each : left) each.join();
        for (const int each : sockets_) ::close(each);
        sockets_.clear();
    }
    /// How many requests came, and of how many events.
    std::size_t requests() const {
        const std::lock_guard lock(mutex_);
        return at_.size();
    }
    std::size_t events() const {
        const std::lock_guard lock(mutex_);
        return times_.size();
    }
    std::size_t in_first_second_behind(steady::time_point begun) const {
        const std::lock_guard lock(mutex_);
        std::optional<steady::time_point> first;
        std::size_t count = 0;
        for (const steady::time_point each : at_) {
            if (each < begun) continue;
            if (!first) first = each;
            count += each < *first + std::chrono::seconds(1);
        }
        return count;
    }
    bool has(const std::string& id) const {
        const std::lock_guard lock(mutex_);
        return times_.count(id) > 0;
    }

private:
    void take(int socket) {
        std::string bytes;
        char piece[65536];
        for (;;) {
            const std::size_t head = bytes.find("\r\n\r\n");
            const std::size_t length_at = head == std::string::npos ? head : bytes.find("Content-Length: ");
            const std::size_t whole = length_at == std::string::npos ? 0 : head + 4 + std::stoul(bytes.substr(length_at + 16));
            if (whole == 0 || bytes.size() < whole) {
                const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
                if (got <= 0) return;
                bytes.append(piece, static_cast<std::size_t>(got));
                continue;
            }
            const std::size_t id = bytes.find("webhook-id: ") + 12;
            {
                const std::lock_guard lock(mutex_);
                ++times_[bytes.substr(id, bytes.find("\r\n", id) - id)];
                at_.push_back(steady::now());
            }
            bytes.erase(0, whole);
            constexpr std::string_view thanks = "HTTP/1.1 204 No Content\r\n\r\n";
            if (::send(socket, thanks.data(), thanks.size(), MSG_NOSIGNAL) <= 0) return;
        }
    }

    std::uint16_t port_ = 0;
    int listens_ = -1;
    std::thread accepts_;
    mutable std::mutex mutex_;
    std::list<std::thread> threads_;
    std::vector<int> sockets_;
    std::unordered_map<std::string, int> times_;
    std::vector<steady::time_point> at_;
};

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    const auto before = std::chrono::seconds(arguments.pick(15, 60)), gone_for = std::chrono::seconds(arguments.pick(30, 600));
    receiver crm;
    test::running station({.more = "sinks:\n  - { name: crm, type: webhook, url: \"http://127.0.0.1:" + std::to_string(crm.port()) +
                                   "/in\", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw }\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    test::oracle judge;
    test::traffic load(station, judge, {senders_count, milliseconds(1000 * senders_count / rate), 250});
    std::this_thread::sleep_for(before);
    const std::size_t usual = crm.requests() / static_cast<std::size_t>(before.count());
    crm.close();
    std::this_thread::sleep_for(gone_for);
    const steady::time_point back = steady::now();
    crm.open(crm.port());
    const auto lag = [&] {
        const std::string all = station.ask("GET", "/v1/sinks").body;
        const std::size_t at = all.find("\"lag\":") + 6;
        return std::stoul(all.substr(at, all.find(',', at) - at));
    };
    bool is_drained = false;
    while (!is_drained && steady::now() < back + std::chrono::seconds(static_cast<int>(drained_within_s) + 60)) {
        std::this_thread::sleep_for(milliseconds(200));
        is_drained = lag() < rate / 2;
    }
    const double drained_s = std::chrono::duration<double>(steady::now() - back).count();
    load.stop();
    for (int tries = 0; tries < 300 && !station.ask("GET", "/v1/sinks").has("\"parked\":0"); ++tries) std::this_thread::sleep_for(milliseconds(100));
    station.settle();
    std::this_thread::sleep_for(milliseconds(1000));

    const std::size_t first_second = crm.in_first_second_behind(back);
    std::size_t missing = 0;
    const auto ids = station.event_ids();
    for (const std::string& each : ids) missing += !crm.has(each);
    const double repeats = crm.events() == 0 ? 1 : static_cast<double>(crm.requests() - crm.events()) / static_cast<double>(crm.events());
    const bool is_gentle = static_cast<double>(first_second) <= first_second_max * static_cast<double>(usual);
    const bool held = missing == 0 && load.unanswered() == 0 && repeats <= repeats_max && (!test::measures_count || (is_gentle && is_drained && drained_s <= drained_within_s));
    char figures[300];
    std::snprintf(figures, sizeof figures,
                  "gone for %lld s at %d events/s: usual %zu/s, first second %zu (%.2f times), caught up in %.0f s; %zu events, %zu missing, %zu requests more, %d callbacks not answered",
                  static_cast<long long>(gone_for.count()), rate, usual, first_second, static_cast<double>(first_second) / static_cast<double>(std::max<std::size_t>(usual, 1)),
                  drained_s, ids.size(), missing, crm.requests() - crm.events(), load.unanswered());
    return test::report_row("28", held, figures);
}
