#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/account.hpp"
#include "crm/applier.hpp"
#include "crm/state.hpp"
#include "desk/routes.hpp"
#include "desk/token_authority.hpp"
#include "net/task.hpp"
#include "stream/journal.hpp"

namespace yizhan::desk {

/// Brings our messages to the platforms: each conversation's in their order, one at a time. Every attempt is in the
/// journal before it begins, and its end after it: so that whatever ended the process, a message is sent once, or is
/// known to be uncertain. What may have come through is sent again only where the platform takes it once.
///
/// One thread, that of the executor; questions to the state go to another.
class dispatcher {
public:
    struct parts {
        net::asio::any_io_executor executor;
        net::http_client& client;
        token_authority& tokens;
        const routes& ways;  // Brought up to date by whoever owns them, before `serve`.
        stream::journal& journal;
        crm::applier& applier;
        crm::state_reader& state;         // Its own: asked from the dispatcher's thread only.
        std::uint64_t begin_behind = 0;  // Waits until the state has this sequence: what was there when we began.
        std::uint64_t restored_to = 0;   // Up to this sequence the state is a backup's: what is open may have been sent since.
        std::function<void()> settled;   // No more of that is open.
        std::function<void(std::string_view result)> count;  // How an attempt ended.
        std::function<void(std::string what, std::string account, std::string why)> warn;
    };
    explicit dispatcher(parts with);
    ~dispatcher();

    /// The accounts' settings from now on.
    void serve(const std::vector<account>& accounts);
    void start();
    /// Something may be due. From any thread.
    void wake();
    /// Begins nothing more; `done` hears when what is under way has ended, or the patience has.
    void stop(std::int64_t patience_ms, std::function<void()> done);

private:
    struct inner;
    std::shared_ptr<inner> inner_;
};

}  // namespace yizhan::desk
