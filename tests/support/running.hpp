#pragma once
#include <sys/types.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/account.hpp"
#include "net/fetch.hpp"
#include "simulator/forge.hpp"
#include "tests/support/temporary_directory.hpp"

namespace yizhan::test {

struct running_settings {
    std::string rules = "rules: [ { name: rest, then: { queue: general } } ]\n";
    std::string more = {};          // Lines added to the configuration.
    std::string account_more = {};  // Added to each account, such as ", freshness_s: 60".
    std::string shop_encryption = "required";
    std::vector<account> more_accounts = {};
    std::vector<std::pair<std::string, std::string>> environment = {};
    std::vector<std::pair<std::string, int>> sockets = {};  // Handed over as systemd does: name and descriptor.
};

/// The real binary with a configuration of its own, on ports that nobody else has.
class running {
public:
    explicit running(running_settings with = {});
    ~running();

    /// Starts; waits until it listens or has ended. False when it ended, then `output()` says why.
    bool start();
    /// Sends a signal and waits for the end; the exit status, or minus the signal.
    int stop(int signal = 15);
    int wait();
    void signal(int number);
    bool is_running() const { return process_ > 0; }
    pid_t process() const { return process_; }
    std::string output() const;
    /// Whether its log comes to say this: it is written behind what it tells of, so that some seconds are waited.
    bool says(const std::string& text) const;
    /// A configured secret that stands in this text; empty: none does. What the server said is looked through whenever it
    /// stops, what the API refuses whenever it does.
    std::string secret_in(const std::string& text) const;

    void write_rules(const std::string& rules);
    void write_config(const std::string& text);
    std::string config_text() const;
    const std::filesystem::path& directory() const { return directory_.path(); }

    /// One of `shop`, `corp`, `fans`, or of the settings' `more_accounts`.
    account of(const std::string& id) const;
    struct answer {
        unsigned status = 0;  // 0: no answer at all.
        std::string body, clear;
    };
    answer send(const std::string& account, simulator::forge_request what);
    answer send_raw(const std::string& account, const simulator::forged& sent,
                    const std::string& method = "POST");
    /// Bytes as they are; everything that came back until the end, or until nothing comes any more.
    std::string exchange(const std::string& bytes, int patience_ms = 1000) const;

    struct api_answer {
        unsigned status = 0;
        std::string body;
        bool has(const std::string& text) const { return body.find(text) != std::string::npos; }
    };
    api_answer ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& key = "admin", const std::string& idempotency_key = "") const;
    /// Waits until everything durable is applied.
    void settle() const;
    std::vector<std::string> event_ids() const;  // All events of the feed, in order.
    std::uint16_t callback_port() const { return callback_port_; }
    std::uint16_t api_port() const { return api_port_; }

    /// The rest of a command line of the binary, with this configuration; its output, and its status through
    /// `status`.
    std::string command(const std::string& words, int* status = nullptr) const;

private:
    void check_events() const;
    void check_secrets(const std::string& where, const std::string& text) const;

    temporary_directory directory_;
    running_settings with_;
    pid_t process_ = -1;
    std::atomic<std::uint16_t> callback_port_{0}, api_port_{0};  // Senders may run while it starts again.
};

simulator::forge_request text(const std::string& says, const std::string& from = "",
                              const std::string& message_id = "");

/// The texts behind every `"name":"` of a JSON text.
std::vector<std::string> all_of(const std::string& json_text, const std::string& name);

}  // namespace yizhan::test
