#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "adapters/adapter.hpp"
#include "crm/facts_cache.hpp"
#include "gateway/address_list.hpp"
#include "gateway/admission.hpp"
#include "gateway/config.hpp"
#include "gateway/metrics.hpp"
#include "net/task.hpp"
#include "router/rules.hpp"
#include "stream/dedup.hpp"
#include "stream/journal.hpp"
#include "stream/kept.hpp"

namespace yizhan::gateway {

/// One request at the callback listener, its framing proved.
struct callback_request {
    bool is_get = false, is_post = false, has_content_encoding = false;
    std::string_view target, body;
    std::string_view address;     // Whoever sent it, as far as we believe the proxies in between.
    std::int64_t read_at_ms = 0;  // When it was read completely.
    std::int64_t read_us = 0;     // The same by `steady_us`.
    std::int64_t waited_ms = 0;   // How long it lay there before that.
    std::function<void(std::int64_t patience_ms)> wait_for;  // The door says how long the platform waits.
};

struct callback_answer {
    unsigned status = 200;
    std::string body;
    bool is_echo = false;         // Of the check of an address: plain text, whatever it looks like.
    bool close_silently = false;  // Genuine but not kept: no answer at all, so that the platform tries again.
};

/// The way of one callback: proved, opened, decoded, looked up, decided, kept, answered
/// (docs/life-of-a-message.md). One thread, that of `executor`; what needs the disk happens elsewhere and
/// comes back.
class door {
public:
    struct parts {
        net::asio::any_io_executor executor;
        stream::journal& journal;
        gateway::metrics& count;
        /// When the oldest record was accepted that is not applied yet; 0: all are.
        std::function<std::int64_t()> unapplied_since_us;
        /// Asks the state about a person, and how they may be written to; comes back on our thread, perhaps never.
        std::function<void(std::string person, bool with_budget, std::function<void(std::optional<crm::person_facts>)>)>
            ask_state;
        /// There is something to be pulled for an account; with the doorbell's token.
        std::function<void(std::string account, std::string token)> ring;
    };
    door(parts with, stream::dedup_index known);
    ~door();

    /// The accounts and rules from now on. Requests under way end under what they began with.
    void serve(const config& settings);

    net::task<callback_answer> answer(callback_request request);
    /// Something that was pulled from an account's platform, unless it is from before a time: decided and kept as a callback is; comes back when it is
    /// durable, or known. Errors: unknown_account, overloaded (the state is behind), and the journal's.
    net::task<error_code> take_in(std::string account, std::string item, std::int64_t not_before_ms = 0);
    /// How long a body may be at this target.
    std::size_t body_max(std::string_view target) const;
    /// What never becomes a callback: counted and logged like other refusals.
    callback_answer refuse_framing(const error_code& why, std::string_view address);

    /// Sessions hold their memory through it, and may outlive the door.
    const std::shared_ptr<admission>& admits() const { return admits_; }
    stream::dedup_index& known_ids() { return known_; }
    crm::facts_cache& contact_facts() { return facts_; }

private:
    struct endpoint;
    struct setup;
    struct work;
    struct flight;
    struct outgoing;
    struct landing;

    callback_answer refuse(std::string_view channel, std::string_view account, const error_code& why,
                           const callback_request& request);
    callback_answer turn_away(const endpoint& at, overload why);
    callback_answer not_kept(const endpoint& at, const error_code& why);
    overload at_the_gate(std::int64_t now_us) const;
    std::optional<callback_answer> read(endpoint& at, const callback_request& request, work& doing);
    std::optional<callback_answer> before_keeping(endpoint& at, const callback_request& request, work& doing);
    void begin_deciding(const endpoint& at, const callback_request& request, work& doing);
    void settle(const endpoint& at, std::size_t index, const callback_request& request, work& doing);
    outgoing write_down(const setup& under, endpoint& at, const callback_request& request, work& doing);
    callback_answer say(endpoint& at, const adapters::callback& received, const adapters::opening& opened,
                        std::string_view clear, std::int64_t now_ms);
    net::task<std::optional<facts>> known_of(std::string person, std::string_view account, bool with_budget);
    static bool knows_budget(const setup& under, const endpoint& at, const adapters::decoded& all, const event& about, facts& into);
    router::decision decide(setup& under, const endpoint& at, std::size_t index, std::int64_t now_ms, work& doing);
    router::decision decide_with(setup& under, const endpoint& at, const adapters::decoded& all, const event& about,
                                 facts* known, std::int64_t now_ms);
    static bool goes_out(const endpoint& at, const event& about, const reply& with);
    static void let_out(const router::decision& decided, std::string_view code, work& doing);
    static std::string_view code_of(const event& pulled);
    static std::string_view cannot_answer(const endpoint& at, const event& about, const reply& with, std::int64_t now_ms);
    std::optional<std::string> answer_to(const event_id& id) const;
    flight* on_its_way(const adapters::decoded& callback) const;
    static net::task<std::tuple<error_code>> end_of(flight& of);
    bool all_known(adapters::decoded& callback) const;
    static origin origin_of(const endpoint& at, const adapters::decoded& all);
    static endpoint* find(setup& under, std::string_view target);
    static bool is_stale(const endpoint& at, const adapters::opening& opened, std::int64_t now_ms);
    net::task<> ask_and_decide(setup& under, const endpoint& at, std::size_t index, std::int64_t now_ms, work& doing);
    bool applier_lags() const;
    static bool keeps(const account& settings, const event& what);
    std::string payload_of(const setup& under, const endpoint& at, std::string_view clear,
                           std::string_view answer, work& doing);
    net::task<std::tuple<error_code, stream::appended>> keep(std::string payload, std::uint16_t span, landing& here);
    void note_landing(landing& here, const error_code& failed, const stream::appended& where);
    std::unique_ptr<work> take_work();
    void give_back(std::unique_ptr<work> done);

    parts with_;
    stream::dedup_index known_;
    crm::facts_cache facts_;
    std::shared_ptr<admission> admits_ = std::make_shared<admission>();
    std::shared_ptr<setup> setup_;
    struct id_hash {
        std::size_t operator()(const event_id& id) const {  // A cut SHA-256: any part of it is spread enough.
            std::size_t value;
            std::memcpy(&value, id.data(), sizeof value);
            return value;
        }
    };
    using flights = std::unordered_map<event_id, flight*, id_hash>;
    std::shared_ptr<flights> flights_ = std::make_shared<flights>();  // Callbacks on their way into the journal.
    std::vector<std::unique_ptr<work>> idle_work_;
    std::vector<std::string> idle_payloads_;
    std::int64_t refusals_second_ = 0;
    int refusals_logged_ = 0;
    std::int64_t overload_logged_us_ = 0;
};

}  // namespace yizhan::gateway
