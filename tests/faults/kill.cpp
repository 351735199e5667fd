// Row 1: killed again and again at random moments under load, nothing acknowledged is lost, doubled or invented.
#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

int main(int count, char** words) {
    const int kills = test::fault_arguments(count, words).pick(50, 1000);
    test::running station({.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;

    test::oracle judge;
    std::atomic<bool> go_on{true};
    const auto write_letters = [&](int first_customer) {
        for (int at = 0; go_on; ++at) {
            const simulator::forge_request what = judge.next(first_customer + at % 6);
            judge.sent(what);
            const auto got = station.send("shop", what);
            judge.answered(what, got);
            if (got.status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    };
    std::vector<std::thread> senders;
    for (int each = 0; each < 8; ++each) senders.emplace_back(write_letters, each * 6);
    std::mt19937 random(std::random_device{}());
    int done = 0;
    for (; done < kills; ++done) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 200));
        station.stop(SIGKILL);
        if (!station.start()) break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    go_on = false;
    for (std::thread& each : senders) each.join();
    if (done < kills)
        return std::printf("it did not start again:\n%s", station.output().c_str()), test::fault_broke;
    const auto verdict = judge.judge(station);
    return test::report_row("1", verdict.good(), std::to_string(kills) + " kills, " + verdict.text());
}
