// Row 13: thousands of connections that drip, dawdle or never read, and those who mean it notice nothing.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::size_t deaf_ones = 10;
constexpr double p99_max_s = 0.05, gone_within_s = 10, idle_kib_max = 32;

double resident_kib(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;)
        if (double kib = 0; word == "VmRSS:" && status >> kib) return kib;
    return 1e9;
}

/// One that is slow on purpose: a third each drip their head, drip their body, or say half a word and then
/// nothing. Some of these ask and ask and never read an answer.
struct dawdler {
    enum class manner { head, body, mute, deaf };
    int socket = -1;
    manner how = manner::head;
    std::size_t sent = 0;
    steady::time_point begun, ended;
};

class crowd {
public:
    crowd(std::uint16_t port, std::size_t count) : all_(count), poll_(::epoll_create1(0)) {
        const std::string start =
            "POST /callback/shop?signature=0&timestamp=0&nonce=0 HTTP/1.1\r\nHost: x\r\n";
        head_ = start;
        for (int at = 0; at < 100; ++at) head_ += "X-Slow-" + std::to_string(at) + ": 1\r\n";
        for (int at = 0; at < 1000; ++at)
            questions_ += "GET /callback/shop?signature=0 HTTP/1.1\r\nHost: x\r\n\r\n";
        body_ = start + "Content-Length: 60000\r\n\r\n" + std::string(60000, 'x');
        sockaddr_in theirs{};
        theirs.sin_family = AF_INET, theirs.sin_port = htons(port),
        theirs.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        for (std::size_t at = 0; at < count; ++at) {
            dawdler& made = all_[at];
            made.how = at < 3 * deaf_ones && at % 3 == 2 ? dawdler::manner::deaf
                                                         : static_cast<dawdler::manner>(at % 3);
            made.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            const int on = 1, little = 2048;
            ::setsockopt(made.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
            if (made.how == dawdler::manner::deaf)
                ::setsockopt(made.socket, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
            sockaddr_in own = theirs;
            own.sin_port = 0, own.sin_addr.s_addr = htonl(test::loopback_address(at % 200));
            const bool opened =
                ::bind(made.socket, reinterpret_cast<sockaddr*>(&own), sizeof own) == 0 &&
                ::connect(made.socket, reinterpret_cast<sockaddr*>(&theirs), sizeof theirs) == 0;
            if (!opened) {
                ::close(made.socket);
                made.socket = -1;
                continue;
            }
            made.begun = steady::now();
            ++opened_;
            epoll_event event{};
            event.events = EPOLLRDHUP;
            event.data.u64 = at;
            ::epoll_ctl(poll_, EPOLL_CTL_ADD, made.socket, &event);
        }
    }
    ~crowd() {
        for (const dawdler& each : all_)
            if (each.socket >= 0) ::close(each.socket);
        ::close(poll_);
    }
    crowd(const crowd&) = delete;

    std::size_t opened() const { return opened_; }
    std::size_t left() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(all_, [](const dawdler& each) { return each.socket >= 0; }));
    }
    double longest_s() const { return longest_s_; }

