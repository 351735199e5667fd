#include "gateway/door.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/container/small_vector.hpp>
#include <cstring>

#include "adapters/way_out.hpp"
#include "core/memory_reserve.hpp"
#include "core/time.hpp"
#include "crypto/digest.hpp"
#include "desk/letters.hpp"
#include "gateway/log.hpp"

namespace yizhan::gateway {
namespace asio = net::asio;

namespace {

constexpr std::int64_t applier_lag_max_us =
    2000000;  // Beyond it, rules act as if a person had the conversation.
constexpr auto facts_patience = std::chrono::milliseconds(50);
constexpr std::size_t idle_work_max = 256, idle_payload_max = 64 * 1024;
constexpr std::string_view prefix = "/callback/";
constexpr std::int64_t answered_within_ms = 600000;  // What was pulled later than this is not answered by rules.
constexpr std::int64_t overload_log_every_us = 10000000;
constexpr int refusals_logged_max = 50;  // A second: a scanner must not fill the log.

/// How an error is answered. Everything not named is 403: the body never tells which check failed.
unsigned status_of(const error_code& why) {
    struct row {
        errc code;
        unsigned status;
    };
    constexpr row table[] = {
        {errc::malformed_framing, 400},
        {errc::malformed_message, 400},
        {errc::doctype_refused,   400},
        {errc::too_deep,          400},
        {errc::unknown_account,   404},
        {errc::method_refused,    405},
        {errc::too_large,         413},
        {errc::encoding_refused,  415},
    };
    for (const row& each : table)
        if (why == each.code) return each.status;
    return 403;
}

/// Kinds of identity that contacts have: an event that only names one belongs to them all the same.
bool is_one_of_ours(std::string_view kind) {
    return kind == "openid" || kind == "userid" || kind == "external_userid" || kind == "uid";
}

std::string_view body_of(unsigned status) {
    switch (status) {
        case 400:
            return "bad request\n";
        case 404:
            return "not found\n";
        case 405:
            return "method not allowed\n";
        case 413:
            return "too large\n";
        case 415:
            return "unsupported media type\n";
        default:
            return "forbidden\n";
    }
}

adapters::moment moment_at(std::int64_t now_ms) {
    adapters::moment at;
    at.now_ms = now_ms;
    crypto::fill_random(at.salt);
    return at;
}

template <class Handler>
struct append_waiter_of final : stream::append_waiter {
    append_waiter_of(Handler given, std::string& memory) : handler(std::move(given)), into(memory) {}
    void kept(error_code failed, const stream::appended& where, std::string payload) override {
        into = std::move(payload);
        std::move(leave())(failed, where);
    }
    Handler leave() {
        Handler resume = std::move(handler);
        this->~append_waiter_of();
        return resume;
    }
    Handler handler;
    std::string& into;
};

}  // namespace

struct door::endpoint {
    yizhan::account settings;
    std::unique_ptr<adapters::adapter> speaks;
    const adapters::adapter_kind* kind = nullptr;
    std::unique_ptr<adapters::way_out> way;  // None: it has nothing to send with.
    address_list allow_from;
    metrics::counter kept;
    bool retries_503 = false;  // This platform retries a 503, so it gets one instead of a closed connection.
    std::size_t body_max = 0;
};

struct door::setup {
    struct name_hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_map<std::string, endpoint, name_hash, std::equal_to<>> endpoints;
    std::shared_ptr<const router::rules> rules;
    std::optional<router::rules::workspace> workspace;
    std::size_t body_max = 0;
};

/// What is at hand while a callback is looked at. Its buffers are used again by the next.
struct door::work {
    // The callback, as far as it was read.
    query parameters;
    std::string_view suffix;
    adapters::opening opened;
    std::int64_t patience_ms = 0;
    std::string clear, platform, person;
    adapters::decoded decoded;
    // What is said of it.
    std::vector<router::decision> decisions;
    std::string answer;  // In the clear.
    bool has_own_answer = false, replied = false;
    std::optional<reply> says;  // What goes out as a message of its own.
    std::string says_json, says_message;
    std::vector<std::string> event_jsons, decision_jsons;
    stream::kept_callback whole;

