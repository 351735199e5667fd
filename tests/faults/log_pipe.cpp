// Row log: nobody reads the log, and the server goes on as fast; the lines that are dropped are counted, and
// it ends in time.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/running.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr double end_within_s = 5;

/// The real binary with a pipe for its output, which is read until it listens and then never again.
class unheard_server {
public:
    explicit unheard_server(const std::filesystem::path& config) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return;
        ::fcntl(ends[1], F_SETPIPE_SZ, 4096);  // Full after some thirty lines.
        process_ = ::fork();
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(ends[1], 1);
            ::execl(YIZHAN_BINARY, YIZHAN_BINARY, "serve", "-c", config.c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
        std::string said;
        char piece[512];
        for (ssize_t length; port == 0 && (length = ::read(pipe_, piece, sizeof piece)) > 0;) {
            said.append(piece, static_cast<std::size_t>(length));
            const std::size_t line = said.find("\"message\":\"listening\"");
            if (line == std::string::npos || said.find('\n', line) == std::string::npos) continue;
            port = port_of(said, "callbacks", line);
            api_port = port_of(said, "api", line);
        }
    }
    ~unheard_server() {
        if (process_ > 0) ::kill(process_, SIGKILL), ::waitpid(process_, nullptr, 0);
        ::close(pipe_);
    }
    unheard_server(const unheard_server&) = delete;

    void signal(int number) const { ::kill(process_, number); }

    /// The exit status after SIGTERM; -1 when it did not end within the time.
    int end(double& took_s) {
        const auto begun = steady::now();
        ::kill(process_, SIGTERM);
        for (;;) {
            int status = 0;
            took_s = std::chrono::duration<double>(steady::now() - begun).count();
            if (::waitpid(process_, &status, WNOHANG) == process_)
                return process_ = -1, WIFEXITED(status) ? WEXITSTATUS(status) : -2;
            if (took_s > 2 * end_within_s) return -1;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    std::uint16_t port = 0, api_port = 0;

private:
    static std::uint16_t port_of(const std::string& said, const std::string& name, std::size_t from) {
        const std::size_t at = said.find("\"" + name + "\":\"127.0.0.1:", from);
        return static_cast<std::uint16_t>(std::strtoul(said.c_str() + at + name.size() + 14, nullptr, 10));
    }
    pid_t process_ = -1;
    int pipe_ = -1;
};

struct speed {
    double p99_s = 0, slowest_s = 0, rate = 0;
    std::size_t wrong = 0;
};

constexpr int turns = 8;

/// The medians.
struct speed_of_turns {
    std::vector<double> rates, p99s_s;
    double slowest_s = 0;
    std::size_t wrong = 0;

    void add(const speed& turn) {
        rates.push_back(turn.rate);
        p99s_s.push_back(turn.p99_s);
        slowest_s = std::max(slowest_s, turn.slowest_s);
        wrong += turn.wrong;
    }
    double rate() { return test::quantile(rates, 0.5); }
    double p99_s() { return test::quantile(p99s_s, 0.5); }
};

/// Refusals for so long, from addresses so many that each is a line of its own, and a genuine callback among
/// ten.
speed flood(std::uint16_t port, const test::running& forges, double seconds) {
    test::wire connection(port);
    const std::string refused =
        "POST /callback/shop?signature=0&timestamp=1&nonce=1 HTTP/1.1\r\nHost: x\r\nContent-Length: "
        "7\r\n\r\n<xml/>\n";
    const auto begun = steady::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(steady::now() - begun).count(); };
    std::vector<double> took;
    speed made;
    for (std::size_t turn = 0; elapsed() < seconds; ++turn) {
        if (turn % 10 == 9) {
            simulator::forge_request what = test::text("第 " + std::to_string(turn) + " 封");
            what.serial = static_cast<std::uint64_t>(begun.time_since_epoch().count()) + turn;
            what.now_s = what.created_s = ::time(nullptr);
            const auto got = connection.ask(
                test::request_bytes("shop", simulator::forge(forges.of("shop"), what).value()));
            made.wrong += got.status != 200;
            took.push_back(got.took_s);
        } else {
            made.wrong += connection.ask(refused).status != 403;
        }
        made.rate += 1 / seconds;
        if (!connection.is_open()) return ++made.wrong, made;
    }
    made.p99_s = test::quantile(took, 0.99);
    made.slowest_s = took.empty() ? 0 : took.back();
    return made;
}

double dropped_lines(std::uint16_t api_port) {
    net::fetch_request request;
    request.url = "http://127.0.0.1:" + std::to_string(api_port) + "/metrics";
    const auto got = net::fetch(request);
    const std::string name = "\nyizhan_log_lines_dropped ";
    const std::size_t at = got ? got->body.find(name) : std::string::npos;
    return at == std::string::npos ? -1 : std::strtod(got->body.c_str() + at + name.size(), nullptr);
}

}  // namespace

int main(int count, char** words) {
    const double seconds = test::fault_arguments(count, words).pick(4.0, 60.0);
    test::running heard({.more = "log_level: debug\n"}), unread({.more = "log_level: debug\n"});
    if (!heard.start()) return std::printf("%s", heard.output().c_str()), test::fault_broke;
    unheard_server server(unread.directory() / "yizhan.yaml");
    if (server.port == 0) return test::report_row("log", false, "the server does not listen");
    // By turns, since others use this machine too.
    speed_of_turns with_reader, without;
    for (int turn = 0; turn < turns; ++turn) {
        with_reader.add(flood(heard.callback_port(), heard, seconds / turns));
        without.add(flood(server.port, unread, seconds / turns));
    }
    heard.stop();
    // Now as many lines as can wait: a configuration with so many faults, again and again.
    std::string faulty = unread.config_text();
    for (int at = 0; at < 500; ++at) faulty += "no_such_setting_" + std::to_string(at) + ": 1\n";
    unread.write_config(faulty);
    for (int times = 0; times < 20; ++times) {
        server.signal(SIGHUP);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    const double dropped = dropped_lines(server.api_port);
    double took_s = 0;
    const int status = server.end(took_s);
    const double rate = with_reader.rate(), rate_without = without.rate(), p99_s = with_reader.p99_s(), p99_without_s = without.p99_s();
    const bool as_fast = rate_without > rate / 2 && p99_without_s < std::max(0.02, 3 * p99_s);
    const bool held = with_reader.wrong + without.wrong == 0 && as_fast && dropped > (test::measures_count ? 4000 : 1000) && status == 0 &&
                      took_s < end_within_s;
    char line[300];
    std::snprintf(line, sizeof line,
                  "%.0f requests/s with a reader (p99 %.2f ms), %.0f/s without (p99 %.2f ms, slowest %.1f "
                  "ms), %zu wrong; %.0f lines dropped "
                  "and counted; SIGTERM ended it with %d after %.2f s",
                  rate, 1000 * p99_s, rate_without, 1000 * p99_without_s,
                  1000 * without.slowest_s, with_reader.wrong + without.wrong, dropped, status, took_s);
    return test::report_row("log", held, line);
}
