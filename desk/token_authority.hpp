#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/credential.hpp"
#include "net/http_client.hpp"

namespace yizhan::desk {

/// The call, at a server, with the token where it belongs.
net::http_request request_of(adapters::api_call call, const std::string& api, const std::string& token = {});

/// What the platforms handed over, as the state has it.
struct grant_store {
    std::function<std::optional<std::string>(const adapters::grant_name&)> find;
    /// The new one in the place of the old, unless that was replaced meanwhile; comes back when it is durable.
    std::function<net::task<>(adapters::grant_name, std::string value, std::string instead_of)> renew;
};

/// Access tokens, one refresher for each credential: whoever needs a token while it is being fetched waits for that one.
/// A token is renewed when five sixths of its life are over, while the old one goes on; after a failure, and beyond a
/// budget, nobody is asked for a while. Time is the clock that nobody sets.
///
/// One thread, that of the executor.
class token_authority {
public:
    using steady = std::chrono::steady_clock;
    token_authority(net::asio::any_io_executor executor, net::http_client& client, grant_store grants = {})
        : executor_(executor), client_(client), grants_(std::move(grants)) {}

    /// `api`: the server. Errors: overloaded (not now, as `why` says), malformed_message (the platform refuses, as `why` says).
    net::task<result<std::string>> get(std::shared_ptr<const adapters::credential> whose, const std::string& api, adapters::verdict& why);

    /// The platform took this token for none of its own: it is not given out again.
    void refuse(const std::string& credential, const std::string& value);

    struct counts {
        std::int64_t fetched = 0, failed = 0, held_back = 0;
    };
    const counts& counted() const { return counts_; }

private:
    struct holding;
    net::task<> fetch(std::shared_ptr<holding> into, std::shared_ptr<const adapters::credential> whose, std::string api);
    net::task<result<adapters::access_token>> ask(std::shared_ptr<const adapters::credential> whose, std::string api, adapters::verdict& why);
    bool may_fetch(holding& of);

    net::asio::any_io_executor executor_;
    net::http_client& client_;
    grant_store grants_;
    std::map<std::string, std::shared_ptr<holding>> all_;
    counts counts_;
};

}  // namespace yizhan::desk
