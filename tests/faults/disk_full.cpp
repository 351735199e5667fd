// Row 5: with the disk full again and again, callbacks are refused at once and taken again by themselves when
// there is room, and nothing acknowledged is lost; a full disk under the state alone turns nobody away.
#include <algorithm>
#include <csignal>
#include <mutex>

#include "tests/support/fault_program.hpp"
#include "tests/support/letter_writers.hpp"
#include "tests/support/small_disk.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr double refused_within_s = 0.1, serving_within_s = 5, applied_within_s = 10;
constexpr std::size_t letter_bytes = 16000;
const std::string rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n";

double seconds_since(steady::time_point begun) {
    return std::chrono::duration<double>(steady::now() - begun).count();
}

/// Nothing is old enough to go, so that each time leaves some more behind.
std::size_t disk_bytes(int times, std::size_t mib_left_each) {
    return (64 + static_cast<std::size_t>(times) * mib_left_each) * 1024 * 1024;
}

/// Asks until it is so, for at most so long; how long it took, or a negative number.
template <class Question>
double wait_until(Question is_so, double patience_s) {
    const auto begun = steady::now();
    while (!is_so()) {
        if (seconds_since(begun) > patience_s) return -1;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return seconds_since(begun);
}

void keep_data_at(test::running& station, const std::filesystem::path& directory) {
    std::string config = station.config_text();
    config.replace(config.find("./data"), 6, directory);
    station.write_config(config);
}

int start_failed(const test::running& station) {
    return std::printf("it does not start:\n%s", station.output().c_str()), test::fault_broke;
}

int fill_under_journal(int times) {
    test::small_disk disk(test::small_disk::format::ext4, disk_bytes(times, 12));
    test::running station({.rules = rules});
    keep_data_at(station, disk.path() / "data");
    if (!station.start()) return start_failed(station);

    test::oracle judge;
    std::atomic<int> refused{0}, kept{0};
    std::mutex mutex;
    double slowest_refusal_s = 0;
    const auto watch = [&](steady::time_point sent, const test::running::answer& got) {
        ++(got.status == 200 ? kept : refused);
        const std::lock_guard lock(mutex);
        if (got.status != 200) slowest_refusal_s = std::max(slowest_refusal_s, seconds_since(sent));
    };
    int full = 0, red = 0, weibo_503 = 0, back = 0;
    double slowest_return_s = 0;
    for (int done = 0; done < times; ++done) {
        disk.fill();
        const int refused_before = refused;
        {
            test::letter_writers writers(station, judge,
                                         {.threads = 4, .more_bytes = letter_bytes, .watch = watch});
            full += wait_until([&] { return refused > refused_before + 20; }, 20) >= 0;
        }
        const auto ready = station.ask("GET", "/readyz", "", "");
        red += ready.status == 503 && ready.has("storage_full");
        const auto asked = steady::now();
        weibo_503 += station.send("fans", test::text("微博")).status == 503 &&
                     seconds_since(asked) <= refused_within_s;
        disk.empty();
        const int kept_before = kept;
        test::letter_writers writers(station, judge, {.threads = 4, .watch = watch});
        const double took_s = wait_until([&] { return kept > kept_before; }, 2 * serving_within_s);
        back += took_s >= 0 && station.ask("GET", "/readyz", "", "").status == 200;
        slowest_return_s = std::max(slowest_return_s, took_s);
    }
    const bool is_one_process = station.is_running();
    const auto verdict = judge.judge(station);
    station.stop(SIGKILL);
    char figures[400];
    std::snprintf(figures, sizeof figures,
                  "journal: %d times full, %d refused, the slowest in %.0f ms, red %d, 503 for Weibo %d, "
                  "serving again %d, "
                  "after %.2f s at most; ",
                  full, refused.load(), slowest_refusal_s * 1000, red, weibo_503, back, slowest_return_s);
    const bool held = is_one_process && full == times && red == times && weibo_503 == times &&
                      back == times && slowest_refusal_s <= refused_within_s &&
                      slowest_return_s <= serving_within_s;
    return test::report_row("5", held && verdict.good(), figures + verdict.text());
}

int fill_under_state(int times) {
    test::small_disk disk(test::small_disk::format::ext4, disk_bytes(times, 48));
    test::temporary_directory elsewhere;
    test::running station({.rules = rules});
    const std::filesystem::path data = disk.path() / "data";
    std::filesystem::create_directory(data);
    std::filesystem::create_directory_symlink(elsewhere.path(), data / "journal");
    keep_data_at(station, data);
    if (!station.start()) return start_failed(station);

    test::oracle judge;
    int turned_away = 0, letters = 0, blocked = 0, caught_up = 0;
    double slowest_s = 0;
    const auto is_behind = [&] {
        const std::string body = station.ask("GET", "/readyz?verbose", "", "").body;
        const auto number = [&](const std::string& name) {
            return std::strtoull(body.c_str() + body.find(name) + name.size(), nullptr, 10);
        };
        return number("applied: ") < number("durable: ");
    };
    const auto complaints = [&] {
        const std::string said = station.output(), of_state = "the state cannot be written";
        int count = 0;
        for (std::size_t at = 0; (at = said.find(of_state, at)) != std::string::npos; at += of_state.size())
            ++count;
        return count;
    };
    for (int done = 0; done < times; ++done) {
        disk.fill();
        const int complaints_before = complaints();
        // What the state has set aside already takes some; then it stands still.
        for (int at = 0; at < 40 || (at < 4000 && complaints() == complaints_before); ++at, ++letters) {
            simulator::forge_request what = judge.next(at % 12);
            what.fields.front().second.append(letter_bytes, '.');
            judge.sent(what);
            const auto got = station.send("shop", what);
            judge.answered(what, got);
            turned_away += got.status != 200;
        }
        blocked += complaints() > complaints_before && is_behind();
        disk.empty();
        const double took_s = wait_until([&] { return !is_behind(); }, 2 * applied_within_s);
        caught_up += took_s >= 0;
        slowest_s = std::max(slowest_s, took_s);
    }
    const auto verdict = judge.judge(station);
    station.stop(SIGKILL);
    char figures[300];
    std::snprintf(
        figures, sizeof figures,
        "state: %d times full, %d of %d callbacks turned away, caught up %d times, after %.2f s at most; ",
        blocked, turned_away, letters, caught_up, slowest_s);
    const bool held =
        blocked == times && turned_away == 0 && caught_up == times && slowest_s <= applied_within_s;
    return test::report_row("5", held && verdict.good(), figures + verdict.text());
}

}  // namespace

int main(int count, char** words) {
    const int times = test::fault_arguments(count, words).pick(3, 100);
    try {
        return fill_under_journal(times) | fill_under_state(times);
    } catch (const test::cannot_mount& why) {
        return test::skip_row("5", why.what());
    }
}
