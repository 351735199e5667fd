// Row 39: backed up under load, restored and made anew from its journal, the state is the same, every time.
#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    const int rounds = form.pick(3, 20);
    const std::chrono::milliseconds pause = form.pick(std::chrono::milliseconds(0), std::chrono::milliseconds(5));  // Each replay is of all.
    test::running station({.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general, tags: [seen] } } ]\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    test::oracle judge;
    std::atomic<bool> go_on{true};
    const auto write_letters = [&](int first_customer) {
        for (int at = 0; go_on; ++at) {
            const simulator::forge_request what = judge.next(first_customer + at % 20);
            judge.sent(what);
            judge.answered(what, station.send("shop", what));
            std::this_thread::sleep_for(pause);
        }
    };
    // Agents who finish, give back, forget, and a customer now and then who asks to be erased.
    const auto work = [&](unsigned seed) {
        std::mt19937 random(seed);
        while (go_on) {
            const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"max":5,"ack_wait_s":1})");
            for (const std::string& id : test::all_of(got.body, "id")) {
                if (!id.starts_with("t")) continue;
                const unsigned what = random() % 10;
                if (what < 6) station.ask("POST", "/v1/tasks/" + id + "/ack", "{}");
                else if (what < 8) station.ask("POST", "/v1/tasks/" + id + "/nack", "{}");
            }
            if (random() % 20 == 0) station.ask("DELETE", "/v1/contacts/c" + std::to_string(random() % 60 + 1));
        }
    };
    std::vector<std::thread> busy;
    for (int each = 0; each < 3; ++each) busy.emplace_back(write_letters, each * 20);
    for (unsigned each = 1; each <= 2; ++each) busy.emplace_back(work, each);
    int equal = 0, copied = 0;
    std::string trouble;
    test::running elsewhere;  // Its own data, the same binary.
    for (int at = 0; at < rounds; ++at) {
        std::this_thread::sleep_for(std::chrono::milliseconds(400));
        const std::filesystem::path copy = station.directory() / ("copy" + std::to_string(at));
        int status = 0;
        std::string said = station.command("backup --to " + copy.string(), &status);
        copied += status == 0;
        if (status != 0) trouble = said;
        std::filesystem::remove_all(elsewhere.directory() / "data");
        said = elsewhere.command("restore --from " + copy.string(), &status);
        if (status == 0) said = elsewhere.command("replay --check", &status);
        equal += status == 0;
        if (status != 0) trouble = said;
        std::filesystem::remove_all(copy);
    }
    go_on = false;
    for (std::thread& each : busy) each.join();
    const auto verdict = judge.judge(station, test::oracle::tasks::do_not_count);
    if (!trouble.empty()) std::printf("%s", trouble.c_str());
    return test::report_row("39", copied == rounds && equal == rounds && verdict.good(),
                            std::to_string(rounds) + " backups under load, " + std::to_string(equal) +
                                " equal when made anew; " + verdict.text());
}
