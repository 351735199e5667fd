#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gateway/config.hpp"
#include "gateway/door.hpp"

namespace boost::asio {
class io_context;
}

namespace yizhan::gateway {

/// The listener that platforms call. Deadlines are watched by one coarse timer for all connections: 5 s for a
/// head, 5 s for a body, then as long as the platform waits. One thread, that of `context`.
class callback_listener {
public:
    /// Binds. Throws std::runtime_error with one clear line when it cannot.
    callback_listener(net::asio::io_context& context, const config& settings, door& to, metrics& count);
    ~callback_listener();

    std::uint16_t port() const;
    std::size_t connections() const;  // Any thread.

    void start();
    void reload(const config& settings);
    /// Accepts no more, closes what is idle, answers what is under way and closes that too; `done` hears when
    /// all is.
    void drain(std::function<void()> done);

private:
    struct parts;
    std::shared_ptr<parts> parts_;
};

}  // namespace yizhan::gateway
