#pragma once
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "net/http_client.hpp"
#include "stream/sinks/breaker.hpp"
#include "stream/sinks/sink.hpp"

namespace yizhan::stream {

/// Events by HTTP, signed after Standard Webhooks (docs/consumers.md). A request that fails is tried again by the schedule
/// while others go on; what is tried again is in the record, so that the position goes on too. When nothing goes through at
/// all the receiver is left alone but for one request now and then, and no event dies of that. 410 disables the sink.
class webhook_sink final : public sink {
public:
    webhook_sink(sink_settings with, sink_ground on);
    net::task<sink_test> test() override;
    void resume() override;
    std::size_t retry_dead() override;
    std::vector<sink_attempt> attempts() const override;

private:
    /// Events that go out in one request, until they are delivered or dead.
    struct delivery {
        parked_delivery of;
        bool is_parked = false;          // In the record: the position may go past it.
        bool may_have_arrived = false;
        std::string partition;           // Of its only event, where order is asked for.
        std::vector<sink_event> events;  // Empty: read again from the journal when they are needed.
        std::uint64_t first() const { return of.sequences.front(); }
    };
    using delivery_ref = std::shared_ptr<delivery>;
    enum class verdict : std::uint8_t { delivered, refused, failed, throttled, gone };

    net::task<> work() override;
    void begin() override;
    void complete(sink_record& into) override;
    bool read_more();
    void find_line(delivery& of);
    void take_in(delivery_ref fresh);
    delivery_ref next(std::int64_t now_ms) const;
    std::int64_t until_next_ms(std::int64_t now_ms) const;
    net::task<> attempt(delivery_ref what);
    error_code load(delivery& what);
    static verdict judge(const net::http_outcome& outcome);
    void judged(const delivery_ref& what, const net::http_outcome& outcome, sink_attempt shown);
    void park(const delivery_ref& what, std::int64_t next_at_ms, const std::string& reason);
    void finish(const delivery_ref& what);
    void move_on();

    const webhook_settings& to_;
    net::http_client client_;
    breaker breaker_;
    usual_rate usual_;
    std::map<std::uint64_t, delivery_ref> open_;               // By its first sequence; all that is neither delivered nor dead.
    std::set<std::uint64_t> fresh_;                            // … of them those that are not in the record: the position waits.
    std::set<std::pair<std::int64_t, std::uint64_t>> ready_;   // When it is due, and its first sequence; nobody is at it.
    std::map<std::string, std::deque<std::uint64_t>> lines_;   // Of each conversation, in order; only the first may go.
    std::set<std::uint64_t> known_;                            // Behind the position, and in the record all the same.
    std::uint64_t looked_at_ = 0;
    bool is_at_end_ = false, is_full_ = false;  // Of the journal; of what is open.
    int running_ = 0;
    std::deque<sink_attempt> log_;
};

}  // namespace yizhan::stream
