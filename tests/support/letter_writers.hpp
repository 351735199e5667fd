#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "tests/support/oracle.hpp"

namespace yizhan::test {

/// Customers who write to the `shop` account, six a thread: each thread sends its next letter when the last
/// was answered or was not. They go on while the server starts again, until they are told to stop.
class letter_writers {
public:
    struct settings {
        int threads = 8;
        std::size_t more_bytes = 0;  // Makes each letter so much longer.
        /// After each letter, on the thread that sent it: when it was sent, and what came of it.
        std::function<void(std::chrono::steady_clock::time_point sent, const running::answer&)> watch = {};
    };
    letter_writers(running& to, oracle& judge, settings with) {
        for (int each = 0; each < with.threads; ++each)
            threads_.emplace_back([this, &to, &judge, with, each] { write(to, judge, with, each * 6); });
    }
    letter_writers(running& to, oracle& judge) : letter_writers(to, judge, settings{}) {}
    ~letter_writers() { stop(); }
    letter_writers(const letter_writers&) = delete;

    void stop() {
        go_on_ = false;
        for (std::thread& each : threads_)
            if (each.joinable()) each.join();
    }

private:
    void write(running& to, oracle& judge, const settings& with, int first_customer) {
        for (int at = 0; go_on_; ++at) {
            simulator::forge_request what = judge.next(first_customer + at % 6);
            what.fields.front().second.append(with.more_bytes, '.');
            judge.sent(what);
            const auto sent = std::chrono::steady_clock::now();
            const running::answer got = to.send("shop", what);
            judge.answered(what, got);
            if (with.watch) with.watch(sent, got);
            if (got.status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    std::atomic<bool> go_on_{true};
    std::vector<std::thread> threads_;
};

}  // namespace yizhan::test
