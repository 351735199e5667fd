// Row 24: the machine's clock jumps forth and back under load: nothing is lost, said twice, or given up early.
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    test::faults faults;
    test::running station({.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n",
                           .environment = faults.environment()});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    // A task claimed before all of it, for ten minutes.
    test::oracle judge;
    const simulator::forge_request first = judge.next(999);
    judge.sent(first);
    judge.answered(first, station.send("shop", first));
    station.settle();
    const bool is_claimed = station.ask("POST", "/v1/queues/general/claim", R"({"ack_wait_s":600})").has("\"id\":\"t1\"");

    const std::chrono::milliseconds pause = form.pick(std::chrono::milliseconds(0), std::chrono::milliseconds(10));
    std::atomic<bool> go_on{true};
    std::mutex mutex;
    std::size_t refused = 0;
    std::vector<simulator::forge_request> known;
    const auto write_letters = [&](int who) {
        while (go_on) {
            const simulator::forge_request what = judge.next(who);
            judge.sent(what);
            const auto got = station.send("shop", what);
            judge.answered(what, got);
            const auto again = station.send("shop", what);  // The platform's retry: the same answer.
            judge.answered(what, again);
            std::unique_lock lock(mutex);
            refused += (got.status != 200) + (again.status != 200);
            if (known.size() < 200) known.push_back(what);
            lock.unlock();
            std::this_thread::sleep_for(pause);
        }
    };
    std::vector<std::thread> senders;
    for (int each = 0; each < 4; ++each) senders.emplace_back(write_letters, each);
    constexpr std::int64_t second = 1000000, day = 86400 * second;
    const std::int64_t jumps[] = {second, -second, 600 * second, -600 * second, day, -day, 30 * day, -3 * day, 0};
    const int rounds = form.pick(1, 20);
    for (int round = 0; round < rounds; ++round) {
        for (const std::int64_t jump : jumps) {
            faults.control().clock_offset_us = jump;
            // Past a housekeeping, which forgets what is old and deletes what nobody needs.
            std::this_thread::sleep_for(std::chrono::milliseconds(jump >= day || jump <= -day ? 5200 : 300));
            std::vector<simulator::forge_request> again;
            {
                const std::lock_guard lock(mutex);
                again = known;
            }
            for (const simulator::forge_request& each : again) judge.answered(each, station.send("shop", each));
        }
    }
    go_on = false;
    for (std::thread& each : senders) each.join();
    const bool claim_holds = station.ask("POST", "/v1/tasks/t1/ack", R"({"attempt":1})").status == 204;
    // A month ahead when it starts: what was known is known all the same, and nothing is deleted as old.
    bool started = true;
    for (const std::int64_t jump : {30 * day, std::int64_t{0}}) {
        station.stop(SIGTERM);
        faults.control().clock_offset_us = jump;
        started = started && station.start();
        std::this_thread::sleep_for(std::chrono::milliseconds(5500));
        for (simulator::forge_request each : known) judge.answered(each, station.send("shop", each));
    }
    if (!started) return std::printf("%s", station.output().c_str()), test::fault_broke;
    auto verdict = judge.judge(station, test::oracle::tasks::do_not_count);
    const bool nothing_dead = station.ask("GET", "/metrics", "", "").has("yizhan_dead_letters 0");
    const bool held = verdict.good() && refused == 0 && is_claimed && claim_holds && nothing_dead;
    return test::report_row("24", held, std::to_string(rounds * static_cast<int>(std::size(jumps))) + " jumps, " +
                                            std::to_string(refused) + " genuine refused, claim " + (claim_holds ? "holds" : "LOST") +
                                            ", dead letters " + (nothing_dead ? "none" : "SOME") + "; " + verdict.text());
}
