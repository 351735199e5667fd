// Row 29: killed between sending a message and noting it, again and again: none is silently lost, and whatever may have
// been sent twice is called uncertain.
#include <atomic>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "core/time.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/simulated.hpp"

using namespace yizhan;

namespace {

constexpr int customers = 8;

struct said {
    std::string account, customer, text, id;  // id: empty when nobody answered that it was taken.
};

/// Asks for messages, one after the other, to this customer, until it is told to end.
void speak(const test::running& station, const std::string& account, const std::string& customer, const std::string& conversation,
           const std::atomic<bool>& go_on, std::vector<said>& all) {
    for (int number = 0; go_on; ++number) {
        said one{account, customer, account + customer + " " + std::to_string(number), ""};
        const auto got = station.ask("POST", "/v1/conversations/" + conversation + "/messages", R"({"text":")" + one.text + "\"}");
        if (got.status == 202) one.id = test::all_of(got.body, "id").at(0);
        all.push_back(one);
        std::this_thread::sleep_for(std::chrono::milliseconds(got.status == 202 ? 15 : 40));
    }
}

struct status_of_all {
    std::map<std::string, std::string> by_id;
    std::size_t open = 0;
};

status_of_all ask_status(const test::running& station, const std::vector<std::string>& conversations) {
    status_of_all made;
    for (const std::string& each : conversations) {
        std::string before;
        do {
            const auto page = station.ask("GET", "/v1/conversations/" + each + "/messages?limit=1000" + (before.empty() ? "" : "&before=" + before));
            for (std::size_t at = 0; (at = page.body.find("\"delivery\":{\"status\":\"", at)) != std::string::npos; ++at) {
                const std::string status = page.body.substr(at + 22, page.body.find('"', at + 22) - at - 22);
                const std::size_t begin = page.body.rfind("{\"event\":", at), id = page.body.find("\"id\":\"", begin) + 6;
                made.by_id[page.body.substr(id, 32)] = status;
                made.open += status == "pending" || status == "sending";
            }
            const std::size_t next = page.body.rfind("\"next\":\"");
            before = next == std::string::npos ? "" : page.body.substr(next + 8, page.body.find('"', next + 8) - next - 8);
        } while (!before.empty());
    }
    return made;
}

}  // namespace

int main(int count, char** words) {
    const int kills = test::fault_arguments(count, words).pick(25, 1000);
    test::simulated platform;
    test::running station({.rules = "rules: []\n"});
    platform.attach(station);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    platform.plan({.path = "/cgi-bin/message/send", .times = 1 << 30, .delay_ms = 4});
    platform.plan({.path = "/2/messages/reply.json", .times = 1 << 30, .delay_ms = 4});

    std::vector<std::string> conversations;
    std::vector<std::pair<std::string, std::string>> people;
    for (int at = 0; at < customers; ++at) {
        const std::string account = at % 2 ? "corp" : "fans", customer = at % 2 ? "worker" + std::to_string(at) : std::to_string(7000000 + at);
        platform.with([&](simulator::platforms& all) { all.said(*all.find(account), customer, "在吗", now_ms()); });
        if (station.send(account, test::text("在吗", customer)).status != 200) return test::fault_broke;
        station.settle();
        const auto found = station.ask("GET", "/v1/contacts?identity=" + customer);
        const std::size_t v = found.body.find("\"conversations\":[{\"id\":\"");
        conversations.push_back(found.body.substr(v + 24, found.body.find('"', v + 24) - v - 24));
        people.emplace_back(account, customer);
    }

    std::atomic<bool> go_on{true};
    std::vector<std::vector<said>> all(customers);
    std::vector<std::thread> speakers;
    for (int at = 0; at < customers; ++at)
        speakers.emplace_back([&, at] { speak(station, people[at].first, people[at].second, conversations[at], go_on, all[at]); });
    std::mt19937 random(29);
    for (int kill = 0; kill < kills; ++kill) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 120));
        station.stop(SIGKILL);
        if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    }
    go_on = false;
    for (std::thread& each : speakers) each.join();
    station.settle();
    status_of_all status;
    for (int tries = 0; tries < 600; ++tries) {
        status = ask_status(station, conversations);
        if (status.open == 0) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }

    std::map<std::string, int> shown;
    std::size_t out_of_order = 0;
    for (const auto& [account, customer] : people) {
        int last = -1;
        for (const std::string& text : platform.shown(account, customer)) {
            const int number = std::atoi(text.substr(text.rfind(' ') + 1).c_str());
            out_of_order += number < last;
            last = number;
            ++shown[text];
        }
    }
    std::size_t accepted = 0, sent = 0, uncertain = 0, lost = 0, doubled = 0, unknown = 0, others = 0;
    for (const auto& list : all)
        for (const said& each : list) {
            const int times = shown[each.text];
            doubled += times > 1;
            if (each.id.empty()) continue;
            ++accepted;
            const std::string& its = status.by_id[each.id];
            if (its == "sent") ++sent, lost += times == 0;
            else if (its == "uncertain") ++uncertain;
            else if (its.empty()) ++unknown;
            else ++others;
        }
    const bool held = accepted > 0 && sent > 0 && lost + doubled + unknown + others + status.open + out_of_order == 0;
    return test::report_row("29", held,
                            std::to_string(kills) + " kills, " + std::to_string(accepted) + " messages taken: " + std::to_string(sent) +
                                " sent, " + std::to_string(uncertain) + " uncertain, " + std::to_string(lost) + " silently lost, " +
                                std::to_string(doubled) + " shown twice, " + std::to_string(out_of_order) + " out of order, " +
                                std::to_string(unknown + others + status.open) + " without an end");
}
