#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace yizhan::adapters {

/// One request to a platform's API, without the server's name. Where `{token}` stands in the target, the access token is
/// put in, escaped as that place needs it.
struct api_call {
    std::string method = "POST", target, body, content_type = "application/json";
    std::string server = {};  // Another than the account's; empty: that.
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

struct access_token {
    std::string value;
    std::int64_t lifetime_s = 0;
    std::string granted = {};  // What has to be used the next time instead of what was handed over; empty: the same.
};

/// What a platform handed over earlier, as the state has it (core's `grant`).
struct grant_name {
    std::string account, kind, party;
};

/// How one access token is got: accounts with the same credential share it. Some need another token for that, and
/// something that the platform handed over: a component's needs its ticket, a merchant's needs the component's.
class credential {
public:
    virtual ~credential() = default;

    virtual std::string name() const = 0;  // Only this process sees it.
    virtual std::shared_ptr<const credential> above() const { return nullptr; }
    /// Of no kind: nothing.
    virtual grant_name needs() const { return {}; }
    /// `granted`: what `needs` names. `{token}` is that of the credential above.
    virtual api_call call(std::string_view granted) const = 0;
    /// Errors: malformed_message; then `why` says what the platform said. token_refused: that of the one above.
    virtual result<access_token> token_of(std::string_view answer, verdict& why) const = 0;
};

}  // namespace yizhan::adapters
