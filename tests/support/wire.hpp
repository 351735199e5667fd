#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "simulator/forge.hpp"

namespace yizhan::test {

/// A forged callback as the bytes of one request.
std::string request_bytes(const std::string& account, const simulator::forged& sent,
                          const std::string& more_fields = "");

/// A loopback address of our own choice, so that many clients can be told apart: 127.1.x.y.
std::uint32_t loopback_address(std::size_t number);

/// Length of the whole response at the beginning of these bytes; 0 while it is not whole.
std::size_t response_length(const std::string& bytes);
unsigned response_status(const std::string& bytes);  // 0: that is no response.

/// One kept connection to the server, used by one thread that waits for each answer.
class wire {
public:
    explicit wire(std::uint16_t port, std::size_t address_number = 0);
    ~wire();
    wire(wire&& other) noexcept;
    wire& operator=(wire&&) = delete;

    bool send(const std::string& bytes);
    struct answer {
        unsigned status = 0;  // 0: closed, or nothing came in time.
        std::string body;
        bool closed = false;
        double took_s = 0;
    };
    answer receive(int patience_ms = 6000);
    answer ask(const std::string& bytes, int patience_ms = 6000);
    /// Everything that comes until the server closes, or until nothing came for so long.
    std::string listen(int patience_ms);
    bool is_open() const { return socket_ >= 0; }
    void close();

private:
    int socket_ = -1;
    std::string received_;
};

/// Requests that are due at their times, whether or not earlier ones were answered: a slow server does not
/// slow the senders down. Each is sent over a connection that waits for nothing, or a new one.
struct load_settings {
    std::uint16_t port = 0;
    double rate = 0;  // A second.
    std::size_t connections_max = 4000;
    double patience_s = 8;        // After the last was sent.
    double arrival_patience_s = 1;  // Until the server's kernel has it.
    std::size_t addresses = 200;  // From so many client addresses.
    std::size_t first_address = 0;
    const std::atomic<bool>* end_early = nullptr;
};
struct load_outcome {
    unsigned status = 0;  // 0: closed without an answer.
    bool was_sent = false, timed_out = false, never_arrived = false;
    double due_s = 0, sent_s = 0, ended_s = 0;  // Since the beginning.
    std::string body;
    double took_s() const { return ended_s - sent_s; }
};
/// One outcome for each request, in their order.
std::vector<load_outcome> run_load(const load_settings& with, const std::vector<std::string>& requests);

/// The value below which `share` of these lie; sorts them.
double quantile(std::vector<double>& values, double share);

}  // namespace yizhan::test
