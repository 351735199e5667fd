#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/task.hpp"
#include "simulator/customers.hpp"
#include "simulator/platforms.hpp"

namespace yizhan::simulator {

/// Serves the platforms over HTTP. Under /_sim/ it is steered:
///
///   GET  /                  a page with every customer's phone
///   GET  /_sim/phones       the same as JSON
///   POST /_sim/trouble      {"path", "code", "times", "delay_ms", "lose_answer", "lose_call"}
///   POST /_sim/say          {"account", "customer", "text", "menu_id"}; answers when the callback was delivered
///   POST /_sim/enter        {"account", "customer", "scene"}: a kf session is entered
///   POST /_sim/follow       {"account", "customer"}
///   POST /_sim/ticket       {"account"}: a component or a suite is given its next ticket
///   POST /_sim/authorise    {"account", "party"}: a merchant, or a corporation, authorises it
///   POST /_sim/tokens       {"revoke": true} or {"lifetime_s": N}
///   POST /_sim/gateway      {"url"}: where callbacks go from now on
///   POST /_sim/clock        {"offset_ms": N}: the platforms' clock is so far ahead
///
/// One thread, that of the executor.
class server {
public:
    struct parts {
        net::asio::any_io_executor executor;
        platforms& plays;
        std::string host = "127.0.0.1";
        std::uint16_t port = 0;
        std::string gateway;  // Where callbacks go, such as http://127.0.0.1:8080; empty: nowhere.
    };
    /// Binds. Throws std::runtime_error with one clear line.
    explicit server(parts with);
    ~server();

    std::uint16_t port() const;
    void start();
    void stop();

    customers& crowd();

private:
    struct inner;
    std::shared_ptr<inner> inner_;
};

}  // namespace yizhan::simulator
