#pragma once
#include <functional>
#include <string>

#include "net/task.hpp"
#include "simulator/carrier.hpp"
#include "simulator/platforms.hpp"

namespace yizhan::simulator {

/// What customers do, as the platforms tell the gateway of it; what comes back in the answer stands on their phones.
class customers {
public:
    customers(platforms& plays, carrier& brings, std::function<std::int64_t()> now_ms)
        : plays_(plays), brings_(brings), now_ms_(std::move(now_ms)) {}

    /// `menu_id`: of the option that was tapped; empty: they wrote it.
    net::task<carrier::delivery> say(const account& to, std::string customer, std::string text, std::string menu_id = {});
    net::task<carrier::delivery> send_picture(const account& to, std::string customer, std::string bytes);
    net::task<carrier::delivery> follow(const account& to, std::string customer);
    /// A session of WeChat Customer Service.
    net::task<carrier::delivery> enter(const account& to, std::string customer, std::string scene);

private:
    net::task<carrier::delivery> bring(const account& to, std::string customer, forge_request what);
    net::task<carrier::delivery> ring(const account& to, std::string token);

    platforms& plays_;
    carrier& brings_;
    std::function<std::int64_t()> now_ms_;
};

}  // namespace yizhan::simulator
