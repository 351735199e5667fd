#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "adapters/credential.hpp"
#include "desk/token_authority.hpp"
#include "net/http_client.hpp"

namespace yizhan::desk {

/// Calls a platform with the token that belongs to it; when the platform refuses the token, once more with a new one.
///
/// One thread, that of the client.
class caller {
public:
    caller(net::http_client& client, token_authority& tokens) : client_(client), tokens_(tokens) {}

    struct question {
        std::shared_ptr<const adapters::credential> whose;  // Null: the call carries what it needs.
        std::string api;
        adapters::api_call call;
        std::chrono::milliseconds patience{10000};
        std::size_t body_max = std::size_t{1} << 20;
        std::function<adapters::verdict(const net::http_response&)> judge;
    };
    struct end {
        bool was_answered = true;       // By the platform, or by us for want of a token.
        bool may_have_arrived = false;  // … otherwise: the platform may have done it.
        adapters::verdict said;
        error_code failed;  // Of the call itself.
        net::http_response response;
    };
    net::task<end> ask(question what);

private:
    net::http_client& client_;
    token_authority& tokens_;
};

}  // namespace yizhan::desk
