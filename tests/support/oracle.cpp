#include "tests/support/oracle.hpp"

#include <sstream>

#include "adapters/table.hpp"
#include "core/time.hpp"

namespace yizhan::test {

simulator::forge_request oracle::next(int who) {
    simulator::forge_request what;
    {
        const std::lock_guard lock(mutex_);
        what.serial = ++number_;
    }
    what.message_id = std::to_string(7000000000000000000 + what.serial);
    what.from = "oOracle" + std::to_string(who);
    what.now_s = what.created_s = now_ms() / 1000;
    what.fields = {
        {"Content", "第 " + std::to_string(what.serial) + " 封"}
    };
    return what;
}

std::string oracle::id_of(const simulator::forge_request& what) const {
    crypto::hasher hasher;
    return hex(adapters::id_by_message(hasher, "shop", what.from, what.message_id));
}

void oracle::sent(const simulator::forge_request& what) {
    const std::string id = id_of(what);
    const std::lock_guard lock(mutex_);
    letter& kept = letters_[id];
    kept.who = std::atoi(what.from.c_str() + 7);
    kept.number = what.serial;
}

void oracle::answered(const simulator::forge_request& what, const running::answer& with) {
    if (with.status != 200) return;
    const std::string id = id_of(what);
    const std::lock_guard lock(mutex_);
    letter& kept = letters_[id];
    if (kept.is_acknowledged && kept.answer != with.clear) ++differ_;
    kept.is_acknowledged = true;
    kept.answer = with.clear;
}

bool oracle::verdict::good() const {
    return acknowledged > 0 && lost + doubled + invented + out_of_order + answers_differ == 0 && tasks_agree && !is_damaged;
}

std::string oracle::verdict::text() const {
    std::ostringstream out;
    out << acknowledged << " acknowledged, " << events << " events: " << lost << " lost"
        << (lost ? " (first of them number " + std::to_string(first_lost) + ")" : "") << ", " << doubled << " doubled, "
        << invented << " invented, " << out_of_order << " out of order, " << answers_differ << " answers differ; tasks "
        << (tasks_agree ? "agree" : "DIFFER") << "; journal " << (is_damaged ? "DAMAGED" : "whole");
    return out.str();
}

oracle::verdict oracle::judge(const running& station, tasks with) const {
    station.settle();
    const std::vector<std::string> events = station.event_ids();
    verdict said;
    said.events = events.size();
    std::map<std::string, int> seen;
    std::map<int, std::uint64_t> last;  // By customer: senders wait for an answer before they send the next.
    const std::lock_guard lock(mutex_);
    for (const std::string& id : events) {
        said.doubled += ++seen[id] > 1;
        const auto known = letters_.find(id);
        if (known == letters_.end()) {
            ++said.invented;
            continue;
        }
        std::uint64_t& before = last[known->second.who];
        said.out_of_order += known->second.number < before;
        before = known->second.number;
    }
    for (const auto& [id, letter] : letters_) {
        said.acknowledged += letter.is_acknowledged;
        if (!letter.is_acknowledged || seen.count(id)) continue;
        ++said.lost;
        said.first_lost = said.first_lost ? std::min(said.first_lost, letter.number) : letter.number;
    }
    said.answers_differ = differ_;
    const std::string queues = station.ask("GET", "/v1/queues").body;
    said.tasks_agree = with == tasks::do_not_count ||
                       queues.find("\"pending\":" + std::to_string(seen.size()) + ",") != std::string::npos;
    said.is_damaged = station.ask("GET", "/readyz?verbose", "", "").has("damaged");
    return said;
}

}  // namespace yizhan::test
