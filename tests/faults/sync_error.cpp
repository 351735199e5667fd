// Row 4: the first failed sync or write of the journal ends the acknowledging and the process, is not tried
// again on that file, and what only the page cache held then is never called kept.
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/letter_writers.hpp"
#include "tests/support/small_disk.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr double ended_within_s = 1;
constexpr int journal_failed = 3;  // The exit status that docs/operations.md promises.
const std::string rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n";

/// What all failures together came to.
struct tally {
    int failures = 0, at_start = 0, wrong_ends = 0, late_acknowledgements = 0, second_tries = 0,
        failed_in_flight_max = 0;
    double slowest_end_s = 0;

    bool good(int wanted) const {
        return failures + at_start == wanted && wrong_ends + late_acknowledgements + second_tries == 0 &&
               (!test::measures_count || slowest_end_s <= ended_within_s);
    }
    std::string text() const {
        char line[240];
        std::snprintf(line, sizeof line,
                      "%d failures under load and %d at start: %d wrong exits, slowest exit %.2f s, %d "
                      "acknowledged after it, "
                      "%d second tries; ",
                      failures, at_start, wrong_ends, slowest_end_s, late_acknowledgements, second_tries);
        return line;
    }
};

/// The exit status; kills what does not end by itself.
int wait_for_end(test::running& station) {
    siginfo_t ended{};
    for (int tries = 0; tries < 3000 && ended.si_pid == 0; ++tries) {
        ::waitid(P_PID, static_cast<id_t>(station.process()), &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return ended.si_pid == 0 ? station.stop(SIGKILL) : station.wait();
}

enum class call { sync, write };

/// Starts the station again and again under load, and lets the call with each of these numbers (from the
/// start on) fail.
int fail_calls(call which, const std::vector<int>& numbers) {
    test::faults faults;
    test::fault_control& control = faults.control();
    std::strcpy(control.path, "/journal/");
    control.write_errno = EIO;
    std::atomic<std::int64_t>& calls = which == call::sync ? control.syncs : control.writes;
    std::atomic<std::int64_t>& fails_at = which == call::sync ? control.fail_sync_at : control.fail_write_at;
    const auto has_failed = [&] { return fails_at > 0 && calls >= fails_at; };

    test::running station({.rules = rules, .environment = faults.environment()});
    test::oracle judge;
    std::atomic<steady::rep> failed_at{steady::time_point::max().time_since_epoch().count()};
    std::atomic<int> late{0};
    const auto watch = [&](steady::time_point sent, const test::running::answer& got) {
        late += got.status == 200 && sent.time_since_epoch().count() > failed_at;
    };
    tally all;
    const auto no_start = [&] {
        return std::printf("it does not start:\n%s", station.output().c_str()), test::fault_broke;
    };
    if (!station.start()) return no_start();
    test::letter_writers writers(station, judge, {.watch = watch});
    for (const int number : numbers) {
        station.stop(SIGKILL);
        calls = 0;
        control.syncs_again = 0;
        fails_at = number;
        if (!station.start()) {
            ++all.at_start;
            all.wrong_ends += station.output().find("Input/output error") == std::string::npos;
        } else {
            for (int tries = 0; tries < 20000 && !has_failed(); ++tries)
                std::this_thread::sleep_for(std::chrono::microseconds(500));
            const auto begun = steady::now();
            if (!has_failed()) break;
            failed_at = begun.time_since_epoch().count();
            const int status = wait_for_end(station);
            all.slowest_end_s =
                std::max(all.slowest_end_s, std::chrono::duration<double>(steady::now() - begun).count());
            all.wrong_ends += status != journal_failed;
            ++all.failures;
        }
        // While the file that failed is only made ready for later, the one in use may still keep its batch.
        const bool was_in_use = std::string(control.failed_path).find(".new") == std::string::npos;
        if (const int its_late = late.exchange(0); was_in_use) all.late_acknowledgements += its_late;
        all.second_tries += static_cast<int>(control.syncs_again);
        failed_at = steady::time_point::max().time_since_epoch().count();
        fails_at = 0;
        if (!station.start()) return no_start();
    }
    writers.stop();
    const auto verdict = judge.judge(station);
    station.stop(SIGKILL);
    return test::report_row(
        "4", all.good(static_cast<int>(numbers.size())) && verdict.good(),
        std::string(which == call::sync ? "syncs: " : "writes: ") + all.text() + verdict.text());
}

/// A record whose sync failed is in the page cache and not on the disk. Whoever asks for it after the restart
/// is told that it is kept only when it is: the power is cut in the moment of that answer.
int ask_for_what_failed(int times) {
    test::small_disk disk(test::small_disk::format::ext4, std::size_t{64} << 20);
    test::faults faults;
    test::fault_control& control = faults.control();
    std::strcpy(control.path, "/journal/");
    test::running station({.rules = rules, .environment = faults.environment()});
    std::string config = station.config_text();
    config.replace(config.find("./data"), 6, disk.path() / "data");
    station.write_config(config);
    const auto no_start = [&] {
        return std::printf("it does not start:\n%s", station.output().c_str()), test::fault_broke;
    };
    test::oracle judge;
    int refused = 0, told = 0;
    for (int at = 0; at < times; ++at) {
        if (!station.start()) return no_start();
        for (int before = 0; before < 3; ++before) {
            const simulator::forge_request what = judge.next(0);
            judge.sent(what);
            judge.answered(what, station.send("shop", what));
        }
        const simulator::forge_request asked = judge.next(1 + at);
        judge.sent(asked);
        // The sync that is to fail is the record's, not that of the next file, which is made ready beside it.
        for (std::int64_t before = -1; before != control.syncs;) {
            before = control.syncs;
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
        }
        control.fail_sync_at = control.syncs + 1;
        refused += station.send("shop", asked).status != 200;
        wait_for_end(station);
        control.fail_sync_at = 0;
        if (!station.start()) return no_start();
        const test::running::answer again = station.send("shop", asked);
        disk.cut_power();
        judge.answered(asked, again);
        told += again.status == 200;
        station.stop(SIGKILL);
        disk.mount_again();
    }
    if (!station.start()) return no_start();
    const auto verdict = judge.judge(station);
    station.stop(SIGKILL);
    return test::report_row("4", verdict.good() && refused == times && told == times,
                            "asked again after a failed sync, then the power cut: " +
                                std::to_string(refused) + " of " + std::to_string(times) + " refused, " +
                                std::to_string(told) + " kept after the restart; " + verdict.text());
}

std::vector<int> numbers_to(int last, int step) {
    std::vector<int> all;
    for (int number = 1; number <= last; number += step) all.push_back(number);
    return all;
}

}  // namespace

int main(int count, char** words) {
    const bool is_long = test::fault_arguments(count, words).is_long;
    int status =
        fail_calls(call::sync, is_long ? numbers_to(500, 1)
                                       : std::vector{1, 2, 3, 4, 5, 6, 7, 9, 12, 17, 25, 40, 77, 150, 301});
    // The first eight fill the file that the start makes with zeros, the next gives it its head; then those of the file
    // after it come among the records'.
    status |= fail_calls(call::write, is_long ? numbers_to(600, 10) : std::vector{1, 5, 8, 9, 10, 11, 40, 300});
    try {
        status |= ask_for_what_failed(is_long ? 30 : 3);
    } catch (const test::cannot_mount& why) {
        if (status == test::fault_held)
            return test::skip_row("4", std::string("the page cache: ") + why.what());
    }
    return status;
}
