// A day of a shop: customers on all channels, consumers as agents, a platform with bad moments. Every message is answered
// once, nobody gets anything twice, and the platform never has to say that a quota is used up.
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "core/time.hpp"
#include "tests/support/accounts.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/simulated.hpp"
#include "tests/support/wire.hpp"

using namespace yizhan;
using steady = std::chrono::steady_clock;

namespace {

constexpr int agents = 4, senders = 4;
const std::vector<std::string> channels{"shop", "corp", "fans", "kf"};

struct customer {
    std::string account, id, text;
};

customer customer_of(int number) {
    const std::string& account = channels[static_cast<std::size_t>(number) % channels.size()];
    const std::string id = account == "fans" ? std::to_string(7100000000 + number) : "oDay" + account + std::to_string(number);
    return {account, id, "第" + std::to_string(number) + "位客户的问题"};
}

/// One after the other of those whose turn it is; how long the answers in the response took.
void speak(test::simulated& platform, test::running& station, int first, int count, std::vector<double>& took, std::atomic<int>& unheard) {
    const std::string kf = platform.kf_account().open_kfid;
    for (int number = first; number < count; number += senders) {
        const customer who = customer_of(number);
        const std::string ring = platform.with([&](simulator::platforms& all) { return all.said(*all.find(who.account), who.id, who.text, now_ms()); });
        simulator::forge_request letter = test::text(who.text, who.id);
        if (!ring.empty()) {
            letter = {};
            letter.type = "event.kf_msg_or_event";
            letter.fields = {{"Token", ring}, {"OpenKfId", kf}};
        }
        const auto begun = steady::now();
        const auto got = station.send(who.account, letter);
        took.push_back(std::chrono::duration<double>(steady::now() - begun).count());
        unheard += got.status != 200;
    }
}

/// Takes tasks, says something to whoever asked, and ends them.
void serve(const test::running& station, int number, const std::atomic<bool>& go_on, std::atomic<int>& served, std::atomic<int>& refused) {
    while (go_on) {
        const auto got = station.ask("POST", "/v1/queues/general/claim", R"({"max":20,"wait_s":1,"ack_wait_s":120,"consumer":"agent)" + std::to_string(number) + "\"}");
        for (std::size_t at = 0; (at = got.body.find("{\"id\":\"t", at)) != std::string::npos; ++at) {
            const std::string one = got.body.substr(at, got.body.find("{\"id\":\"t", at + 1) - at);
            const std::string task = test::all_of(one, "id").at(0), conversation = test::all_of(one, "conversation").at(0);
            const std::string said = R"({"text":"答复 )" + task + "\"}";
            // Twice: whoever lost the answer asks again with the same key.
            for (int tries = 0; tries < 2; ++tries) {
                const auto taken = station.ask("POST", "/v1/conversations/" + conversation + "/messages", said, "admin", task);
                refused += taken.status != (tries == 0 ? 202u : 200u);
            }
            served += station.ask("POST", "/v1/tasks/" + task + "/ack", "{}").status == 204;
        }
    }
}

}  // namespace

int main(int count, char** words) {
    const int customers = test::fault_arguments(count, words).pick(600, 10000);
    test::simulated platform;
    test::running station({.rules = "rules: [ { name: all, when: { type: \"message.*\" }, then: { queue: general } } ]\n",
                           .more_accounts = {platform.kf_account()}});
    platform.attach(station);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    platform.with([](simulator::platforms& all) { all.kf().set_page(50, 5); });
    for (const char* path : {"/cgi-bin/message/custom/send", "/cgi-bin/message/send", "/cgi-bin/kf/send_msg", "/cgi-bin/kf/sync_msg"}) {
        platform.plan({.path = path, .code = -1, .times = 8});
        platform.plan({.path = path, .code = 42001, .times = 3});
    }

    std::atomic<bool> go_on{true};
    std::atomic<int> served{0}, refused{0}, unheard{0};
    std::vector<std::thread> consumers, speakers;
    for (int at = 0; at < agents; ++at) consumers.emplace_back([&, at] { serve(station, at, go_on, served, refused); });
    std::vector<std::vector<double>> took(senders);
    for (int at = 0; at < senders; ++at) speakers.emplace_back([&, at] { speak(platform, station, at, customers, took[at], unheard); });
    for (std::thread& each : speakers) each.join();

    const auto answered = [&] {
        return platform.with([&](simulator::platforms& all) {
            std::pair<int, int> once_and_more;
            for (const auto& [key, phone] : all.customers().all()) {
                std::map<std::string, int> texts;
                for (const auto& line : phone.lines)
                    if (line.is_ours) ++texts[line.text];
                once_and_more.first += texts.size() == 1 && texts.begin()->second == 1;
                once_and_more.second += texts.size() > 1 || (!texts.empty() && texts.begin()->second > 1);
            }
            return once_and_more;
        });
    };
    std::pair<int, int> phones;
    // As long as somebody is answered now and then.
    for (int idle = 0; idle < 300 && phones.first + phones.second < customers; ++idle) {
        const auto before = std::exchange(phones, answered());
        if (phones != before) idle = 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    go_on = false;
    for (std::thread& each : consumers) each.join();

    std::vector<double> all_took;
    for (const auto& each : took) all_took.insert(all_took.end(), each.begin(), each.end());
    const double p99_s = test::quantile(all_took, 0.99);
    const auto refusals = platform.with([](simulator::platforms& all) { return all.counted().refusals; });
    std::string codes;
    bool quota = false;
    for (const auto& [code, times] : refusals) {
        codes += " " + code + "x" + std::to_string(times);
        for (const char* each : {"45009", "45011", "45015", "45047", "95001", "95002", "95018"}) quota |= code == each;
    }
    const int open = static_cast<int>(test::all_of(station.ask("GET", "/v1/queues").body, "name").size());
    char line[400];
    std::snprintf(line, sizeof line, "%d customers on 4 channels: %d answered once, %d more than once, %d not; %d callbacks unheard, %d tasks served, %d calls refused; answers p99 %.0f ms; codes of the platform:%s",
                  customers, phones.first, phones.second, customers - phones.first - phones.second, unheard.load(), served.load(), refused.load(), 1000 * p99_s, codes.c_str());
    const bool held = phones.first == customers && phones.second == 0 && unheard == 0 && refused == 0 && !quota && open == 1 && (p99_s < 1 || !test::measures_count);
    return test::report_row("day", held, line);
}
