#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace yizhan::simulator {

/// WeChat Customer Service (微信客服) as its callers see it: items that are pulled page by page and are gone after three
/// days, sessions with their states, messages within their limits. Times are Unix milliseconds.
class kf_desk {
public:
    struct item {
        std::int64_t at_ms = 0;
        std::string message_id, json;  // json: the item as sync_msg gives it.
    };
    struct session {
        int state = 4;
        std::string servicer;
        std::int64_t last_said_ms = 0;
        std::int64_t left = 0;  // How many of ours may still come.
    };
    struct page {
        std::vector<item> items;
        std::string next_cursor;
        bool has_more = false;
    };

    /// The customer's own message, or another item.
    std::string add(const std::string& kf, std::int64_t now_ms, std::string json_without_id);
    /// One page behind a cursor; a cursor nobody gave begins with the oldest. Every so often a page is empty while there
    /// is more.
    page pull(const std::string& kf, const std::string& cursor, std::size_t limit, std::int64_t now_ms);
    session& of(const std::string& kf, const std::string& customer) { return sessions_[kf + " " + customer]; }

    /// A code that speaks once, for so long.
    std::string give_code(const std::string& kf, const std::string& customer, std::int64_t until_ms);
    struct coded {
        std::string kf, customer;
        std::int64_t until_ms = 0;
        bool used = false;
    };
    coded* find_code(const std::string& code) {
        const auto found = codes_.find(code);
        return found == codes_.end() ? nullptr : &found->second;
    }

    /// The token of a doorbell: good for ten minutes.
    std::string ring(const std::string& kf, std::int64_t now_ms);
    bool knows_ring(const std::string& token, const std::string& kf, std::int64_t now_ms) const;

    void set_page(std::size_t items, std::size_t empty_every) { page_max_ = items, empty_every_ = empty_every; }

private:
    std::map<std::string, std::vector<item>> items_;
    std::map<std::string, session> sessions_;
    std::map<std::string, coded> codes_;
    std::map<std::string, std::pair<std::string, std::int64_t>> rings_;
    std::size_t page_max_ = 1000, empty_every_ = 0, pulls_ = 0;
    std::uint64_t serial_ = 0;
};

}  // namespace yizhan::simulator
