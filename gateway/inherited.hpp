#pragma once
#include <string_view>

namespace yizhan::gateway {

/// The listening socket that whoever started us holds open and hands over under this name, or -1: systemd's socket
/// activation (sd_listen_fds(3)). While we end and start again, callers wait in its queue and none is refused. Sockets
/// without names are taken in the order `callbacks`, `api`.
int inherited_socket(std::string_view name);

}  // namespace yizhan::gateway
