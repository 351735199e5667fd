// Sends a different genuine callback each time over kept-alive connections and checks every answer. Forges
// all of them before it begins. Prints: requests per second, seconds, answered, wrong, p50 and p99 in
// milliseconds.
//
//   load PORT CONFIG ACCOUNT CONNECTIONS COUNT SECONDS [RATE]
//
// With a rate, callbacks are due at their times whether or not earlier ones are answered, and waiting counts.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "gateway/config.hpp"
#include "simulator/forge.hpp"

namespace {

using namespace yizhan;

using steady = std::chrono::steady_clock;

struct connection {
    int socket = -1;
    std::string_view sending;
    std::string received;
    steady::time_point sent_at;
};

std::vector<std::string> forge_all(const account& to, std::size_t count) {
    std::vector<std::string> all;
    all.reserve(count);
    simulator::forge_request what;
    const auto serial = static_cast<std::uint64_t>(now_us());
    for (std::size_t at = 0; at < count; ++at) {
        what.serial = serial + at;
        what.now_s = what.created_s = now_ms() / 1000;
        what.from = "oBenchCustomer" + std::to_string(100000 + at % 20000) + "abcdefgh";
        what.fields = {
            {"Content",
             "你好，我的订单 " + std::to_string(at) + " 什么时候发货？已经等了三天了，请尽快处理，谢谢。"}
        };
        const auto made = simulator::forge(to, what).value();
        all.push_back("POST /callback/" + to.id + "?" + made.query +
                      " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/4.0\r\nAccept: "
                      "*/*\r\nContent-Type: text/xml\r\nContent-Length: " +
                      std::to_string(made.body.size()) + "\r\n\r\n" + made.body);
    }
    return all;
}

/// Whether a whole response is there, and how long it is.
std::size_t response_length(const std::string& bytes, std::size_t& head) {
    head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    head += 4;
    const std::size_t field = bytes.find("Content-Length: ");
    const std::size_t length =
        field == std::string::npos ? 0 : std::strtoul(bytes.c_str() + field + 16, nullptr, 10);
    return bytes.size() >= head + length ? head + length : 0;
}

}  // namespace

int main(int count, char** words) {
    if (count < 7) return 2;
    const gateway::loaded read = gateway::load_config(words[2]);
    if (!read.settings) return 1;
    const auto to = std::ranges::find(read.settings->accounts, words[3], &account::id);
    const auto connections = std::strtoul(words[4], nullptr, 10), total = std::strtoul(words[5], nullptr, 10);
    const double seconds_max = std::strtod(words[6], nullptr);
    const double rate = count > 7 ? std::strtod(words[7], nullptr) : 0;
    const std::string expected = "success";
    const std::vector<std::string> requests = forge_all(*to, total);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(words[1], nullptr, 10)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int poll = ::epoll_create1(0);
    std::vector<connection> all(connections);
    std::size_t next = 0, answered = 0, wrong = 0, open = 0;
    std::vector<float> latencies;
    latencies.reserve(total);
    steady::time_point begun;
    std::vector<connection*> idle;
    const auto due = [&](std::size_t number) {
        return begun + std::chrono::duration_cast<steady::duration>(
                           std::chrono::duration<double>(rate > 0 ? static_cast<double>(number) / rate : 0));
    };
    const auto send_next = [&](connection& on) {
        if (next == requests.size()) return false;
        if (rate > 0 && due(next) > steady::now()) return idle.push_back(&on), true;
        on.sent_at = rate > 0 ? due(next) : steady::now();
        on.sending = requests[next++];
        const ssize_t sent = ::send(on.socket, on.sending.data(), on.sending.size(), MSG_NOSIGNAL);
        return sent == static_cast<ssize_t>(on.sending.size());
    };
    for (connection& each : all) {
        each.socket = ::socket(AF_INET, SOCK_STREAM, 0);
        if (::connect(each.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
        const int on = 1;
        ::setsockopt(each.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &each;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, each.socket, &event);
        ++open;
    }
    begun = steady::now();
    for (connection& each : all) send_next(each);
    const auto elapsed = [&] { return std::chrono::duration<double>(steady::now() - begun).count(); };
    char buffer[16384];
    bool finishing = false;
    while (open > 0 && answered + wrong < requests.size()) {
        finishing = finishing || elapsed() > seconds_max;
        if (finishing && answered + wrong >= next) break;
        epoll_event events[256];
        const int ready = ::epoll_wait(poll, events, 256, rate > 0 ? 1 : 1000);
        if (ready == 0 && finishing && rate == 0) break;
        while (!finishing && !idle.empty() && next < requests.size() && due(next) <= steady::now()) {
            connection& on = *idle.back();
            idle.pop_back();
            send_next(on);
        }
        for (int at = 0; at < ready; ++at) {
            connection& on = *static_cast<connection*>(events[at].data.ptr);
            const ssize_t length = ::recv(on.socket, buffer, sizeof buffer, MSG_DONTWAIT);
            if (length <= 0) {
                ::close(on.socket);
                --open, ++wrong;
                continue;
            }
            on.received.append(buffer, static_cast<std::size_t>(length));
            std::size_t head = 0;
            if (const std::size_t whole = response_length(on.received, head)) {
                const bool good = on.received.starts_with("HTTP/1.1 200 ") &&
                                  on.received.compare(head, whole - head, expected) == 0;
                good ? ++answered : ++wrong;
                latencies.push_back(
                    std::chrono::duration<float, std::milli>(steady::now() - on.sent_at).count());
                on.received.erase(0, whole);
                if (!finishing) send_next(on);
            }
        }
    }
    const double seconds = elapsed();
    std::ranges::sort(latencies);
    const auto at = [&](double share) {
        return latencies.empty()
                   ? 0.f
                   : latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
    };
    std::printf("%.0f %.2f %zu %zu %.2f %.2f\n", static_cast<double>(answered) / seconds, seconds, answered,
                wrong, at(0.5), at(0.99));
    return wrong == 0 ? 0 : 1;
}
