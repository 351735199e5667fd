#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/account.hpp"
#include "simulator/kf_desk.hpp"
#include "simulator/phones.hpp"
#include "simulator/token_server.hpp"

namespace yizhan::simulator {

/// The platforms' APIs for some accounts: what is asked of them and what they answer, with their tokens, windows, limits
/// and error codes. One thread; no socket and no clock, times are Unix milliseconds.
class platforms {
public:
    explicit platforms(std::vector<account> accounts) : accounts_(std::move(accounts)) {}

    struct call {
        std::string method, target, body, content_type;  // target: path and query.
    };
    struct answer {
        unsigned status = 200;
        std::string body, content_type = "application/json; charset=utf-8";
        std::int64_t delay_ms = 0;
        bool lost = false;  // The connection is closed without an answer; what was asked for has been done.
        bool unheard = false;  // The same, and nothing has been done.
    };
    answer ask(const call& what, std::int64_t now_ms);

    /// What goes wrong, so many times, with calls whose path begins so.
    struct trouble {
        std::string path;
        int code = 0;  // Answered as the error code; 0: none.
        std::int64_t times = 1, delay_ms = 0;
        bool lose_answer = false, lose_call = false;
    };
    void plan(trouble what) { troubles_.push_back(std::move(what)); }

    /// A customer of an account says something: their window opens. For WeChat Customer Service it can be pulled, and the
    /// doorbell's token is returned; for all others the callback has to be sent.
    std::string said(const account& to, const std::string& customer, const std::string& text, std::int64_t now_ms);
    /// Enters a kf session through a link; returns the doorbell's token. The welcome code is in the item.
    std::string entered(const account& to, const std::string& customer, const std::string& scene, std::int64_t now_ms);

    simulator::phones& customers() { return phones_; }
    token_server& tokens() { return tokens_; }
    kf_desk& kf() { return kf_; }
    const std::vector<account>& accounts() const { return accounts_; }
    const account* find(const std::string& id) const;

    struct counts {
        std::map<std::string, std::int64_t> calls;      // By path.
        std::map<std::string, std::int64_t> refusals;   // By error code.
        std::int64_t token_calls = 0, tokens_at_once_max = 0;
    };
    const counts& counted() const { return counts_; }

private:
    struct asked;
    using handler = answer (platforms::*)(const asked&);
    struct route {
        std::string_view path;
        handler how;
    };
    static const std::vector<route>& routes();

    answer stable_token(const asked& by);
    answer plain_token(const asked& by);
    answer corporation_token(const asked& by);
    answer custom_send(const asked& by);
    answer message_send(const asked& by);
    answer kf_sync(const asked& by);
    answer kf_send(const asked& by);
    answer kf_send_on_event(const asked& by);
    answer kf_state(const asked& by);
    answer kf_transfer(const asked& by);
    answer weibo_reply(const asked& by);
    answer user_info(const asked& by);

    answer refuse(int code, const std::string& why);
    /// The account whose token this is; the answer when it is nobody's.
    const account* owner(const asked& by, answer& refused);
    std::string new_message_id() { return std::to_string(7300000000000000000 + ++serial_); }

    std::vector<account> accounts_;
    std::deque<trouble> troubles_;
    simulator::phones phones_;
    token_server tokens_;
    kf_desk kf_;
    counts counts_;
    std::map<std::string, std::int64_t> forced_;          // By AppId: when the last token was forced.
    std::map<std::string, std::int64_t> sent_once_;       // Messages of WeCom whose repetition is dropped, and until when.
    std::map<std::string, std::string> kf_message_ids_;   // By kf and msgid.
    std::uint64_t serial_ = 0;
};

}  // namespace yizhan::simulator
