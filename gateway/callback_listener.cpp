#include "gateway/callback_listener.hpp"

#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "core/keyed_hash.hpp"
#include "core/time.hpp"
#include "gateway/admission.hpp"
#include "gateway/framing.hpp"
#include "gateway/log.hpp"
#include "gateway/request_parser.hpp"
#include "gateway/tls.hpp"

namespace yizhan::gateway {
namespace asio = net::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr std::int64_t head_ms = 5000, body_ms = 5000, idle_ms = 75000;
constexpr auto sweep_every = std::chrono::milliseconds(100);
constexpr std::size_t buffer_begin = 4096;
constexpr std::int64_t linger_ms = 1000, drain_idle_ms = 300;
constexpr int accepted_at_once_max = 32, waiting_max = 4096;
constexpr int send_buffer_bytes = 64 * 1024;  // Answers are short; whoever reads none must not fill megabytes.
constexpr std::size_t session_bytes = 8 * 1024;   // What a connection costs, its socket aside,
constexpr std::size_t tls_bytes = 76 * 1024;      // and more with TLS: two buffers of ours and two of the library's.

constexpr std::string_view phrase_of(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Payload Too Large";
        case 415:
            return "Unsupported Media Type";
        default:
            return "Service Unavailable";
    }
}

constexpr std::string_view type_of(const callback_answer& answer) {
    const std::string_view body = answer.body;
    if (answer.is_echo) return "text/plain; charset=utf-8";
    if (body.starts_with('<')) return "text/xml; charset=utf-8";
    if (body.starts_with('{')) return "application/json; charset=utf-8";
    return "text/plain; charset=utf-8";
}

/// The whole response as one string: serialising a message object per answer costs a sixth of the rate.
void write_response(std::string& out, const callback_answer& answer, bool keep_alive) {
    out.clear();
    out.append("HTTP/1.1 ")
        .append(std::to_string(answer.status))
        .append(" ")
        .append(phrase_of(answer.status));
    out.append("\r\nContent-Type: ").append(type_of(answer));
    out.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
    if (answer.status == 405) out.append("\r\nAllow: GET, POST");
    out.append(keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n").append(answer.body);
}

/// How long this connection, or what came last on it, lay in the kernel before we came to it.
template <class Socket>
std::int64_t waited_ms(Socket& socket) {
    tcp_info known{};
    socklen_t length = sizeof known;
    if (::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &known, &length) != 0) return 0;
    return known.tcpi_last_data_recv;
}

/// Most answers fit into the socket's buffer: then nobody has to wait. How much was taken; an error shows
/// again in the wait for the rest.
std::size_t send_at_once(tcp::socket& socket, const std::string& bytes) {
    error_code failed;
    const std::size_t sent = socket.write_some(asio::buffer(bytes), failed);
    return failed ? 0 : sent;
}
std::size_t send_at_once(asio::ssl::stream<tcp::socket>&, const std::string&) { return 0; }

enum class doing { idle, reading, answering };

/// What the sweep sees of a session.
struct session {
    explicit session(admission& of) : room(of) {}
    admission::room room;
    bool is_new = true;            // Nothing was asked on it yet.
    std::int64_t deadline_ms = 0;  // On the clock that nobody sets.
    doing now = doing::reading;
    std::function<void()> close;
    std::string address;
    std::size_t index = 0;  // In the list of all.
};

/// What a session reads into; grows with the request, as far as there is memory, and stays small while the
/// connection is idle.
struct input {
    input(admission::room& its_room, std::size_t of_its_session) : room_taken(its_room), base_bytes(of_its_session) {}
    admission::room& room_taken;
    std::size_t base_bytes;
    std::vector<char> bytes = std::vector<char>(buffer_begin);
    std::size_t used = 0;

