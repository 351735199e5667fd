// Row 26: each event sent four times takes effect once and gets the same answer; no two different ones are taken for one.
#include <csignal>
#include <thread>

#include "adapters/table.hpp"
#include "core/time.hpp"
#include "stream/dedup.hpp"
#include "tests/support/fault_program.hpp"
#include "tests/support/oracle.hpp"

using namespace yizhan;

namespace {

/// Four times each: twice at once, later, and once more across a kill.
int the_same_again(int events, std::chrono::milliseconds later) {
    test::running station({.rules = "rules: [ { name: all, then: { reply: { text: 收到 }, queue: general } } ]\n"});
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    test::oracle judge;
    std::vector<simulator::forge_request> letters;
    for (int at = 0; at < events; ++at) {
        letters.push_back(judge.next(at % 10));
        judge.sent(letters.back());
    }
    const auto send_all = [&](std::uint64_t serial) {
        for (simulator::forge_request each : letters) {
            const simulator::forge_request first = each;
            each.serial += serial;  // Another nonce: the envelope differs each time, as a platform's retry does.
            judge.answered(first, station.send("shop", each));
        }
    };
    std::thread at_once(send_all, 1000000);
    send_all(2000000);
    at_once.join();
    std::this_thread::sleep_for(later);
    send_all(3000000);
    station.stop(SIGKILL);
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    send_all(4000000);
    const auto verdict = judge.judge(station);
    const bool held = verdict.good() && verdict.acknowledged == letters.size() && verdict.events == letters.size();
    return test::report_row("26", held, std::to_string(events) + " events four times each: " + verdict.text());
}

/// Events that differ in as little as one byte: each has an id of its own, and the index knows each and nothing else.
int nearly_the_same(std::size_t pairs) {
    crypto::hasher hasher;
    stream::dedup_index index({std::int64_t{24} * 3600 * 1000000, std::size_t{4} << 30});
    std::size_t taken_for_another = 0, not_known = 0;
    std::string body =
        "<xml><ToUserName><![CDATA[ww5a1c0de5a1c0de01]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        "<CreateTime>1767225600</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_external_contact]]></Event>"
        "<ExternalUserID><![CDATA[wm000000000000]]></ExternalUserID></xml>";
    const std::size_t digits = body.find("wm0") + 2;
    std::uint32_t offset = 64;
    for (std::size_t at = 0; at < pairs; ++at) {
        std::size_t number = at;
        for (std::size_t digit = digits + 12; digit-- > digits; number /= 10) body[digit] = static_cast<char>('0' + number % 10);
        // One by its body, one by a message id that many senders share.
        const event_id ids[] = {adapters::id_by_body(hasher, "corp", body),
                                adapters::id_by_message(hasher, "corp", "sender" + std::to_string(at), "7012345678901234567")};
        for (const event_id& id : ids) {
            taken_for_another += index.find(id).has_value();
            index.insert(id, {1, offset += 8}, 1767225600000000);
            not_known += index.find(id) != stream::place{1, offset};
        }
    }
    return test::report_row("26", taken_for_another + not_known == 0,
                            std::to_string(2 * pairs) + " near collisions: " + std::to_string(taken_for_another) +
                                " taken for another, " + std::to_string(not_known) + " not known");
}

/// Pairs that are known to have been taken for one elsewhere: two customers of one employee in one second, two tags of
/// one group, one message id of two people.
int known_pairs() {
    test::running station;
    if (!station.start()) return std::printf("%s", station.output().c_str()), test::fault_broke;
    const std::int64_t now = now_ms() / 1000;
    const auto happened = [&](const std::string& change, const std::string& field, const std::string& value) {
        simulator::forge_request what;
        what.type = "event.change_external_" + change;
        what.created_s = now;
        what.fields = {
            {"ChangeType", change == "contact" ? "add_external_contact" : "create"},
            {"UserID",     "lina"                                                 },
            {field,        value                                                  }
        };
        return station.send("corp", what).status == 200;
    };
    bool all_taken = happened("contact", "ExternalUserID", "wmA") && happened("contact", "ExternalUserID", "wmB") &&
                     happened("tag", "Id", "etA") && happened("tag", "Id", "etB");
    for (const char* who : {"lina", "zhaolei"})
        all_taken = station.send("corp", test::text("在吗", who, "7012345678901234567")).status == 200 && all_taken;
    const std::size_t events = station.event_ids().size();
    return test::report_row("26", all_taken && events == 6, "6 events that others took for 3: " + std::to_string(events) + " kept");
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    return the_same_again(form.pick(60, 1000), std::chrono::milliseconds(form.pick(1000, 5000))) | known_pairs() |
           nearly_the_same(form.pick(std::size_t{200000}, std::size_t{5000000}));
}
