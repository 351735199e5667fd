#pragma once
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/support/oracle.hpp"

namespace yizhan::test {

/// Callbacks at a steady pace, by several senders with customers of their own, as long as this lives or until `stop`. What
/// is sent and answered is the oracle's to judge.
class traffic {
public:
    struct pace {
        int senders = 4;
        std::chrono::milliseconds each_every{20};
        int customers_each = 25;
    };
    traffic(running& station, oracle& judge, pace how);
    ~traffic() { stop(); }
    void stop();
    /// Of all callbacks since the last time this was asked.
    double p99_ms();
    int unanswered() const { return unanswered_; }

private:
    void send(int first_customer);

    running& station_;
    oracle& judge_;
    const pace how_;
    std::atomic<bool> go_on_{true};
    std::atomic<int> unanswered_{0};
    std::mutex mutex_;
    std::vector<double> took_ms_;
    std::vector<std::thread> threads_;
};

}  // namespace yizhan::test
