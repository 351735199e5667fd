#pragma once
#include <cstdint>
#include <string_view>

namespace yizhan::gateway {

/// Tells systemd how we are (sd_notify(3)): one datagram to $NOTIFY_SOCKET; nothing when there is none.
void notify(std::string_view state);
/// `RELOADING=1` with the time that systemd wants beside it.
void notify_reloading();
/// How often `WATCHDOG=1` is due, half of what systemd waits; 0: never.
std::int64_t watchdog_interval_us();

}  // namespace yizhan::gateway
