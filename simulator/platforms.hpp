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
    void forget_troubles() { troubles_.clear(); }

    /// A customer of an account says something: their window opens. For WeChat Customer Service it can be pulled, and the
    /// doorbell's token is returned; for all others the callback has to be sent.
    std::string said(const account& to, const std::string& customer, const std::string& text, std::int64_t now_ms);
    struct customers_message {
        std::string type = "text", text;  // text: of media its id.
        std::string menu_id;              // Of an option that was tapped.
    };
    std::string sent(const account& to, const std::string& customer, const customers_message& what, std::int64_t now_ms);
    /// Enters a kf session through a link; returns the doorbell's token. The welcome code is in the item.
    std::string entered(const account& to, const std::string& customer, const std::string& scene, std::int64_t now_ms);

    /// A servicer ends a kf session; returns the doorbell's token. The item has a code for one last message.
    std::string ended(const account& to, const std::string& customer, std::int64_t now_ms);

    /// What a customer sends, or we upload: kept for three days. Returns its id.
    std::string add_media(std::string bytes, std::string type, std::int64_t now_ms);
    /// The ticket that a component or a suite is given every ten minutes; only the newest is good.
    std::string give_ticket(const account& to);
    /// A merchant or a corporation authorises a provider; returns the code, good for ten minutes and once.
    std::string authorise(const account& provider, const std::string& party, std::int64_t now_ms);
    /// The code that comes with a new customer of an employee.
    std::string add_contact(const account& to, const std::string& customer, std::int64_t now_ms);

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
    answer user_list(const asked& by);
    answer external_contact(const asked& by);
    answer kf_customers(const asked& by);
    answer weibo_user(const asked& by);
    answer media_get(const asked& by);
    answer media_upload(const asked& by);
    answer weibo_media(const asked& by);
    answer welcome(const asked& by);
    answer component_token(const asked& by);
    answer query_authorisation(const asked& by);
    answer merchant_token(const asked& by);
    answer suite_token(const asked& by);
    answer permanent_code(const asked& by);
    answer authorised_corp_token(const asked& by);

    answer refuse(int code, const std::string& why);
    /// Whose token this is; the answer when it is nobody's.
    struct caller {
        const account* of = nullptr;
        std::string name;  // Its id, or of whom it serves.
    };
    caller owner(const asked& by, answer& refused);
    /// The provider whose ticket and secret these are, and its token.
    answer provider_token(const asked& by, const char* kind, const char* id, const char* secret, const char* ticket, const char* token);
    const account* provider_of(const asked& by, const char* parameter, answer& refused);
    answer serve_media(std::string_view id, std::int64_t now_ms);
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
    struct medium {
        std::string bytes, type;
        std::int64_t until_ms = 0;
    };
    std::map<std::string, medium, std::less<>> media_;
    std::map<std::string, std::string> tickets_;  // By the provider's account.
    struct authorising {
        std::string provider, party;
        std::int64_t until_ms = 0;
    };
    std::map<std::string, authorising> codes_;
    struct authorisation {
        std::string provider, secret;  // secret: the refresh token, or the permanent code.
    };
    std::map<std::string, authorisation> authorised_;  // By party.
    std::map<std::string, std::pair<std::string, std::int64_t>> welcome_codes_;  // Account and customer, and until when.
    std::uint64_t serial_ = 0;
};

}  // namespace yizhan::simulator
