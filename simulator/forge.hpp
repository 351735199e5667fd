#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/account.hpp"
#include "core/error.hpp"

namespace yizhan::simulator {

/// What a forged callback gets wrong.
enum class tamper { nothing, signature, body, receive_id, timestamp };

struct forge_request {
    std::string type =
        "text";        // As the platform says it: `text`, `event.subscribe`, `event.change_contact` …
    std::string from;  // Empty: a made-up customer.
    std::vector<std::pair<std::string, std::string>>
        fields;                  // Set or added; `ScanCodeInfo.ScanType` reaches inside.
    std::string message_id;      // Empty: `serial`.
    std::int64_t now_s = 0;      // When it is sent and signed.
    std::int64_t created_s = 0;  // When it happened.
    std::uint64_t serial = 0;    // Makes nonce and message id different.
    tamper wrong = tamper::nothing;
    std::string tenant;  // Components and suites: whose message it is; empty: a made-up account's.
    bool json = false;   // Accounts that can be sent either form: JSON.
};

struct forged {
    std::string query;  // Without the question mark.
    std::string body;
    std::string clear;        // What is inside.
    std::string suffix = {};  // What follows /callback/{id} in the path.
};

/// Makes callbacks as the platform would send them to this account: signed, and encrypted where the account
/// says so. Knows the platforms by itself, so that the adapters are tried against something that is not
/// themselves.
result<forged> forge(const account& to, const forge_request& what);

/// The same around a clear text of one's own; of `what` only the signing and the tenant count.
result<forged> wrap(const account& to, std::string clear, const forge_request& what);

/// Query of the platform's check of an address; `echo` is what must come back.
result<forged> forge_check(const account& to, const std::string& echo, std::int64_t now_s,
                           std::uint64_t serial);

/// The clear text of a sealed answer, its signature checked; `suffix` is where the callback had gone.
result<std::string> open_answer(const account& of, std::string_view body, std::string_view suffix = {});

/// The types there is a sample of, as `forge_request::type` takes them.
std::vector<std::string> sample_types(const account& of);

}  // namespace yizhan::simulator
