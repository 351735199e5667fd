// Row 12: ten times what it can take: memory stays below the limit, what cannot be taken is refused at once,
// what is taken is answered in time, and nothing acknowledged is lost.
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;

namespace {

constexpr double platform_waits_s = 5, in_time_s = 4.55, refused_within_s = 0.05;

/// The most memory that was ever resident, in MiB.
double peak_mib(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;)
        if (double kib = 0; word == "VmHWM:" && status >> kib) return kib / 1024;
    return 1e9;
}

void pin(pid_t who, int core) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(core, &only);
    ::sched_setaffinity(who, sizeof only, &only);
}

/// A process that does nothing but keep the server's core busy, and comes first there.
class company {
public:
    explicit company(pid_t server) {
        const std::string tasks = "/proc/" + std::to_string(server) + "/task";
        DIR* const opened = ::opendir(tasks.c_str());
        while (const dirent* each = opened ? ::readdir(opened) : nullptr)
            if (const pid_t thread = std::atoi(each->d_name))
                pin(thread, 0), ::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), 15);
        if (opened) ::closedir(opened);
        busy_ = ::fork();
        if (busy_ != 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(0, 0);
        for (;;) asm volatile("");
    }
    ~company() {
        ::kill(busy_, SIGKILL);
        ::waitpid(busy_, nullptr, 0);
    }

private:
    pid_t busy_;
};

struct figures {
    std::size_t offered = 0, unsent = 0, accepted = 0, refused = 0, not_arrived = 0, given_up = 0, late = 0;
    double slowest_s = 0, refused_p99_s = 0, refused_max_s = 0, seconds = 0;
};

