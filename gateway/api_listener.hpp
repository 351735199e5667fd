#pragma once
#include <memory>

#include "gateway/api.hpp"

namespace boost::asio {
class io_context;
}

namespace yizhan::gateway {

/// The listener that consumers, agents and operators call. One thread, that of `context`.
class api_listener {
public:
    /// Binds. Throws std::runtime_error with one clear line when it cannot.
    api_listener(net::asio::io_context& context, const listener_settings& settings, api& to);
    ~api_listener();
    std::uint16_t port() const;
    void start();
    /// Accepts no more and closes what is open.
    void stop();

private:
    struct parts;
    std::shared_ptr<parts> parts_;
};

}  // namespace yizhan::gateway
