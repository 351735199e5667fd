#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/running.hpp"

namespace yizhan::test {

/// Keeps, outside of the server, what was sent and what was answered, and judges by what the server says in the end:
/// is each acknowledged event there, exactly once, nothing invented, and each conversation in order? Any thread.
class oracle {
public:
    /// Forges a text to the `shop` account that nobody has sent yet. `who`: number of the customer.
    simulator::forge_request next(int who);
    /// The event's id, as the gateway will give it.
    std::string id_of(const simulator::forge_request& what) const;

    void sent(const simulator::forge_request& what);
    /// What came back; only a 200 is an acknowledgement. Its clear answer must be the same each time.
    void answered(const simulator::forge_request& what, const running::answer& with);

    struct verdict {
        std::size_t acknowledged = 0, events = 0, lost = 0, doubled = 0, invented = 0, out_of_order = 0;
        std::size_t answers_differ = 0;
        bool tasks_agree = false, is_damaged = false;
        std::uint64_t first_lost = 0;  // Its number.
        bool good() const;
        std::string text() const;  // One line of figures.
    };
    /// Asks the running station. Everything durable must be applied (it waits for that). With `tasks` as many tasks must
    /// be pending as there are events.
    enum class tasks { are_one_each, do_not_count };
    verdict judge(const running& station, tasks with = tasks::are_one_each) const;

private:
    struct letter {
        int who = 0;
        std::uint64_t number = 0;  // In the order of sending, of all.
        bool is_acknowledged = false;
        std::string answer;
    };
    mutable std::mutex mutex_;
    std::map<std::string, letter> letters_;  // By event id.
    std::uint64_t number_ = 0;
    std::size_t differ_ = 0;
};

}  // namespace yizhan::test