/// Callbacks that were taken in, and then their time was over.
std::size_t missed_deadlines(const test::running& station) {
    const std::string name = "\nyizhan_reply_deadline_misses_total ";
    const std::string text = station.ask("GET", "/metrics").body;
    const std::size_t at = text.find(name);
    return at == std::string::npos ? SIZE_MAX : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

figures count(const std::vector<test::load_outcome>& all, double limit_s = in_time_s) {
    figures made;
    std::vector<double> refusals;
    for (const test::load_outcome& each : all) {
        ++made.offered;
        if (!each.was_sent) {
            ++made.unsent;
        } else if (each.status == 200) {
            ++made.accepted;
            made.slowest_s = std::max(made.slowest_s, each.took_s());
            made.late += each.took_s() > limit_s;
        } else {
            ++made.refused;
            made.not_arrived += each.never_arrived;
            refusals.push_back(each.took_s());
        }
    }
    made.refused_p99_s = test::quantile(refusals, 0.99);
    made.refused_max_s = refusals.empty() ? 0 : refusals.back();
    made.seconds = all.empty() ? 0 : all.back().due_s;
    return made;
}

std::string text_of(const figures& of, double mib, std::size_t limit_mib) {
    char line[400];
    std::snprintf(
        line, sizeof line,
        "%zu offered in %.0f s, %zu accepted (slowest %.2f s, %zu late), %zu refused (p99 %.1f ms, max %.0f "
        "ms; %zu for want of room in the queue), %zu taken and given up, %zu not sent, %.0f of %zu MiB",
        of.offered, of.seconds, of.accepted, of.slowest_s, of.late, of.refused, 1000 * of.refused_p99_s,
        1000 * of.refused_max_s, of.not_arrived, of.given_up, of.unsent, mib, limit_mib);
    return line;
}

struct letters {
    std::vector<simulator::forge_request> written;
    std::vector<std::string> bytes;
};

letters write_letters(test::oracle& judge, const test::running& station, std::size_t count) {
    letters made;
    for (std::size_t at = 0; at < count; ++at) {
        made.written.push_back(judge.next(static_cast<int>(at)));
        judge.sent(made.written.back());
        made.bytes.push_back(
            test::request_bytes("shop", simulator::forge(station.of("shop"), made.written.back()).value()));
    }
    return made;
}

std::vector<test::load_outcome> play(test::oracle& judge, const test::running& station, double rate,
                                     double seconds) {
    const letters all = write_letters(judge, station, static_cast<std::size_t>(rate * seconds));
    auto outcomes =
        test::run_load({.port = station.callback_port(), .rate = rate, .connections_max = 15000}, all.bytes);
    for (std::size_t at = 0; at < outcomes.size(); ++at)
        judge.answered(all.written[at], {outcomes[at].status, "", ""});
    return outcomes;
}

void limit_memory(test::running& station, std::size_t mib) {
    std::string text = station.config_text();
    const std::string before = "limits: { segment: 4MiB }";
    text.replace(text.find(before), before.size(),
                 "limits: { segment: 4MiB, dedup: 16MiB, memory: " + std::to_string(mib) + "MiB }");
    station.write_config(text);
}

bool keeps(const test::oracle& judge, const test::running& station, std::string& line) {
    const auto verdict = judge.judge(station, test::oracle::tasks::do_not_count);
    const bool good = verdict.acknowledged > 0 && verdict.lost + verdict.doubled + verdict.invented == 0;
    line += good ? "; none lost" : "; " + verdict.text();
    return good;
}

/// The journal is what limits: 512 records a sync.
int slow_journal(double seconds, std::size_t memory_mib) {
    constexpr std::int64_t delay_us = 1000000;
    constexpr double takes = 512;
    test::faults disturbed;
    std::strcpy(disturbed.control().path, "/journal/");
    disturbed.control().delay_sync_us = delay_us;
    test::running station({.environment = disturbed.environment()});
    limit_memory(station, memory_mib);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    test::oracle judge;
    play(judge, station, takes / 4, 2);  // It has seen how long a sync takes.
    figures seen = count(play(judge, station, 10 * takes, seconds));
    disturbed.control().delay_sync_us = 0;
    seen.given_up = missed_deadlines(station);
    const double mib = peak_mib(station.process());
    std::string line = "syncs of 1 s: " + text_of(seen, mib, memory_mib);
    bool held = keeps(judge, station, line) && (mib <= static_cast<double>(memory_mib) || !test::measures_count) &&
                seen.late + seen.given_up + seen.not_arrived == 0;
    held = held && (seen.refused_p99_s <= refused_within_s || !test::measures_count) && seen.refused > seen.accepted;
    held = held && static_cast<double>(seen.accepted) > takes * seconds / 2;  // It still takes what it can.
    return test::report_row("12", held, line);
}

/// The core is what limits: others want it too.
int busy_core(double seconds, std::size_t memory_mib) {
    test::running station;
    limit_memory(station, memory_mib);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    test::oracle judge;
    figures alone, seen;
    {
        const company others(station.process());
        pin(0, 1);
        alone = count(play(judge, station, 1000, 1));
        seen = count(play(judge, station, 8000, seconds), platform_waits_s);
    }
    seen.given_up = missed_deadlines(station);
    const double mib = peak_mib(station.process());
    std::string line = "a thirtieth of a core: " + text_of(seen, mib, memory_mib);
    const bool held = keeps(judge, station, line) && (mib <= static_cast<double>(memory_mib) || !test::measures_count) &&
                      seen.late + seen.given_up == 0 && seen.refused > 0 && alone.accepted > 0;
    return test::report_row("12", held, line);
}

/// Long bodies are read before anything is proved: of whoever sends them.
int long_bodies(std::size_t connections, std::size_t memory_mib) {
    const account component = test::account_of("wechat", "component");
    test::running station({.more_accounts = {component}});
    limit_memory(station, memory_mib);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const std::string head =
        "POST /callback/component/command?signature=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n";
    const std::string almost = head + std::string(1048000, 'x');
    std::vector<test::wire> all;
    std::size_t taken = 0;
    for (std::size_t at = 0; at < connections; ++at) all.emplace_back(station.callback_port(), at);
    for (test::wire& each : all) taken += each.send(almost);
    const auto answer = station.send("shop", test::text("在吗"));
    // What was sent need not have been read yet.
    bool counted = false;
    for (int look = 0; look < 100 && !counted; ++look) {
        if (look != 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        counted = station.ask("GET", "/metrics").body.find("yizhan_turned_away_total{reason=\"memory\"}") != std::string::npos;
    }
    const double mib = peak_mib(station.process());
    const bool held = answer.status == 200 && (mib <= static_cast<double>(memory_mib) || !test::measures_count) && counted;
    return test::report_row(
        "12", held,
        std::to_string(connections) + " bodies of 1 MiB that never end: " + std::to_string(taken) +
            " taken whole, " + std::to_string(static_cast<int>(mib)) + " of " + std::to_string(memory_mib) +
            " MiB, turned away " + (counted ? "and counted" : "by nobody") +
            ", a callback meanwhile: " + std::to_string(answer.status));
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments arguments(count, words);
    int status = 0;
    if (std::thread::hardware_concurrency() < 2) return test::skip_row("12", "needs a core for the senders");
    status |= slow_journal(arguments.pick(3.0, 30.0), 512);
    status |= slow_journal(arguments.pick(2.0, 15.0), 96);
    status |= long_bodies(arguments.pick(300, 2000), 128);
    status |= busy_core(arguments.pick(2.0, 15.0), 512);
    return status;
}
