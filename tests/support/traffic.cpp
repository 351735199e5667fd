#include "tests/support/traffic.hpp"

#include <optional>

#include "tests/support/wire.hpp"

namespace yizhan::test {

using steady = std::chrono::steady_clock;

traffic::traffic(running& station, oracle& judge, pace how) : station_(station), judge_(judge), how_(how) {
    for (int each = 0; each < how.senders; ++each) threads_.emplace_back([this, each] { send(each * how_.customers_each); });
}

void traffic::stop() {
    go_on_ = false;
    for (std::thread& each : threads_) each.join();
    threads_.clear();
}

double traffic::p99_ms() {
    const std::lock_guard lock(mutex_);
    const double found = took_ms_.empty() ? 0 : quantile(took_ms_, 0.99);
    took_ms_.clear();
    return found;
}

void traffic::send(int first_customer) {
    std::optional<wire> line(station_.callback_port());
    auto due = steady::now();
    for (int at = 0; go_on_; ++at, due += how_.each_every) {
        std::this_thread::sleep_until(due);
        const simulator::forge_request what = judge_.next(first_customer + at % how_.customers_each);
        const std::string bytes = request_bytes("shop", simulator::forge(station_.of("shop"), what).value());
        judge_.sent(what);
        const auto begun = steady::now();
        if (!line->is_open()) line.emplace(station_.callback_port());
        const auto got = line->ask(bytes);
        if (got.status != 200) {
            ++unanswered_;
            continue;
        }
        running::answer known;
        known.status = got.status;
        judge_.answered(what, known);
        const std::lock_guard lock(mutex_);
        took_ms_.push_back(std::chrono::duration<double, std::milli>(steady::now() - begun).count());
    }
}

}  // namespace yizhan::test
