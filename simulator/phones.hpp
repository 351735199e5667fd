#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace yizhan::simulator {

/// The customers' phones: what each of them said and what came back, and for how long and how often they may be spoken
/// to. Times are Unix milliseconds.
class phones {
public:
    struct line {
        std::int64_t at_ms = 0;
        bool is_ours = false;     // False: the customer's.
        std::string type, text;   // text: of other types the JSON of the platform.
        std::string message_id;
    };
    struct phone {
        std::string account, customer;
        std::vector<line> lines;
        std::int64_t open_until_ms = 0;
        std::int64_t left = 0;  // -1: as many as one likes.
    };

    phone& of(const std::string& account, const std::string& customer) {
        phone& found = all_[account + " " + customer];
        found.account = account, found.customer = customer;
        return found;
    }
    /// From now on, so many messages may come within so long.
    void open(const std::string& account, const std::string& customer, std::int64_t now_ms, std::int64_t for_ms,
              std::int64_t count) {
        phone& theirs = of(account, customer);
        theirs.open_until_ms = now_ms + for_ms;
        theirs.left = count;
    }

    enum class reception { shown, closed, used_up };
    /// A message of ours, if it may come.
    reception show(const std::string& account, const std::string& customer, line what) {
        phone& theirs = of(account, customer);
        if (theirs.open_until_ms <= what.at_ms) return reception::closed;
        if (theirs.left == 0) return reception::used_up;
        if (theirs.left > 0) --theirs.left;
        what.is_ours = true;
        theirs.lines.push_back(std::move(what));
        return reception::shown;
    }

    const std::map<std::string, phone>& all() const { return all_; }

private:
    std::map<std::string, phone> all_;
};

}  // namespace yizhan::simulator
