#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/account.hpp"
#include "crm/applier.hpp"
#include "crm/state.hpp"
#include "desk/token_authority.hpp"
#include "net/http_client.hpp"

namespace yizhan::desk {

/// Fetches what platforms only announce, such as the messages of WeChat Customer Service: one puller for each account, page by
/// page from the cursor of the last. A page's items are in the journal before its cursor is: so that whatever ends the
/// process, none is missed, and one that is fetched again is known by its id. A doorbell during a pull means another
/// pull behind it; without any, accounts are looked at every few minutes, since doorbells get lost.
///
/// One thread, that of the executor.
class puller {
public:
    struct parts {
        net::asio::any_io_executor executor;
        net::http_client& client;
        token_authority& tokens;
        crm::applier& applier;
        crm::state_reader& state;
        std::uint64_t begin_behind = 0;  // Waits until the state has this sequence.
        /// Keeps one item, as a callback is kept, unless it is from before a time; comes back when it is durable or known.
        /// Errors: the journal's.
        std::function<net::task<error_code>(std::string account, std::string item, std::int64_t not_before_ms)> take_in;
        std::function<void(std::string what, std::string account, std::string why)> warn;
    };
    explicit puller(parts with);
    ~puller();

    void serve(const std::vector<account>& accounts);
    void start();
    /// A doorbell, with its token. From any thread.
    void ring(std::string account, std::string token);
    void stop();

private:
    struct inner;
    std::shared_ptr<inner> inner_;
};

}  // namespace yizhan::desk
