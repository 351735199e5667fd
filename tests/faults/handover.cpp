// Rows 8 and 9: started anew under load, nobody is refused or cut off where the socket is kept; a drain answers everybody.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>

#include "core/time.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

namespace {

/// A listening socket that outlives the servers behind it.
class kept_socket {
public:
    kept_socket() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(socket_, 4096);
    }
    ~kept_socket() { ::close(socket_); }
    int get() const { return socket_; }

private:
    int socket_;
};

struct exchange_end {
    enum { answered, refused, cut_off, too_late } how = cut_off;
    std::int64_t took_ms = 0;
    std::string response;
};

/// One request over a connection of its own, as the platforms send them.
exchange_end post(std::uint16_t port, const std::string& path, const simulator::forged& sent) {
    exchange_end end;
    const std::int64_t begun = now_ms();
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        end.how = exchange_end::refused;
    } else {
        const std::string bytes = "POST " + path + "?" + sent.query + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                                  std::to_string(sent.body.size()) + "\r\n\r\n" + sent.body;
        bool is_sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
        while (is_sent) {
            pollfd waits{socket, POLLIN, 0};
            char piece[4096];
            if (::poll(&waits, 1, 10000) != 1) break;
            const ssize_t length = ::recv(socket, piece, sizeof piece, 0);
            if (length <= 0) break;
            end.response.append(piece, static_cast<std::size_t>(length));
        }
        if (end.response.starts_with("HTTP/1.1 200 ")) end.how = exchange_end::answered;
    }
    ::close(socket);
    end.took_ms = now_ms() - begun;
    if (end.how == exchange_end::answered && end.took_ms >= 4500) end.how = exchange_end::too_late;
    return end;
}

struct totals {
    std::mutex mutex;
    std::size_t answered = 0, refused = 0, cut_off = 0, too_late = 0;
    std::int64_t slowest_ms = 0;
    void add(const exchange_end& end) {
        const std::lock_guard lock(mutex);
        answered += end.how == exchange_end::answered;
        refused += end.how == exchange_end::refused;
        cut_off += end.how == exchange_end::cut_off;
        too_late += end.how == exchange_end::too_late;
        slowest_ms = std::max(slowest_ms, end.took_ms);
    }
};

/// Writes letters at a steady rate, each due at its time whether or not earlier ones are answered.
void write_letters(test::running& station, test::oracle& judge, totals& all, int first_customer, double per_second,
                   const std::atomic<bool>& go_on) {
    const auto begun = std::chrono::steady_clock::now();
    for (int at = 0; go_on; ++at) {
        const simulator::forge_request what = judge.next(first_customer + at % 4);
        judge.sent(what);
        const auto sent = simulator::forge(station.of("shop"), what).value();
        const exchange_end end = post(station.callback_port(), "/callback/shop", sent);
        if (end.how == exchange_end::answered) judge.answered(what, {200, "", ""});
        all.add(end);
        std::this_thread::sleep_until(begun + std::chrono::duration<double>(at / per_second));
    }
}

int restart_under_load(int restarts) {
    const kept_socket callbacks;
    test::running station({.sockets = {{"callbacks", callbacks.get()}}});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    test::oracle judge;
    totals all;
    std::atomic<bool> go_on{true};
    std::vector<std::thread> senders;
    constexpr int sender_count = 40;
    for (int each = 0; each < sender_count; ++each)
        senders.emplace_back([&, each] { write_letters(station, judge, all, each * 4, 1000.0 / sender_count, go_on); });
    bool ended_well = true;
    for (int at = 0; at < restarts && ended_well; ++at) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        station.signal(SIGTERM);
        ended_well = station.wait() == 0 && station.start();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    go_on = false;
    for (std::thread& each : senders) each.join();
    const auto verdict = judge.judge(station);
    const bool held = ended_well && verdict.good() && all.refused + all.cut_off + all.too_late == 0;
    return test::report_row("8", held, std::to_string(restarts) + " restarts, " + std::to_string(all.answered) +
                                           " answered, " + std::to_string(all.refused) + " refused, " +
                                           std::to_string(all.cut_off) + " cut off, slowest " +
                                           std::to_string(all.slowest_ms) + " ms; " + verdict.text());
}

/// Here nobody keeps the socket: who connects after the drain began may be refused. Who had sent a request before it is
/// answered, though syncs are slow and it takes a while.
int drain_under_load(int drains) {
    constexpr int senders_count = 30;
    test::faults faults;
    test::running station({.environment = faults.environment()});
    std::strcpy(faults.control().path, "/journal/");
    test::oracle judge;
    totals all;
    std::int64_t slowest_drain_ms = 0;
    bool ended_well = true;
    for (int at = 0; at < drains && ended_well; ++at) {
        faults.control().delay_sync_us = 0;
        if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
        faults.control().delay_sync_us = 250000;
        std::vector<std::thread> senders;
        for (int each = 0; each < senders_count; ++each)
            senders.emplace_back([&, each] {
                const simulator::forge_request what = judge.next(each);
                judge.sent(what);
                const exchange_end end = post(station.callback_port(), "/callback/shop", simulator::forge(station.of("shop"), what).value());
                if (end.how == exchange_end::answered) judge.answered(what, {200, "", ""});
                all.add(end);
            });
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        const std::int64_t begun = now_ms();
        station.signal(SIGTERM);
        ended_well = station.wait() == 0;
        slowest_drain_ms = std::max(slowest_drain_ms, now_ms() - begun);
        for (std::thread& each : senders) each.join();
    }
    faults.control().delay_sync_us = 0;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const auto verdict = judge.judge(station);
    const bool held = ended_well && verdict.good() && slowest_drain_ms <= 10000 && all.refused + all.cut_off + all.too_late == 0;
    return test::report_row("9", held, std::to_string(drains) + " drains with " + std::to_string(senders_count) +
                                           " under way, slowest " + std::to_string(slowest_drain_ms) + " ms, " +
                                           std::to_string(all.answered) + " answered, " + std::to_string(all.cut_off) +
                                           " cut off, " + std::to_string(all.refused) + " refused; " + verdict.text());
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    return restart_under_load(form.pick(5, 100)) | drain_under_load(form.pick(5, 200));
}