    std::string_view view() const { return {bytes.data(), used}; }
    asio::mutable_buffer room() { return {bytes.data() + used, bytes.size() - used}; }
    /// `joined`: how much of a body in chunks there is besides.
    bool make_room(std::size_t for_whole, std::size_t joined = 0) {
        const std::size_t wanted = std::max(for_whole, bytes.size());
        if (!room_taken.take(base_bytes + wanted - buffer_begin + joined)) return false;
        bytes.resize(wanted);
        return true;
    }
    void consume(std::size_t count) {
        std::memmove(bytes.data(), bytes.data() + count, used - count);
        used -= count;
        if (used == 0 && bytes.size() > 4 * buffer_begin) std::vector<char>(buffer_begin).swap(bytes);
    }
    void forget_body() { room_taken.take(base_bytes + bytes.size() - buffer_begin); }
};

/// What is left of a request when it was read: views into what was read, or into the joined chunks.
struct received {
    std::string_view body;
    std::string joined;
    std::size_t consumed = 0;  // Of what was read.
    error_code bad;
};

received parse(std::string_view whole, std::size_t body_max) {
    request_parser parser;
    parser.eager(true);
    parser.body_limit(body_max);
    received made;
    made.consumed = parser.put(asio::buffer(whole), made.bad);
    made.body = parser.body();
    if (!made.bad && !parser.is_done()) made.bad = errc::malformed_framing;
    return made;
}

}  // namespace

