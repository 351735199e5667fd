#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/task.hpp"
#include "stream/redis/address.hpp"
#include "stream/redis/reply_reader.hpp"

namespace yizhan::stream::redis {

struct client_settings {
    std::vector<address> at;  // Tried in turn, and again; a replica is passed over.
    std::string user, password;          // Instead of those of the addresses, where they are given.
    std::filesystem::path ca_file;       // TLS: whom to trust instead of whom this machine trusts.
    bool verify_peer = true;
    std::chrono::milliseconds connect_patience{3000};  // From the look for an address to the end of TLS' handshake.
    std::chrono::milliseconds patience{10000};         // From a command's sending to its reply; then the connection is closed.
    std::chrono::milliseconds retry_from{50}, retry_to{5000};  // Between two connections: full jitter below a bound that doubles.
    std::size_t commands_max = 1024;                           // That wait for replies, with their bytes:
    std::size_t bytes_max = std::size_t{16} << 20;
    reply_limits replies;
};

struct call_end {
    error_code failed;
    bool may_have_arrived = false;  // It failed after it was handed to the connection.
    redis::reply reply;             // An error of Redis' is a reply.
};

/// One connection to a Redis that is a master, made again whenever it ends. Commands go out in their order, as many at once
/// as there are, and their replies come in that order. Nothing is ever sent twice: whoever asked decides.
///
/// One thread, that of the executor; one coroutine a connection.
class client {
public:
    client(net::asio::any_io_executor executor, client_settings with);
    ~client();

    void start();
    /// Ends everything; what waits for a reply fails.
    void stop();

    /// Told exactly once, on our thread, never before `send` has returned. Errors: not_connected, no_buffer_space (too much
    /// waits), timed_out, malformed_message and too_large (of a reply), and those of I/O.
    using teller = std::function<void(call_end)>;
    void send(const std::vector<std::string_view>& words, teller tell);
    net::task<call_end> call(std::vector<std::string> words);

    bool is_up() const;
    /// How many connections there have been: another number, another connection.
    std::uint64_t connections() const;
    /// Whom we are connected to, or were last; and why not any more.
    std::string where() const;
    std::string why_down() const;
    /// Bytes of commands that wait.
    std::size_t waiting_bytes() const;

    /// Waits until it is connected, for so long at most; whether it is.
    net::task<bool> wait_until_up(std::chrono::milliseconds patience);

private:
    struct connection;
    struct inner;
    std::shared_ptr<inner> inner_;
};

/// How long before the `attempt`-th (from 0) connection is tried: anything up to a bound that doubles. `chance`: 0 to 1.
std::chrono::milliseconds reconnect_pause(const client_settings& with, int attempt, double chance);

}  // namespace yizhan::stream::redis
