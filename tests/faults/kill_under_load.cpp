// Kills the server again and again at random moments under load. Whoever judges keeps outside of it what was
// answered with 200, and asks in the end: is each of them in the feed, exactly once, and nothing that was
// never sent?
//
//   kill_under_load [KILLS]
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "adapters/table.hpp"
#include "tests/support/running.hpp"

using namespace yizhan;

int main(int count, char** words) {
    const int kills = count > 1 ? std::atoi(words[1]) : 50;
    test::running station(
        {.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), 1;

    std::mutex mutex;
    std::set<std::string> sent, answered;
    std::atomic<bool> go_on{true};
    std::atomic<std::uint64_t> serial{1};
    const auto send = [&] {
        crypto::hasher hasher;
        while (go_on) {
            simulator::forge_request what;
            what.serial = serial++;
            what.message_id = std::to_string(7000000000000000000 + what.serial);
            what.from = "oKill" + std::to_string(what.serial % 50);
            const std::string id = hex(adapters::id_by_message(hasher, "shop", what.from, what.message_id));
            {
                const std::lock_guard lock(mutex);
                sent.insert(id);
            }
            const auto got = station.send("shop", what);
            if (got.status != 200) {
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                continue;
            }
            const std::lock_guard lock(mutex);
            answered.insert(id);
        }
    };
    std::vector<std::thread> senders;
    for (int each = 0; each < 8; ++each) senders.emplace_back(send);
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
    if (done < kills) return std::printf("it did not start again:\n%s", station.output().c_str()), 1;

    station.settle();
    std::map<std::string, int> seen;
    for (const std::string& id : station.event_ids()) ++seen[id];
    std::size_t lost = 0, doubled = 0, invented = 0;
    for (const std::string& id : answered) lost += !seen.count(id);
    for (const auto& [id, times] : seen) doubled += times > 1, invented += !sent.count(id);
    const std::string queues = station.ask("GET", "/v1/queues").body;
    const bool tasks_agree = queues.find("\"pending\":" + std::to_string(seen.size())) != std::string::npos;
    const bool is_damaged = station.ask("GET", "/readyz?verbose", "", "").has("damaged");
    std::printf(
        "%d kills, %zu answered with 200, %zu events: %zu lost, %zu doubled, %zu invented; tasks %s; journal "
        "%s\n",
        kills, answered.size(), seen.size(), lost, doubled, invented, tasks_agree ? "agree" : "DIFFER",
        is_damaged ? "DAMAGED" : "whole");
    return lost + doubled + invented == 0 && tasks_agree && !is_damaged && !answered.empty() ? 0 : 1;
}