    /// Goes on until all are gone, or for so long.
    void dawdle(double seconds) {
        const auto begun = steady::now();
        for (auto next_drip = begun; left() > 0 && seconds_since(begun) < seconds;) {
            if (steady::now() >= next_drip) {
                for (dawdler& each : all_) drip(each);
                next_drip += std::chrono::milliseconds(500);
            }
            epoll_event events[512];
            const int ready = ::epoll_wait(poll_, events, 512, 20);
            for (int at = 0; at < ready; ++at) end(all_[events[at].data.u64]);
        }
    }

private:
    static double seconds_since(steady::time_point begun) {
        return std::chrono::duration<double>(steady::now() - begun).count();
    }
    void drip(dawdler& by) {
        if (by.socket < 0) return;
        const bool is_deaf = by.how == dawdler::manner::deaf;
        const std::string& words = by.how == dawdler::manner::body ? body_ : is_deaf ? questions_ : head_;
        const std::size_t piece = is_deaf                           ? questions_.size()
                                  : by.sent == 0                    ? 120
                                  : by.how == dawdler::manner::body ? 20
                                                                    : 3;
        if (by.how == dawdler::manner::mute && by.sent > 0) return;
        if (is_deaf && seconds_since(by.begun) > gone_within_s - 1) return listen_at_last(by);
        if (by.sent >= words.size()) by.sent = 0;
        const ssize_t sent = ::send(by.socket, words.data() + by.sent,
                                    std::min(piece, words.size() - by.sent), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return end(by);
        if (sent > 0) by.sent += static_cast<std::size_t>(sent);
    }
    /// Before it has read what was said, a deaf one does not see that nobody is there any more.
    void listen_at_last(dawdler& by) {
        char piece[16384];
        ssize_t length = 0;
        while ((length = ::recv(by.socket, piece, sizeof piece, MSG_DONTWAIT)) > 0) {
        }
        if (length == 0 || errno != EAGAIN) end(by);
    }
    void end(dawdler& by) {
        if (by.socket < 0) return;
        longest_s_ = std::max(longest_s_, seconds_since(by.begun));
        ::close(by.socket);
        by.socket = -1;
    }

    std::vector<dawdler> all_;
    std::string head_, body_, questions_;
    int poll_;
    std::size_t opened_ = 0;
    double longest_s_ = 0;
};

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    const std::size_t slow = arguments.pick(1500, 10000);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < slow + 3000) return test::skip_row("13", "too few open files are allowed");

    test::running station;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    constexpr double rate = 500;
    const double seconds = 12;
    test::oracle judge;
    std::vector<simulator::forge_request> written;
    std::vector<std::string> requests;
    for (std::size_t at = 0; at < static_cast<std::size_t>(rate * seconds); ++at) {
        written.push_back(judge.next(static_cast<int>(at)));
        judge.sent(written.back());
        requests.push_back(
            test::request_bytes("shop", simulator::forge(station.of("shop"), written.back()).value()));
    }
    for (int at = 0; at < 200; ++at) station.send("shop", test::text("先 " + std::to_string(at)));
    station.settle();

    const double before_kib = resident_kib(station.process());
    crowd slow_ones(station.callback_port(), slow);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const double each_kib = (resident_kib(station.process()) - before_kib) / static_cast<double>(slow);
    std::vector<test::load_outcome> outcomes;
    std::thread genuine([&] {
        outcomes = test::run_load(
            {.port = station.callback_port(), .rate = rate, .connections_max = 500, .first_address = 5000},
            requests);
    });
    slow_ones.dawdle(gone_within_s + 5);
    genuine.join();

    std::vector<double> took;
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < outcomes.size(); ++at) {
        judge.answered(written[at], {outcomes[at].status, "", ""});
        if (outcomes[at].status == 200)
            took.push_back(outcomes[at].ended_s - outcomes[at].due_s);
        else
            ++wrong;
    }
    const double p99 = test::quantile(took, 0.99), slowest = took.empty() ? 0 : took.back();
    const auto verdict = judge.judge(station, test::oracle::tasks::do_not_count);
    const bool held = slow_ones.opened() == slow && slow_ones.left() == 0 &&
                      slow_ones.longest_s() <= gone_within_s && wrong == 0 && verdict.lost == 0 &&
                      (!test::measures_count || (p99 <= p99_max_s && each_kib <= idle_kib_max));
    char line[400];
    std::snprintf(line, sizeof line,
                  "%zu slow connections (%zu opened), the last gone after %.1f s, %zu left, %.1f KiB each; "
                  "%zu genuine at %.0f/s: p99 %.1f "
                  "ms, slowest %.1f ms, %zu errors, %zu lost",
                  slow, slow_ones.opened(), slow_ones.longest_s(), slow_ones.left(), each_kib,
                  outcomes.size(), rate, 1000 * p99, 1000 * slowest, wrong, verdict.lost);
    return test::report_row("13", held, line);
}
