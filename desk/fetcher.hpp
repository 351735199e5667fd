#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crm/applier.hpp"
#include "crm/state.hpp"
#include "desk/media_store.hpp"
#include "desk/routes.hpp"
#include "desk/token_authority.hpp"

namespace yizhan::desk {

/// Fetches what customers sent, before the platform forgets it, and asks who they are: some at once, at each account's
/// pace, again and again for three days. A file is on disk before the state knows of it.
///
/// One thread, that of the executor; the disk is another's.
class fetcher {
public:
    struct parts {
        net::asio::any_io_executor executor;
        net::http_client& client;
        token_authority& tokens;
        crm::applier& applier;
        crm::state_reader& state;  // Its own: asked from its threads only.
        const routes& ways;
        const media_store& files;
        std::uint64_t begin_behind = 0;  // Waits until the state has this sequence: what was there when we began.
        std::function<void(std::string_view what, std::string_view result)> count;  // what: media, profile.
        std::function<void(std::string what, std::string account, std::string why)> warn;
    };
    explicit fetcher(parts with);
    ~fetcher();

    void serve(std::size_t bytes_max, std::int64_t retention_s);
    void start();
    /// Something may be due. From any thread.
    void wake();
    /// Nobody has these files any more. From any thread.
    void remove(std::vector<std::string> names);
    void stop();

private:
    struct inner;
    std::shared_ptr<inner> inner_;
};

}  // namespace yizhan::desk