struct callback_listener::parts : std::enable_shared_from_this<parts> {
    parts(asio::io_context& its_context, door& its_door, metrics& its_count)
        : context(its_context), to(its_door), count(its_count), admits(its_door.admits()),
          acceptor(context), sweeper(context), breather(context), bell(context, ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

    asio::io_context& context;
    door& to;
    metrics& count;
    std::shared_ptr<admission> admits;
    tcp::acceptor acceptor;
    asio::steady_timer sweeper, breather;
    asio::posix::stream_descriptor bell;  // Rung by the sweep; heard when it is its turn, as a request would be.
    std::unique_ptr<asio::ssl::context> tls;
    gateway::limits limits;
    address_list trusted;
    std::vector<session*> sessions;
    std::atomic<std::size_t> open{0};
    std::unordered_map<std::string, std::size_t, keyed_hash> by_address;
    bool draining = false, accepting = false;
    std::int64_t accepting_since_ms = 0;
    std::size_t beginning = 0;  // Accepted, and not yet among the sessions.
    std::function<void()> drained;

    void end_of_drain() {
        if (draining && !accepting && beginning == 0 && sessions.empty() && drained) std::exchange(drained, nullptr)();
    }

    void enter(session& who) {
        who.index = sessions.size();
        ++by_address[who.address];
        try {
            sessions.push_back(&who);
        } catch (const std::bad_alloc&) {  // Nobody may find one that is not there.
            forget_address(who.address);
            throw;
        }
        open = sessions.size();
    }
    void forget_address(const std::string& address) {
        if (const auto found = by_address.find(address); --found->second == 0) by_address.erase(found);
    }
    void leave(session& who) {
        sessions[who.index] = sessions.back();
        sessions[who.index]->index = who.index;
        sessions.pop_back();
        forget_address(who.address);
        open = sessions.size();
        end_of_drain();
    }

    std::size_t bytes_of_session() const { return session_bytes + (tls ? tls_bytes : 0); }
    net::task<> accept();
    net::task<> accept_waiting();
    void welcome(tcp::socket socket);
    net::task<> sweep();
    struct beginning_ends;
    net::task<> hear_bell();
    net::task<> begin(tcp::socket socket);
    template <class Stream>
    net::task<> serve(Stream& stream, session& me);
    template <class Stream>
    net::task<bool> read_rest(Stream& stream, input& in, std::size_t whole);
    template <class Stream>
    net::task<bool> read_chunks(Stream& stream, input& in, std::size_t body_max, received& into);
    template <class Stream>
    net::task<> drain_input(Stream& stream, session& me);
    bool turn_away() const;
    std::string_view address_of(const session& me, std::string_view forwarded_for) const;
};

/// The address nearest to us that is not one of our proxies.
std::string_view callback_listener::parts::address_of(const session& me,
                                                      std::string_view forwarded_for) const {
    std::string_view address = me.address;
    while (!forwarded_for.empty() && trusted.contains(address)) {
        const std::size_t comma = forwarded_for.rfind(',');
        address = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
        forwarded_for = forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
        while (!address.empty() && address.front() == ' ') address.remove_prefix(1);
        while (!address.empty() && address.back() == ' ') address.remove_suffix(1);
    }
    return address;
}

/// Closed without a word, since nobody knows yet whether it is genuine.
bool callback_listener::parts::turn_away() const {
    count.turned_away(name_of(overload::memory));
    return false;
}

/// Until a request of known length is there. False when the peer left, or has to.
template <class Stream>
net::task<bool> callback_listener::parts::read_rest(Stream& stream, input& in, std::size_t whole) {
    while (in.used < whole) {
        if (in.used == in.bytes.size() && !in.make_room(std::min(whole, 2 * in.bytes.size()))) co_return turn_away();
        const auto [failed, count_read] = co_await stream.async_read_some(in.room(), net::as_result);
        if (failed) co_return false;
        in.used += count_read;
    }
    co_return true;
}

/// Feeds a parser until the last chunk is there. False when the peer left, or has to.
template <class Stream>
net::task<bool> callback_listener::parts::read_chunks(Stream& stream, input& in, std::size_t body_max, received& into) {
    request_parser parser;
    parser.eager(true);
    parser.body_limit(body_max);
    into.consumed = parser.put(asio::buffer(in.bytes.data(), in.used), into.bad);
    while (!parser.is_done()) {
        if (into.bad && into.bad != http::error::need_more) co_return true;
        in.consume(std::exchange(into.consumed, 0));
        const std::size_t more = in.used == in.bytes.size() ? in.used + buffer_begin : in.used;
        if (!in.make_room(more, 2 * parser.body().size())) co_return turn_away();
        if (in.used > limits.body + head_bytes_max) {
            into.bad = errc::malformed_framing;
            co_return true;
        }
        const auto [failed, count_read] = co_await stream.async_read_some(in.room(), net::as_result);
        if (failed) co_return false;
        in.used += count_read;
        into.bad = {};
        into.consumed = parser.put(asio::buffer(in.bytes.data(), in.used), into.bad);
    }
    into.joined = parser.take_joined();
    into.body = into.joined;
    co_return true;
}

/// Reads what still comes after a refusal, for a moment: closing on unread bytes would tear the answer away.
template <class Stream>
net::task<> callback_listener::parts::drain_input(Stream& stream, session& me) {
    error_code ignored;
    stream.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    me.deadline_ms = steady_ms() + linger_ms;
    std::array<char, 4096> unread;
    for (std::size_t total = 0; total < (1 << 20);) {
        const auto [failed, count_read] =
            co_await stream.async_read_some(asio::buffer(unread), net::as_result);
        if (failed) co_return;
        total += count_read;
    }
}

template <class Stream>
net::task<> callback_listener::parts::serve(Stream& stream, session& me) {
    input in(me.room, bytes_of_session());
    std::string out, target, address;  // `address` as far as we believe the proxies.
    std::int64_t read_at = 0;          // When the last request came, by `steady_ms`.
    for (bool keep_alive = true; keep_alive;) {
        address.clear();
        bool was_there = in.used != 0;  // Whole, behind the request before.
        framing frame;
        error_code refused;
        // The clock is asked only where something is waited for: most requests come whole.
        for (bool is_begun = false;;) {
            const auto examined = examine(in.view());
            if (!examined)
                refused = examined.error();
            else
                frame = *examined;
            if (refused || frame.head_bytes != 0) break;
            if (in.used == in.bytes.size() && !in.make_room(std::min(2 * in.used, head_bytes_max))) {
                turn_away();
                co_return;
            }
            if (in.used != 0 && !std::exchange(is_begun, true)) me.deadline_ms = steady_ms() + head_ms;
            const auto [failed, count_read] = co_await stream.async_read_some(in.room(), net::as_result);
            if (failed) co_return;
            was_there = false;
            me.now = doing::reading;
            in.used += count_read;
        }
        me.now = doing::reading;
        // Only to these two do both sides agree where the answer ends: after HEAD nobody reads a body.
        keep_alive = frame.keep_alive && (frame.is_get || frame.is_post) && !draining;
        if (!refused && frame.forwarded_more && trusted.contains(me.address))
            refused = errc::malformed_framing;
        const std::size_t body_max = to.body_max(frame.target);
        if (!refused && frame.content_length > body_max) refused = errc::too_large;

        callback_answer answer;
        received all;
        std::int64_t read_us = 0, done_us = 0;
        if (!refused) {
            const std::size_t whole = frame.head_bytes + frame.content_length;
            const bool is_whole = !frame.chunked && in.used >= whole;
            was_there = was_there && is_whole;
            if (!is_whole || frame.expects_continue) me.deadline_ms = steady_ms() + body_ms;
            if (frame.expects_continue) {
                constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
                const auto [failed, written] =
                    co_await asio::async_write(stream, asio::buffer(go_on), net::as_result);
                if (failed) co_return;
            }
            // The target and the forwarded address are views into `in`, which grows with the body.
            target.assign(frame.target);
            address.assign(address_of(me, frame.forwarded_for));
            if (!is_whole && !frame.chunked && !co_await read_rest(stream, in, whole)) co_return;
            if (frame.chunked && !co_await read_chunks(stream, in, body_max, all)) co_return;
            if (!frame.chunked) all = parse(in.view().substr(0, whole), body_max);
            if (all.bad) refused = all.bad == http::error::body_limit ? errc::too_large : errc::malformed_framing;
        }
        if (!refused) {
            me.now = doing::answering;
            read_us = steady_us();
            me.deadline_ms = read_us / 1000 + body_ms;  // Until the door says how long the platform waits.
            // The platform's time runs since the request came, not since we came to it.
            callback_request request;
            request.waited_ms = std::exchange(me.is_new, false) ? waited_ms(stream.lowest_layer())
                                : was_there                     ? read_us / 1000 - read_at
                                                                : admits->loop_delay_us(read_us) / 1000;
            read_at = read_us / 1000 - request.waited_ms;
            request.is_get = frame.is_get;
            request.is_post = frame.is_post;
            request.has_content_encoding = frame.has_content_encoding;
            request.target = target;
            request.body = all.body;
            request.address = address;
            request.read_at_ms = now_ms();
            request.read_us = read_us;
            const auto wait_for = [&me, &read_at](std::int64_t patience_ms) {
                me.deadline_ms = read_at + patience_ms;
            };
            request.wait_for = wait_for;
            answer = co_await to.answer(request);
            done_us = steady_us();
            if (done_us / 1000 >= me.deadline_ms) {  // The sweep comes by ten times a second only.
                count.missed_deadline();
                co_return;
            }
        }
        if (refused) {
            answer = to.refuse_framing(refused, address.empty() ? std::string_view(me.address) : address);
            keep_alive = false;
        }
        if (answer.close_silently) co_return;
        keep_alive = keep_alive && !draining;
        write_response(out, answer, keep_alive);
        const std::size_t sent = send_at_once(stream, out);
        if (sent < out.size()) {
            const auto rest = asio::buffer(out) + sent;
            const auto [failed, written] = co_await asio::async_write(stream, rest, net::as_result);
            if (failed) co_return;
            done_us = steady_us();
        }
        if (refused) {
            co_await drain_input(stream, me);
            co_return;
        }
        if (me.now == doing::answering) count.answered(static_cast<double>(done_us - read_us) / 1e6);
        in.consume(std::min(all.consumed, in.used));
        in.forget_body();
        me.now = in.used ? doing::reading : doing::idle;
        me.deadline_ms = done_us / 1000 + (in.used ? head_ms : draining ? drain_idle_ms : idle_ms);
    }
}

/// One of those that are beginning has become a session, or has left.
struct callback_listener::parts::beginning_ends {
    parts& of;
    bool is_over = false;
    void now() {
        if (std::exchange(is_over, true)) return;
        --of.beginning;
        of.end_of_drain();
    }
    ~beginning_ends() { now(); }
};

net::task<> callback_listener::parts::begin(tcp::socket socket) {
    const auto self = shared_from_this();
    // Whoever was accepted is served, also when a drain began meanwhile.
    beginning_ends began{*this};
    error_code ignored;
    session me(*admits);
    const auto peer = socket.remote_endpoint(ignored);
    me.address = peer.address().to_string();
    const auto same = by_address.find(me.address);
    const bool too_many = sessions.size() >= limits.connections ||
                          (same != by_address.end() && same->second >= limits.connections_per_address &&
                           !trusted.contains(me.address));
    // While we begin anew behind a kept socket, nobody is late yet.
    const std::int64_t late_ms = std::min(waited_ms(socket), steady_ms() - accepting_since_ms);
    const overload short_of = late_ms * 1000 > admission::loop_delay_max_us ? overload::loop_late
                              : me.room.enter(bytes_of_session())           ? overload::none
                                                                            : overload::memory;
    if (too_many || short_of != overload::none) {
        count.turned_away(too_many ? "connections" : name_of(short_of));
        co_return;
    }
    socket.set_option(tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    me.deadline_ms = steady_ms() + head_ms;
    struct membership {
        parts& of;
        session& who;
        membership(parts& in, session& me_too) : of(in), who(me_too) { of.enter(who); }
        ~membership() { of.leave(who); }
    };
    if (!tls) {
        me.close = [&socket] {
            error_code unimportant;
            socket.close(unimportant);
        };
        const membership here(*this, me);
        began.now();
        co_await serve(socket, me);
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        co_return;
    }
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
    me.close = [&stream] {
        error_code unimportant;
        stream.lowest_layer().close(unimportant);
    };
    const membership here(*this, me);
    began.now();
    const auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, net::as_result);
    if (failed) co_return;
    co_await serve(stream, me);
    me.now = doing::idle;
    me.deadline_ms = steady_ms() + linger_ms;
    const auto [unclean] = co_await stream.async_shutdown(net::as_result);
    static_cast<void>(unclean);
}

void callback_listener::parts::welcome(tcp::socket socket) {
    asio::co_spawn(context, begin(std::move(socket)), net::log_failure([](std::string why) {
                       log::error("session failed", {
                                                        {"reason", why}
                       });
                   }));
    ++beginning;
}

/// Without memory for one more, that one goes; the next may find some.
net::task<> callback_listener::parts::accept() {
    const auto self = shared_from_this();
    accepting = true;
    bool out_of_memory = false;
    while (!draining) {
        if (std::exchange(out_of_memory, false)) {
            breather.expires_after(std::chrono::milliseconds(50));
            co_await breather.async_wait(net::as_result);
        }
        try {
            co_await accept_waiting();
        } catch (const std::bad_alloc&) {
            count.turned_away(name_of(overload::memory));
            out_of_memory = true;
        }
    }
    accepting = false;
    end_of_drain();
}

net::task<> callback_listener::parts::accept_waiting() {
    auto accepted = co_await acceptor.async_accept(net::as_result);
    auto& [failed, socket] = accepted;
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {  // No descriptors left, mostly: a moment's rest lets some come back.
        asio::steady_timer rest(context, std::chrono::milliseconds(50));
        co_await rest.async_wait(net::as_result);
        co_return;
    }
    welcome(std::move(socket));
    // Whoever else waits already: one connection a turn would let a crowd wait for as many turns.
    for (int more = 1; more < accepted_at_once_max; ++more) {
        tcp::socket next(context);
        acceptor.accept(next, failed);
        if (failed) co_return;
        welcome(std::move(next));
    }
}

net::task<> callback_listener::parts::hear_bell() {
    const auto self = shared_from_this();
    for (std::uint64_t rung = 0;;) {
        try {
            const auto [failed, length] =
                co_await bell.async_read_some(asio::buffer(&rung, sizeof rung), net::as_result);
            if (failed) co_return;
            admits->loop_answered(steady_us());
        } catch (const std::bad_alloc&) {
            admits->loop_answered(steady_us());  // It did answer; and it must be asked again.
        }
    }
}

net::task<> callback_listener::parts::sweep() {
    const auto self = shared_from_this();
    for (;;) {
        sweeper.expires_after(sweep_every);
        const auto [failed] = co_await sweeper.async_wait(net::as_result);
        if (failed) co_return;
        if (!admits->is_loop_asked()) {
            admits->ask_loop(steady_us());
            ::eventfd_write(bell.native_handle(), 1);
        }
        const std::int64_t now = steady_ms();
        for (session* each : sessions) {
            if (now < each->deadline_ms) continue;
            if (each->now == doing::answering) count.missed_deadline();
            each->deadline_ms = INT64_MAX;
            each->close();
        }
        if (draining && !accepting && beginning == 0 && sessions.empty()) {
            error_code ignored;
            bell.close(ignored);
            co_return;
        }
    }
}

callback_listener::callback_listener(asio::io_context& context, const config& settings, door& to,
                                     metrics& count)
    : parts_(std::make_shared<parts>(context, to, count)) {
    reload(settings);
    if (settings.callbacks.has_tls()) parts_->tls = make_tls(settings.callbacks);
    bind_listener(parts_->acceptor, settings.callbacks, "callbacks");
    parts_->acceptor.non_blocking(true);
    parts_->acceptor.set_option(asio::socket_base::send_buffer_size(send_buffer_bytes));  // Accepted ones inherit it.
}

callback_listener::~callback_listener() = default;

std::uint16_t callback_listener::port() const { return parts_->acceptor.local_endpoint().port(); }
std::size_t callback_listener::connections() const { return parts_->open; }

void callback_listener::start() {
    // Without any of the three nothing here keeps its promises: better to begin anew.
    const auto note = [](std::string why) {
        log::error("listener failed", {
                                          {"reason", why}
        });
        log::stop();
        std::terminate();
    };
    parts_->accepting_since_ms = steady_ms();
    asio::co_spawn(parts_->context, parts_->accept(), net::log_failure(note));
    asio::co_spawn(parts_->context, parts_->sweep(), net::log_failure(note));
    asio::co_spawn(parts_->context, parts_->hear_bell(), net::log_failure(note));
}

void callback_listener::reload(const config& settings) {
    parts_->limits = settings.limits;
    parts_->trusted = address_list(settings.trusted_proxies);
}

void callback_listener::drain(std::function<void()> done) {
    parts_->draining = true;
    error_code ignored;
    parts_->drained = std::move(done);
    // Who has connected already is answered, as far as they can be had without waiting.
    for (int more = 0; more < waiting_max; ++more) {
        tcp::socket next(parts_->context);
        error_code none_left;
        parts_->acceptor.accept(next, none_left);
        if (none_left) break;
        parts_->welcome(std::move(next));
    }
    parts_->acceptor.close(ignored);
    // What an idle connection sends in this moment is on its way already: it is answered, and then it is the last.
    for (session* each : parts_->sessions)
        if (each->now == doing::idle) each->deadline_ms = std::min(each->deadline_ms, steady_ms() + drain_idle_ms);
    parts_->end_of_drain();
}

}  // namespace yizhan::gateway
