#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/account.hpp"
#include "core/error.hpp"
#include "core/reply.hpp"

namespace yizhan::adapters {

/// One request to a platform's API, without the server's name. Where `{token}` stands in the target or the body, the
/// access token is put in, escaped as that place needs it.
struct api_call {
    std::string method = "POST", target, body, content_type = "application/json";
};

/// What an answer of the API means for whoever asked.
enum class fate {
    done,
    again,           // Nothing happened; the same may be tried after a rest.
    token_refused,   // Nothing happened; with a new token it may.
    not_allowed,     // This customer cannot be written to (any more, now): the desk should know.
    never,           // It will not be taken, however often it is sent.
    misconfigured,   // Nothing will be taken until somebody changes something.
};
struct verdict {
    fate what = fate::done;
    std::int64_t code = 0;     // The platform's; 0: none.
    std::string reason;        // For people. Never a secret.
    std::int64_t rest_ms = 0;  // `again`: at least so long.
    std::string platform_id;   // Of the message, where the platform says it.
};

/// A message to somebody.
struct sending {
    std::string_view to;   // The platform's id of the customer.
    std::string_view key;  // Ours: 32 hex digits, the same at every attempt.
    const reply& what;
    bool is_repeat = false;  // An attempt before may have come through.
};

struct access_token {
    std::string value;
    std::int64_t lifetime_s = 0;
};

/// A page of what is pulled, because the platform only announces it.
struct pulled_page {
    std::vector<std::string> items;  // The platform's JSON, each as it came.
    std::string next_cursor;
    bool has_more = false;
};

/// How one account's messages go out: the calls of its platform's API, as bytes, and what their answers mean. Reads no
/// clock, socket or configuration. One thread.
class way_out {
public:
    virtual ~way_out() = default;

    /// The platform's own address; the configuration may name another.
    virtual std::string_view api() const = 0;

    /// Whose token it is: accounts with the same credential share one. Empty: the account has a token that lasts.
    virtual std::string credential() const = 0;
    virtual api_call token_call() const = 0;
    /// Errors: malformed_message; then `why` says what the platform said.
    virtual result<access_token> token_of(std::string_view answer, verdict& why) const = 0;

    /// Why this cannot be sent at all; empty when it can.
    virtual std::string_view cannot_send(const reply& what) const = 0;
    virtual api_call send(const sending& what) const = 0;
    virtual verdict judge(unsigned status, std::string_view answer) const = 0;

    /// What is pulled; empty: nothing. The name of the cursor's place.
    virtual std::string pulls() const { return {}; }
    /// `token`: of the callback that announced it; empty: none.
    virtual api_call pull(std::string_view, std::string_view) const { return {}; }
    /// Errors: malformed_message; then `why` says what the platform said.
    virtual result<pulled_page> page_of(std::string_view, verdict&) const { return errc::malformed_message; }

    /// Whether the platform takes a message with the same key only once, so that what may have come through can be sent
    /// again.
    virtual bool drops_repeats() const = 0;
};

/// A row of a platform's table of error codes.
struct code_row {
    std::int64_t code;
    fate what;
    std::int64_t rest_ms;
    const char* reason;
};
/// The verdict on {"errcode", "errmsg", "msgid"} by a table: WeChat's and WeCom's way. A code that is not in it is never
/// taken.
verdict judge_errcode(unsigned status, std::string_view answer, std::span<const code_row> table);
/// {"next_cursor", "has_more", LIST: [ … ]}.
result<pulled_page> page_in(std::string_view answer, const char* list, verdict& why);
/// {"access_token", "expires_in"} of the same family.
result<access_token> token_in(std::string_view answer, std::span<const code_row> table, verdict& why);

}  // namespace yizhan::adapters
