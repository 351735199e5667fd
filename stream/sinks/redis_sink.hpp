#pragma once
#include <deque>
#include <vector>

#include "stream/redis/client.hpp"
#include "stream/sinks/breaker.hpp"
#include "stream/sinks/sink.hpp"

namespace yizhan::stream {

/// Events into a Redis stream, or several, a conversation always into the same. Each event is in the stream once, in the
/// journal's order, whatever becomes of Redis: killed, stopped, emptied, or another one in its place. What Redis says it has
/// is what counts (stream/sinks/redis_scripts.hpp); what it has lost is appended again from the journal, as far as the
/// journal reaches, at a pace that Redis and this machine's disk have something left for others. Entries go only when every consumer group has them behind it.
class redis_sink final : public sink {
public:
    redis_sink(sink_settings with, sink_ground on);
    /// What is on its way may or may not have come in: at the next start Redis knows.
    void stop() override;
    net::task<sink_test> test() override;

private:
    /// One key of the stream.
    struct partition {
        std::string key, origins;
        std::uint64_t sent = 0;  // Up to here everything of its events was handed to the connection.
        struct mark {
            std::uint64_t milliseconds = 0, number = 0;  // An entry's id.
            std::uint64_t sequence = 0;                  // Everything up to here lies before it, or is it.
        };
        std::deque<mark> marks;  // To know again what trimming has passed.
    };
    /// Events that go out together, in one append a key.
    struct chunk {
        std::uint64_t position = 0;
        int appends = 0;         // That have no reply yet.
        bool is_broken = false;  // Its position is never reached; it begins anew.
        std::size_t events = 0, again = 0;
    };

    struct assessment {
        std::string process;  // Redis' own name for it.
        std::vector<std::string> risks;
    };

    net::task<> work() override;
    void begin() override;
    net::task<std::string> look_at_redis();
    net::task<assessment> assess();
    net::task<std::string> load_scripts();
    net::task<std::string> meet();
    net::task<std::string> meet(partition& with);
    net::task<> deliver();
    std::int64_t wait_ms(std::int64_t now_ms) const;
    void pace(const sink_source::piece& what, std::int64_t now_ms);
    void append(const sink_source::piece& what);
    void appended(partition& to, chunk& part_of, std::uint64_t last, redis::call_end end);
    void settle();
    net::task<> tend();
    net::task<> trim();
    void note_consumed(partition& of, std::string_view entry);
    void go_back_to(std::uint64_t position);
    net::task<std::string> make_groups(const partition& of);
    void break_off(const std::string& why);

    const redis_stream_settings& to_;
    const std::string origin_;  // Of this sink: others of this station may write to the same key.
    redis::client client_;
    std::vector<partition> partitions_;
    std::deque<std::shared_ptr<chunk>> chunks_;  // On their way, in order.
    std::string begin_hash_, append_hash_, trim_hash_;
    std::string broken_;              // Why what is on its way is not followed by more.
    std::uint64_t newest_ = 0;        // What was delivered before, at least once: what lies before it is redelivered.
    std::uint64_t seen_connection_ = 0;
    assessment seen_;
    std::int64_t tended_at_ms_ = 0;
    usual_rate usual_;
    double next_at_ms_ = 0;           // What is old waits until then.
    int failures_ = 0;
    bool is_started_ = false;
};

}  // namespace yizhan::stream