    adapters::callback received(const callback_request& request) const { return {suffix, parameters, request.body}; }
    void begin_decisions() {
        decisions.clear();
        says.reset();
        event_jsons.resize(std::max(decoded.events.size(), event_jsons.size()));
        decision_jsons.resize(std::max(decoded.events.size(), decision_jsons.size()));
    }
};

/// A callback on its way into the journal. However it ends, those who came with the same one meanwhile go on.
struct door::flight {
    flight(std::shared_ptr<flights> in, asio::any_io_executor on) : among(std::move(in)), executor(std::move(on)) {}
    flight(const flight&) = delete;
    ~flight() {
        for (const event_id& each : ids) among->erase(each);
        for (auto& resume : waiting) asio::post(executor, [go_on = std::move(resume), why = failed] { go_on(why); });
    }
    void begin(const adapters::decoded& with) {
        for (const event& each : with.events) ids.push_back(each.id);
        for (const event_id& each : ids) among->emplace(each, this);
    }

    std::shared_ptr<flights> among;  // A session may outlive the door, at the end of all.
    asio::any_io_executor executor;
    boost::container::small_vector<event_id, 2> ids;
    error_code failed = errc::storage_failed;  // Until it is kept.
    std::vector<std::function<void(error_code)>> waiting;
};

/// What remains to be done when everything is decided: to keep it, and to answer.
struct door::outgoing {
    std::string payload;
    callback_answer answer;
    std::optional<std::string> ring;  // With the doorbell's token.
    std::uint16_t span = 1;
};

/// Where the journal finds who waits for a record, and leaves the record's memory. It lies in the coroutine that waits:
/// where appending begins, running out of memory could not be told any more.
struct door::landing {
    alignas(std::max_align_t) std::array<std::byte, 64> waiter;
    std::string memory;
    std::size_t bytes = 0;
};

door::door(parts with, stream::dedup_index known)
    : with_(std::move(with)), known_(std::move(known)), setup_(std::make_shared<setup>()) {
    idle_work_.reserve(idle_work_max);  // Giving back is the last thing to fail.
    idle_payloads_.reserve(idle_work_max);
}
door::~door() = default;

void door::serve(const config& settings) {
    auto made = std::make_shared<setup>();
    for (const yizhan::account& each : settings.accounts) {
        const adapters::adapter_kind& kind = *adapters::find_kind(each.channel, each.kind);
        endpoint at{each,
                    kind.make(each).value(),
                    &kind,
                    kind.sends ? kind.sends(each) : nullptr,
                    address_list(each.allow_from),
                    with_.count.kept_on(each.channel),
                    each.channel == "weibo",
                    body_max_of(each, settings.limits)};
        made->endpoints.emplace(each.id, std::move(at));
    }
    made->rules = settings.rules;
    made->body_max = settings.limits.body;
    made->workspace = settings.rules->make_workspace();
    admits_->set_memory(settings.limits.memory);
    setup_ = std::move(made);
}

/// Under whose name an event goes on: the tenant's, where one account serves many.
origin door::origin_of(const endpoint& at, const adapters::decoded& all) {
    if (all.tenant.empty()) return {at.settings.channel, at.settings.id};
    return {at.settings.channel, all.tenant, at.settings.id};
}

/// By the machine's clock and by the one that does not jump: neither a clock that somebody sets wrong nor one that
/// somebody sets right turns genuine callbacks away.
bool door::is_stale(const endpoint& at, const adapters::opening& opened, std::int64_t now_ms) {
    const std::int64_t age_max_ms = at.settings.freshness_s * 1000;
    return std::abs(now_ms - opened.signed_at_ms) > age_max_ms &&
           std::abs(steady_ms() - opened.signed_at_ms) > age_max_ms;
}

std::unique_ptr<door::work> door::take_work() {
    if (idle_work_.empty()) return std::make_unique<work>();
    auto taken = std::move(idle_work_.back());
    idle_work_.pop_back();
    return taken;
}

void door::give_back(std::unique_ptr<work> done) {
    const std::size_t bytes = done->clear.capacity() + done->platform.capacity();
    if (idle_work_.size() < idle_work_max && bytes < idle_payload_max) idle_work_.push_back(std::move(done));
}

callback_answer door::refuse(std::string_view channel, std::string_view account, const error_code& why,
                             const callback_request& request) {
    with_.count.ingested(channel, yizhan::name_of(why));
    if (const std::int64_t second = request.read_at_ms / 1000; second != refusals_second_) {
        if (refusals_logged_ > refusals_logged_max)
            log::warn("more callbacks refused than logged",
                      {
                          {"count", refusals_logged_ - refusals_logged_max}
            });
        refusals_second_ = second;
        refusals_logged_ = 0;
    }
    if (++refusals_logged_ <= refusals_logged_max)
        log::warn("callback refused",
                  {
                      {"account", account             },
                      {"reason",  yizhan::name_of(why)},
                      {"address", request.address     }
        });
    const unsigned status = status_of(why);
    return {status, std::string(body_of(status)), false, false};
}

callback_answer door::refuse_framing(const error_code& why, std::string_view address) {
    callback_request nothing;
    nothing.address = address;
    nothing.read_at_ms = now_ms();
    return refuse("", "", why, nothing);
}

callback_answer door::turn_away(const endpoint& at, overload why) {
    with_.count.turned_away(name_of(why));
    if (const std::int64_t now = steady_us(); now - overload_logged_us_ > overload_log_every_us) {
        overload_logged_us_ = now;
        log::warn("callbacks are turned away", {
                                                   {"reason", name_of(why)}
        });
    }
    return not_kept(at, errc::overloaded);
}

callback_answer door::not_kept(const endpoint& at, const error_code& why) {
    with_.count.ingested(at.settings.channel, yizhan::name_of(why));
    if (at.retries_503) return {503, "", false, false};
    return {0, "", false, true};
}

net::task<callback_answer> door::answer(callback_request request) {
    const std::shared_ptr<setup> under = setup_;
    endpoint* const at = find(*under, request.target);
    if (!at) co_return refuse("", "", errc::unknown_account, request);
    std::unique_ptr<work> doing = take_work();
    std::optional<callback_answer> at_once = read(*at, request, *doing);
    // Whoever comes with the same happening waits for the first, and then looks again.
    while (!at_once) {
        flight* const same = on_its_way(doing->decoded);
        if (!same) break;
        const auto [failed] = co_await end_of(*same);
        if (failed) at_once = not_kept(*at, failed);
    }
    if (!at_once) at_once = before_keeping(*at, request, *doing);
    if (at_once) {
        give_back(std::move(doing));
        co_return std::move(*at_once);
    }
    flight begun(flights_, with_.executor);
    begun.begin(doing->decoded);
    begin_deciding(*at, request, *doing);
    for (std::size_t index = 0; index < doing->decoded.events.size(); ++index) {
        doing->decisions.push_back(decide(*under, *at, index, request.read_at_ms, *doing));
        if (doing->decisions.back().wants_facts) co_await ask_and_decide(*under, *at, index, request.read_at_ms, *doing);
        settle(*at, index, request, *doing);
    }
    if (doing->says) begun.ids.push_back(desk::id_of_answer(doing->decoded.events.front().id));
    outgoing made = write_down(*under, *at, request, *doing);
    give_back(std::move(doing));
    landing here;
    const auto [failed, where] = co_await keep(std::move(made.payload), made.span, here);
    note_landing(here, failed, where);
    begun.failed = failed;
    if (failed) co_return not_kept(*at, failed);
    for (const event_id& each : begun.ids) known_.insert(each, where.at, where.time_us);
    at->kept.increment();
    if (made.ring) with_.ring(at->settings.id, std::move(*made.ring));
    co_return std::move(made.answer);
}

overload door::at_the_gate(std::int64_t now_us) const {
    if (!memory_reserve::renew()) return overload::memory;
    return admits_->at_the_gate(now_us);
}

/// Proved, opened and decoded; or what it is answered with at once.
std::optional<callback_answer> door::read(endpoint& at, const callback_request& request, work& doing) {
    const std::size_t question = std::min(request.target.find('?'), request.target.size());
    const std::size_t slash = std::min(request.target.find('/', prefix.size()), question);
    const std::string& channel = at.settings.channel;
    request.wait_for(at.settings.deadline_ms);
    if (const overload why = at_the_gate(request.read_us); why != overload::none) return turn_away(at, why);
    const auto refused = [&](const error_code& why) { return refuse(channel, at.settings.id, why, request); };
    if (!at.allow_from.empty() && !at.allow_from.contains(request.address)) return refused(errc::address_refused);
    if (!request.is_get && !request.is_post) return refused(errc::method_refused);
    if (request.has_content_encoding) return refused(errc::encoding_refused);

    doing.parameters.read(request.target.substr(std::min(question + 1, request.target.size())));
    doing.suffix = request.target.substr(slash, question - slash);
    const adapters::callback received = doing.received(request);
    const auto opened = request.is_get ? at.speaks->verify(received, doing.clear) : at.speaks->open(received, doing.clear);
    if (!opened) return refused(opened.error());
    if (request.is_get || opened->is_check) {
        if (is_stale(at, *opened, request.read_at_ms)) return refused(errc::stale_timestamp);
        with_.count.ingested(channel, "verified");
        return callback_answer{200, std::string(opened->clear), true, false};
    }
    doing.opened = *opened;
    adapters::decoded& said = doing.decoded;
    if (const auto decoded = at.speaks->decode(received, opened->clear, said); !decoded) return refused(decoded.error());
    doing.patience_ms = at.settings.deadline_ms;
    if (said.patience_ms != 0) request.wait_for(doing.patience_ms = std::min(said.patience_ms, doing.patience_ms));
    for (event& each : said.events)
        if (!each.deduplicated) crypto::fill_random(each.id);
    return std::nullopt;
}

/// What it is answered with when it is not to be kept: it is known already, too old, or there is no room for it.
std::optional<callback_answer> door::before_keeping(endpoint& at, const callback_request& request, work& doing) {
    adapters::decoded& said = doing.decoded;
    const auto again = [&](std::string_view answer) {
        with_.count.ingested(at.settings.channel, "duplicate");
        return say(at, doing.received(request), doing.opened, answer, request.read_at_ms);
    };
    const event_id first = said.events.front().id;
    if (all_known(said)) {
        const auto answer = answer_to(first);
        return answer ? again(*answer) : not_kept(at, errc::not_found);
    }
    if (is_stale(at, doing.opened, request.read_at_ms))
        return refuse(at.settings.channel, at.settings.id, errc::stale_timestamp, request);
    if (said.asks_again)
        if (const auto answer = answer_to(*said.asks_again)) return again(*answer);
    if (const error_code why = with_.journal.refuses()) return not_kept(at, why);
    if (const overload why = admits_->before_keeping(steady_us(), doing.patience_ms - request.waited_ms); why != overload::none)
        return turn_away(at, why);
    return std::nullopt;
}

callback_answer door::say(endpoint& at, const adapters::callback& received, const adapters::opening& opened,
                          std::string_view clear, std::int64_t now_ms) {
    if (at.speaks->is_silence(clear)) return {200, std::string(clear), false, false};
    return {200, at.speaks->seal(received, opened, clear, moment_at(now_ms)), false, false};
}

std::size_t door::body_max(std::string_view target) const {
    const endpoint* at = find(*setup_, target);
    return at ? at->body_max : setup_->body_max;
}

/// The account that a path names.
door::endpoint* door::find(setup& under, std::string_view target) {
    if (!target.starts_with(prefix)) return nullptr;
    target.remove_prefix(prefix.size());
    const auto found = under.endpoints.find(target.substr(0, std::min(target.find('/'), target.find('?'))));
    return found == under.endpoints.end() ? nullptr : &found->second;
}

/// The answer that was given to this event; none when it is not (or no longer) known.
std::optional<std::string> door::answer_to(const event_id& id) const {
    const auto place = known_.find(id);
    if (!place) return std::nullopt;
    const auto payload = with_.journal.read(*place);
    const auto answer = payload ? stream::answer_of(*payload) : result<std::string_view>(errc::not_found);
    return answer ? std::optional<std::string>(*answer) : std::nullopt;
}

/// A callback on its way that has one of these events; null when there is none.
door::flight* door::on_its_way(const adapters::decoded& callback) const {
    for (const event& each : callback.events)
        if (const auto found = flights_->find(each.id); found != flights_->end()) return found->second;
    return nullptr;
}

/// Comes back when it is kept, or is not.
net::task<std::tuple<error_code>> door::end_of(flight& of) {
    const auto wait = [&of](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        of.waiting.push_back([shared](error_code failed) { std::move (*shared)(failed); });
    };
    return asio::async_initiate<const decltype(net::as_result), void(error_code)>(wait, net::as_result);
}

/// Leaves the events that are new; true when there is none.
bool door::all_known(adapters::decoded& callback) const {
    const auto is_known = [&](const event& each) { return known_.find(each.id).has_value(); };
    if (std::ranges::all_of(callback.events, is_known)) return true;
    for (std::size_t at = callback.events.size(); at-- > 0;) {
        const auto before = std::span(callback.events).first(at);
        const bool is_repeated =
            std::ranges::find(before, callback.events[at].id, &event::id) != before.end();
        if (!is_known(callback.events[at]) && !is_repeated) continue;
        const auto offset = static_cast<std::ptrdiff_t>(at);
        callback.events.erase(callback.events.begin() + offset);
        if (!callback.parts.empty()) callback.parts.erase(callback.parts.begin() + offset);
    }
    return false;
}

/// What does not depend on the rules: the answer that the platform is owed in any case, and when a thing without a time happened.
void door::begin_deciding(const endpoint& at, const callback_request& request, work& doing) {
    doing.answer = at.speaks->receipt(doing.decoded, moment_at(request.read_at_ms));
    doing.has_own_answer = !at.speaks->is_silence(doing.answer);
    doing.replied = false;
    for (event& each : doing.decoded.events) {
        if (each.at_ms == 0) each.at_ms = request.read_at_ms;
        if (each.type == "unknown") with_.count.unknown_event(at.settings.channel);
    }
    doing.begin_decisions();
}

/// Whether the reply that the rules want for an event is the callback's answer, a message of its own, or neither.
void door::settle(const endpoint& at, std::size_t index, const callback_request& request, work& doing) {
    const event& about = doing.decoded.events[index];
    router::decision& decided = doing.decisions[index];
    if (decided.reply && doing.has_own_answer && !decided.goes_out) decided.reply_refused = "this callback has an answer of its own";
    if (decided.goes_out && doing.decoded.events.size() == 1)
        let_out(decided, about.welcome_code, doing);
    else if (std::exchange(decided.goes_out, false))
        decided.reply_refused = "several things happened at once";
    if (decided.reply && decided.reply_refused.empty() && !decided.goes_out && !doing.replied) {
        doing.answer = at.speaks->answer(doing.decoded, about, *decided.reply, moment_at(request.read_at_ms));
        doing.replied = true;
    }
}

door::outgoing door::write_down(const setup& under, endpoint& at, const callback_request& request, work& doing) {
    outgoing made;
    const event& first = doing.decoded.events.front();
    if (at.way && first.type == "account.messages_waiting" && first.to.id == at.way->pulls()) made.ring = first.call_token;
    made.span = static_cast<std::uint16_t>(doing.decisions.size() + (doing.says ? 1 : 0));
    made.payload = payload_of(under, at, doing.opened.clear, doing.answer, doing);
    made.answer = say(at, doing.received(request), doing.opened, doing.answer, request.read_at_ms);
    return made;
}

/// Whether what cannot be the answer to a callback can be said all the same: with the code that came with it, or since
/// the customer may be written to because of it.
bool door::goes_out(const endpoint& at, const event& about, const reply& with) {
    if (!at.way || about.from.id.empty() || about.is_outbound) return false;
    reply said = with;
    said.code = about.welcome_code;
    const bool is_welcome = !said.code.empty();
    const bool is_menu = with.kind == reply_kind::menu && about.from_person &&
                         (!at.kind->opens || adapters::window_of(*at.kind, at.settings, about).by != adapters::window::opener::nothing);
    return (is_welcome || is_menu) && at.way->cannot_send(said).empty();
}

/// As a message of its own. `code`: with which something may be said once, if there is one.
void door::let_out(const router::decision& decided, std::string_view code, work& doing) {
    doing.says = *decided.reply;
    if (is_said(doing.says->kind)) doing.says->code = code;
}

/// With which something may be said once because of what was pulled: at a session's beginning, or at its end.
std::string_view door::code_of(const event& pulled) { return pulled.welcome_code.empty() ? pulled.ticket : pulled.welcome_code; }

/// Why the answer to something that was pulled cannot go out.
std::string_view door::cannot_answer(const endpoint& at, const event& about, const reply& with, std::int64_t now_ms) {
    if (!at.way) return "the account has nothing to send with";
    if (about.is_outbound || about.from.id.empty()) return "nobody is there to be answered";
    if (now_ms - about.at_ms > answered_within_ms) return "it is too old to be answered by itself";
    reply said = with;
    if (is_said(said.kind)) said.code = code_of(about);
    return at.way->cannot_send(said);
}

/// Something that was pulled: as a callback from where it is decoded. What is known already is passed over.
net::task<error_code> door::take_in(std::string account, std::string item, std::int64_t not_before_ms) {
    const std::shared_ptr<setup> under = setup_;
    const auto found = under->endpoints.find(account);
    if (found == under->endpoints.end()) co_return errc::unknown_account;
    endpoint& at = found->second;
    const query none;
    const adapters::callback received{adapters::pulled_suffix, none, item};
    std::unique_ptr<work> doing = take_work();
    adapters::decoded& said = doing->decoded;
    if (const auto decoded = at.speaks->decode(received, item, said); !decoded) {
        with_.count.ingested(at.settings.channel, yizhan::name_of(decoded.error()));
        log::error("something that was pulled cannot be read", {
                                                                   {"account", at.settings.id                        },
                                                                   {"reason",  yizhan::name_of(decoded.error())}
        });
        co_return error_code{};  // It would not be better the next time.
    }
    said.suffix = adapters::pulled_suffix;
    if (said.events.front().at_ms < not_before_ms) co_return error_code{};
    if (all_known(said)) {
        with_.count.ingested(at.settings.channel, "duplicate");
        co_return error_code{};
    }
    if (const error_code why = with_.journal.refuses()) co_return why;
    if (applier_lags()) co_return errc::overloaded;  // Nobody waits for an answer here: rather late than without one.
    const std::int64_t now = now_ms();
    event& happened = said.events.front();
    if (happened.at_ms == 0) happened.at_ms = now;
    if (happened.type == "unknown") with_.count.unknown_event(at.settings.channel);
    doing->begin_decisions();
    doing->decisions.push_back(happened.is_outbound ? router::decision{} : decide(*under, at, 0, now, *doing));
    if (doing->decisions.front().wants_facts) co_await ask_and_decide(*under, at, 0, now, *doing);
    if (doing->decisions.front().goes_out) let_out(doing->decisions.front(), code_of(happened), *doing);
    const event_id id = happened.id, answer = desk::id_of_answer(id);
    const bool answers = doing->says.has_value();
    std::string payload = payload_of(*under, at, item, "", *doing);
    give_back(std::move(doing));
    landing here;
    const auto [failed, where] = co_await keep(std::move(payload), answers ? 2 : 1, here);
    note_landing(here, failed, where);
    if (failed) co_return failed;
    known_.insert(id, where.at, where.time_us);
    if (answers) known_.insert(answer, where.at, where.time_us);
    at.kept.increment();
    co_return error_code{};
}

/// Whether what came with it is to be fetched.
bool door::keeps(const account& settings, const event& what) {
    constexpr std::string_view message = "message.";
    if (what.is_outbound || !what.type.starts_with(message)) return false;
    return std::ranges::find(settings.keeps_media, what.type.substr(message.size())) != settings.keeps_media.end();
}

/// The record of one callback: everything that follows from it, so that nothing has to be decided again.
std::string door::payload_of(const setup& under, const endpoint& at, std::string_view clear,
                             std::string_view answer, work& doing) {
    stream::kept_callback& whole = doing.whole;
    const origin through = origin_of(at, doing.decoded);
    whole.account = through.account;
    whole.via = through.via;
    whole.channel = at.settings.channel;
    whole.original = clear;
    whole.answer = answer;
    whole.events.resize(doing.decisions.size());
    std::size_t bytes = clear.size() + answer.size() + 256;
    for (std::size_t index = 0; index < doing.decisions.size(); ++index) {
        const event& happened = doing.decoded.events[index];
        const router::decision& said = doing.decisions[index];
        std::string& event_json = doing.event_jsons[index];
        std::string& decision_json = doing.decision_jsons[index];
        event_json.clear();
        doing.platform.clear();
        doing.decoded.append_platform(doing.platform, index);
        append_json(event_json, happened, through, doing.platform);
        decision_json.clear();
        under.rules->append_json(decision_json, said);
        bytes += event_json.size() + decision_json.size() + 256;

        stream::effects& follows = whole.events[index];
        follows.id = happened.id;
        follows.type = happened.type;
        const party& customer = happened.is_outbound ? happened.to : happened.from;
        const bool is_person = !customer.id.empty() && (happened.from_person || is_one_of_ours(customer.kind));
        follows.person_kind = is_person ? customer.kind : std::string_view{};
        follows.person_id = is_person ? customer.id : std::string_view{};
        follows.person_scope = is_person ? happened.scope : std::string_view{};
        follows.only_named = !happened.from_person && !happened.is_outbound && happened.moves == control_moves::nothing;
        follows.at_ms = happened.at_ms;
        follows.queue = said.queue;
        follows.stage = said.stage;
        follows.priority = said.priority;
        follows.tags = said.tags;
        follows.skills = said.skills;
        follows.drop = said.drop;
        follows.to_platform_desk =
            happened.moves == control_moves::to_platform ||
            (said.reply && said.reply->kind == reply_kind::platform_desk && said.reply_refused.empty());
        follows.from_platform_desk = happened.moves == control_moves::back;
        follows.granted = {}, follows.opens = {}, follows.closes = false, follows.outgoing = {}, follows.delivered = {}, follows.media = {};
        if (is_person && happened.media && keeps(at.settings, happened)) follows.media = {happened.media->id, happened.media->url};
        follows.wants_profile = at.settings.keeps_profiles && is_person && happened.from_person;
        if (is_person && happened.from_person) {
            const adapters::window opened = adapters::window_of(*at.kind, at.settings, happened);
            follows.closes = opened.is_shut;
            if (opened.by != adapters::window::opener::nothing)
                follows.opens = {static_cast<std::uint8_t>(opened.by), happened.at_ms + opened.lasts_ms, opened.count};
        }
        if (happened.grant) {
            const std::int64_t lifetime_ms = happened.grant->lifetime_ms;
            follows.granted = {happened.grant->kind, happened.grant->party, happened.grant->value,
                               lifetime_ms ? happened.at_ms + lifetime_ms : 0};
        }
        follows.event_json = event_json;
        follows.decision_json = decision_json;
    }
    if (doing.says) {
        const event& to = doing.decoded.events.front();
        desk::message_letter letter{.id = desk::id_of_answer(to.id), .from = at.settings, .to = {to.from.kind, to.scope, to.from.id}, .what = *doing.says};
        letter.at_ms = to.at_ms;
        letter.said_by = "rules";
        whole.events.push_back(desk::effects_of(letter, doing.says_json, doing.says_message));
        bytes += doing.says_json.size() + doing.says_message.size() + 256;
    }
    std::string payload;
    if (!idle_payloads_.empty()) {
        payload = std::move(idle_payloads_.back());
        idle_payloads_.pop_back();
    }
    payload.reserve(bytes);
    stream::append_kept(payload, whole);
    return payload;
}

bool door::applier_lags() const {
    const std::int64_t since = with_.unapplied_since_us();
    return since != 0 && steady_us() - since > applier_lag_max_us;
}

router::decision door::decide(setup& under, const endpoint& at, std::size_t index, std::int64_t now_ms, work& doing) {
    const event& about = doing.decoded.events[index];
    facts known;
    auto here = crm::facts_cache::answer::plain;
    if (about.from_person) {
        crm::person_key(about.from.kind, about.scope, about.from.id, doing.person);
        here = facts_.find(doing.person, origin_of(at, doing.decoded).account, known);
    }
    const bool is_known = here != crm::facts_cache::answer::unknown && knows_budget(under, at, doing.decoded, about, known);
    return decide_with(under, at, doing.decoded, about, is_known ? &known : nullptr, now_ms);
}

/// How the customer may be written to, where a rule asks for it. False: that depends on what was before.
bool door::knows_budget(const setup& under, const endpoint& at, const adapters::decoded& all, const event& about, facts& into) {
    if (!under.rules->asks_of_budget() || !about.from_person) return true;
    into.may_answer = about.shows == shown::replies && all.suffix != adapters::pulled_suffix;
    const adapters::window opened = adapters::window_of(*at.kind, at.settings, about);
    const bool is_always_open = at.way && !at.kind->opens;
    if (is_always_open || opened.by != adapters::window::opener::nothing) into.may_write = true;
    if (opened.is_shut) into.may_write = false;
    return is_always_open || opened.is_shut || opened.by != adapters::window::opener::nothing;
}

/// The same with what the state knows of the contact.
net::task<> door::ask_and_decide(setup& under, const endpoint& at, std::size_t index, std::int64_t now_ms, work& doing) {
    const std::optional<facts> asked =
        co_await known_of(doing.person, origin_of(at, doing.decoded).account, under.rules->asks_of_budget());
    facts known = asked.value_or(facts{});
    const event& about = doing.decoded.events[index];
    knows_budget(under, at, doing.decoded, about, known);
    doing.decisions[index] = decide_with(under, at, doing.decoded, about, &known, now_ms);
}

router::decision door::decide_with(setup& under, const endpoint& at, const adapters::decoded& all,
                                   const event& about, facts* known, std::int64_t now_ms) {
    const bool lags = applier_lags();
    // Whoever has it no longer is not in the way of what is said to that.
    if (known && about.moves == control_moves::back && known->control == control::platform) known->control = control::rule;
    if (lags && known) known->control = control::agent, known->control_until_ms = 0;
    router::decision said = under.rules->decide(about, origin_of(at, all), known, now_ms, *under.workspace);
    if (!said.reply) return said;
    const bool is_text = said.reply->kind == reply_kind::text || said.reply->kind == reply_kind::card_button;
    if (is_text && said.reply->text.empty()) {
        said.reply_refused = "the text came out empty";
    } else if (lags) {
        said.reply_refused = "the state is behind, and a person might have the conversation";
    } else if (known->control_at(now_ms) != control::rule) {
        said.reply_refused = "somebody else has the conversation";
    } else if (all.suffix == adapters::pulled_suffix) {
        said.reply_refused = cannot_answer(at, about, *said.reply, now_ms);
        said.goes_out = said.reply_refused.empty();
    } else {
        said.reply_refused = said.reply->kind >= reply_kind::menu ? "an answer to a callback has no such kind"
                                                                  : at.speaks->cannot_say(all, about, *said.reply);
        said.goes_out = !said.reply_refused.empty() && goes_out(at, about, *said.reply);
        if (said.goes_out) said.reply_refused = {};
    }
    return said;
}

/// Asks the state, for 50 ms at most; without an answer it goes on without.
net::task<std::optional<facts>> door::known_of(std::string person, std::string_view account, bool with_budget) {
    struct question {
        asio::steady_timer timer;
        std::optional<crm::person_facts> found;
        bool is_answered = false;
    };
    const auto asked =
        std::make_shared<question>(question{asio::steady_timer(with_.executor, facts_patience), {}, false});
    with_.ask_state(person, with_budget, [asked](std::optional<crm::person_facts> found) {
        asked->found = std::move(found);
        asked->is_answered = true;
        asked->timer.cancel();
    });
    if (!asked->is_answered) co_await asked->timer.async_wait(net::as_result);
    // What the applier said meanwhile is newer than what was read.
    facts known;
    if (!asked->found) {
        if (facts_.find(person, account, known) == crm::facts_cache::answer::unknown) co_return std::nullopt;
        co_return known;
    }
    const bool may_write = std::ranges::find(asked->found->open_in, account) != asked->found->open_in.end();
    if (facts_.find(person, account, known) == crm::facts_cache::answer::unknown) {
        known = crm::facts_for(*asked->found, account);
        asked->found->open_in.clear();
        facts_.update(std::move(*asked->found));
    }
    known.may_write = may_write;
    co_return known;
}

/// Hands a record to the journal and comes back when it is durable, or never will be.
net::task<std::tuple<error_code, stream::appended>> door::keep(std::string payload, std::uint16_t span, landing& here) {
    here.bytes = payload.size();
    auto begin = [this, payload = std::move(payload), span, &here](auto handler) mutable {
        using waiter_type = append_waiter_of<decltype(handler)>;
        static_assert(sizeof(waiter_type) <= sizeof here.waiter);
        auto* const waiter = new (here.waiter.data()) waiter_type(std::move(handler), here.memory);
        try {
            with_.journal.append({std::move(payload), stream::kind_callback, span, waiter});
            admits_->appended(here.bytes, steady_us());
        } catch (const std::bad_alloc&) {
            admits_->appended(here.bytes, steady_us());
            asio::post(with_.executor, [resume = waiter->leave()]() mutable {
                std::move(resume)(make_error_code(errc::storage_failed), stream::appended{});
            });
        }
    };
    return asio::async_initiate<const decltype(net::as_result), void(error_code, stream::appended)>(std::move(begin),
                                                                                                    net::as_result);
}

void door::note_landing(landing& here, const error_code& failed, const stream::appended& where) {
    if (failed)
        admits_->not_kept(here.bytes);
    else
        admits_->kept(here.bytes, where.time_us, steady_us());
    if (idle_payloads_.size() < idle_work_max && here.memory.capacity() < idle_payload_max)
        idle_payloads_.push_back(std::move(here.memory));
}

}  // namespace yizhan::gateway
