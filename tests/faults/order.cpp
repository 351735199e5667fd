// Row 25: what a conversation says stays in its order, through kills, in the stream and in the queues.
#include <atomic>
#include <csignal>
#include <map>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

namespace {

/// Takes every task and looks whether one of a conversation came before an older one.
std::pair<std::size_t, std::size_t> take_all(test::running& station) {
    std::size_t taken = 0, inverted = 0;
    std::map<std::string, std::string> last;  // Conversation → sequence.
    for (;;) {
        const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"max":100,"ack_wait_s":600})");
        std::size_t tasks = 0;
        // "id":"t7" … "conversation":"v3" … "sequence":"…": each task has one of each, in this order.
        for (std::size_t at = 0; (at = got.body.find("{\"id\":\"t", at)) != std::string::npos; ++at) {
            const std::string rest = got.body.substr(at, 4000);
            const std::string conversation = test::all_of(rest, "conversation").front(), sequence = test::all_of(rest, "sequence").front();
            std::string& before = last[conversation];
            inverted += sequence < before;
            before = sequence;
            station.ask("POST", "/v1/tasks/" + test::all_of(rest, "id").front() + "/ack", "{}");
            ++tasks;
        }
        taken += tasks;
        if (tasks == 0) return {taken, inverted};
    }
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    const int kills = form.pick(5, 200), senders = 8;
    const std::size_t conversations = form.pick(400, 10000), letters_min = form.pick(1500, 100000);
    test::running station;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    test::oracle judge;
    std::atomic<bool> go_on{true};
    std::atomic<std::size_t> written{0};
    // A sender has conversations of its own and writes the next letter only when the last was answered.
    const auto write_letters = [&](int me) {
        for (std::size_t at = 0; go_on; ++at) {
            const auto mine = static_cast<int>(at % (conversations / senders)) * senders + me;
            const simulator::forge_request what = judge.next(mine);
            judge.sent(what);
            while (go_on) {
                const auto got = station.send("shop", what);
                judge.answered(what, got);
                if (got.status == 200) break;
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
            }
            ++written;
        }
    };
    std::vector<std::thread> busy;
    for (int each = 0; each < senders; ++each) busy.emplace_back(write_letters, each);
    bool started = true;
    for (int at = 0; started && (at < kills || written < letters_min); ++at) {
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        if (at >= kills) continue;
        station.stop(SIGKILL);
        started = station.start();
    }
    go_on = false;
    for (std::thread& each : busy) each.join();
    if (!started) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const auto verdict = judge.judge(station);
    const auto [taken, inverted] = take_all(station);
    const bool held = verdict.good() && inverted == 0 && taken == verdict.events;
    return test::report_row("25", held, std::to_string(conversations) + " conversations, " + std::to_string(kills) + " kills, " +
                                            verdict.text() + "; " + std::to_string(taken) + " tasks taken, " +
                                            std::to_string(inverted) + " before an older one");
}
