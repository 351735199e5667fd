#include "stream/redis/client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>

#include "net/resolve.hpp"

namespace yizhan::stream::redis {
namespace asio = net::asio;

namespace {

using steady = std::chrono::steady_clock;
using any_socket = asio::generic::stream_protocol::socket;
using tls_stream = asio::ssl::stream<any_socket>;
namespace condition = boost::system::errc;

error_code error_of(condition::errc_t code) { return condition::make_error_code(code); }

constexpr std::size_t read_at_once = 64 << 10;
constexpr auto up_looked_for_every = std::chrono::milliseconds(20);

}  // namespace

/// One connection, from being made to its end. Whoever has something under way on it shares it.
struct client::connection : std::enable_shared_from_this<connection> {
    connection(asio::any_io_executor executor, const client_settings& with)
        : socket(executor), watch(executor), settings(with), reader(with.replies) {}

    any_socket socket;  // Moved from once there is `tls`.
    std::optional<tls_stream> tls;
    asio::steady_timer watch;
    client_settings settings;
    reply_reader reader;
    std::string sent_next, sent_now;
    bool is_writing = false, is_open = true, is_watched = false, flush_is_due = false;
    error_code why;
    struct flying_command {
        teller tell;
        steady::time_point until;
        std::size_t bytes;
    };
    std::deque<flying_command> flying;
    std::size_t flying_bytes = 0;

    any_socket& lowest() { return tls ? tls->next_layer() : socket; }

    template <class Work>
    auto on_stream(Work work) {
        return tls ? work(*tls) : work(socket);
    }

    net::task<error_code> make(address to);
    net::task<error_code> shake_hands(const address& with);
    void send(const std::vector<std::string_view>& words, teller tell);
    void flush();
    void watch_oldest();
    net::task<> read_all();
    void close(error_code for_reason);
};

net::task<error_code> client::connection::shake_hands(const address& with) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    error_code failed;
    if (settings.ca_file.empty())
        context.set_default_verify_paths(failed);
    else
        context.load_verify_file(settings.ca_file.string(), failed);
    if (failed) co_return failed;
    tls.emplace(std::move(socket), context);
    tls->set_verify_mode(settings.verify_peer ? asio::ssl::verify_peer : asio::ssl::verify_none);
    if (settings.verify_peer) tls->set_verify_callback(asio::ssl::host_name_verification(with.host));
    error_code is_no_name;
    asio::ip::make_address(with.host, is_no_name);
    if (is_no_name) SSL_set_tlsext_host_name(tls->native_handle(), with.host.c_str());
    const auto [unshaken] = co_await tls->async_handshake(asio::ssl::stream_base::client, net::as_result);
    co_return unshaken;
}

/// The transport. `watch` closes what takes too long.
net::task<error_code> client::connection::make(address to) {
    const steady::time_point until = steady::now() + settings.connect_patience;
    watch.expires_at(until);
    watch.async_wait([self = shared_from_this()](error_code early) {
        if (!early) self->close(error_of(condition::timed_out));
    });
    error_code failed;
    if (!to.path.empty()) {
        const asio::local::stream_protocol::endpoint there(to.path);
        const auto [unconnected] = co_await socket.async_connect(there, net::as_result);
        failed = unconnected;
    } else {
        const auto found = co_await net::resolve(socket.get_executor(), to.host, to.port, until);
        failed = found ? error_of(condition::host_unreachable) : found.error();
        for (std::size_t at = 0; found && at < found->size() && failed && is_open; ++at) {
            error_code ignored;
            socket.close(ignored);
            const any_socket::endpoint_type there((*found)[at]);
            const auto [unconnected] = co_await socket.async_connect(there, net::as_result);
            failed = unconnected;
            if (!failed) socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        }
    }
    if (!failed && to.is_tls) failed = co_await shake_hands(to);
    watch.cancel();
    co_return is_open ? failed : why;
}

void client::connection::send(const std::vector<std::string_view>& words, teller tell) {
    const std::size_t before = sent_next.size();
    append_command(sent_next, words);
    const std::size_t bytes = sent_next.size() - before;
    flying.push_back({std::move(tell), steady::now() + settings.patience, bytes});
    flying_bytes += bytes;
    watch_oldest();
    if (std::exchange(flush_is_due, true)) return;
    // What is sent in one turn goes out in one piece.
    asio::post(socket.get_executor(), [self = shared_from_this()] {
        self->flush_is_due = false;
        self->flush();
    });
}

void client::connection::flush() {
    if (is_writing || sent_next.empty() || !is_open) return;
    is_writing = true;
    std::swap(sent_now, sent_next);
    on_stream([this](auto& stream) {
        asio::async_write(stream, asio::buffer(sent_now), [self = shared_from_this()](error_code failed, std::size_t) {
            self->is_writing = false;
            self->sent_now.clear();
            if (failed) return self->close(failed);
            self->flush();
        });
    });
}

/// One timer, for the oldest that has no reply yet.
void client::connection::watch_oldest() {
    if (is_watched || flying.empty() || !is_open) return;
    is_watched = true;
    watch.expires_at(flying.front().until);
    watch.async_wait([self = shared_from_this()](error_code early) {
        self->is_watched = false;
        if (early) return;
        if (!self->flying.empty() && self->flying.front().until <= steady::now())
            return self->close(error_of(condition::timed_out));
        self->watch_oldest();
    });
}

net::task<> client::connection::read_all() {
    const auto self = shared_from_this();
    std::vector<char> piece(read_at_once);
    while (is_open) {
        const auto buffer = asio::buffer(piece);
        error_code failed;
        std::size_t length = 0;
        if (tls) std::tie(failed, length) = co_await tls->async_read_some(buffer, net::as_result);
        else std::tie(failed, length) = co_await socket.async_read_some(buffer, net::as_result);
        if (failed) co_return close(failed);
        reader.feed({piece.data(), length});
        for (;;) {
            auto got = reader.next();
            if (!got) co_return close(got.error());
            if (!*got) break;
            if (flying.empty()) co_return close(errc::malformed_message);  // Nobody asked anything.
            flying_command asked = std::move(flying.front());
            flying.pop_front();
            flying_bytes -= asked.bytes;
            asked.tell({{}, true, std::move(**got)});
        }
    }
}

void client::connection::close(error_code for_reason) {
    if (!std::exchange(is_open, false)) return;
    why = for_reason;
    error_code ignored;
    lowest().close(ignored);
    watch.cancel();
    // Who is told may ask again at once: of somebody else.
    std::deque<flying_command> left;
    std::swap(left, flying);
    flying_bytes = 0;
    for (flying_command& each : left) each.tell({why, true, {}});
}

struct client::inner : std::enable_shared_from_this<inner> {
    inner(asio::any_io_executor on, client_settings its)
        : executor(on), with(std::move(its)), pause(on), ended(on, steady::time_point::max()) {}

    asio::any_io_executor executor;
    client_settings with;
    asio::steady_timer pause, ended;  // `ended`: never by itself, cancelled when the connection has.
    std::shared_ptr<connection> current;
    bool is_up = false, stopping = false;
    std::uint64_t connections = 0;
    std::size_t next_address = 0;
    std::string where, why_down = "not connected yet";
    std::minstd_rand random{std::random_device{}()};

    net::task<> run();
    net::task<std::string> open(address to);
    net::task<call_end> ask(std::shared_ptr<connection> of, std::vector<std::string> words);
};

/// A call as a coroutine's step.
template <class Send>
net::task<call_end> answer_to(Send send) {
    const auto begin = [send = std::move(send)](auto handler) {
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        send([resume](call_end end) { std::move (*resume)(std::move(end)); });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(call_end)>(begin, asio::use_awaitable);
}

net::task<call_end> client::inner::ask(std::shared_ptr<connection> of, std::vector<std::string> words) {
    const auto send = [of, words = std::move(words)](teller tell) {
        const std::vector<std::string_view> views(words.begin(), words.end());
        of->send(views, std::move(tell));
    };
    return answer_to(send);
}

/// Connects and is let in by a master. Why not, or nothing.
net::task<std::string> client::inner::open(address to) {
    const auto fresh = std::make_shared<connection>(executor, with);
    current = fresh;
    where = to.text();
    const error_code failed = co_await fresh->make(to);
    if (failed) {
        fresh->close(failed);
        co_return failed.message();
    }
    // From here on whoever reads closes it, and that is its end.
    asio::co_spawn(executor, fresh->read_all(), [fresh, self = shared_from_this()](std::exception_ptr) {
        fresh->close(error_of(condition::connection_reset));
        self->ended.cancel();
    });
    const std::string& user = with.user.empty() ? to.user : with.user;
    const std::string& password = with.password.empty() ? to.password : with.password;
    std::vector<std::vector<std::string>> greeting;
    if (!password.empty() && user.empty()) greeting.push_back({"AUTH", password});
    if (!user.empty()) greeting.push_back({"AUTH", user, password});
    if (to.database != 0) greeting.push_back({"SELECT", std::to_string(to.database)});
    for (std::vector<std::string>& each : greeting) {
        const std::string name = each.front();
        const call_end said = co_await ask(fresh, std::move(each));
        if (said.failed) co_return said.failed.message();
        // Redis repeats no password in an error; it is not shown all the same.
        if (said.reply.is_error()) co_return name + " is refused: " + said.reply.text.substr(0, said.reply.text.find(' '));
    }
    std::vector<std::string> question{"ROLE"};
    const call_end role = co_await ask(fresh, std::move(question));
    if (role.failed) co_return role.failed.message();
    if (role.reply.is_error("NOAUTH")) co_return std::string("a password is needed");
    const auto& told = role.reply.elements;
    if (!told.empty() && told[0].text != "master") co_return "it is a " + told[0].text;
    co_return std::string();
}

net::task<> client::inner::run() {
    const auto self = shared_from_this();
    int attempt = 0;
    while (!stopping) {
        const address& to = with.at[next_address % with.at.size()];
        std::string why = co_await open(to);
        if (why.empty() && !stopping) {
            attempt = 0;
            is_up = true;
            ++connections;
            while (current->is_open) co_await ended.async_wait(net::as_result);
            is_up = false;
            why = current->why.message();
        } else {
            current->close(error_of(condition::not_connected));
        }
        why_down = why;
        ++next_address;
        if (stopping) break;
        // All addresses at once, then a pause.
        if (++attempt % static_cast<int>(with.at.size()) != 0) continue;
        const double chance = std::uniform_real_distribution<double>(0, 1)(random);
        pause.expires_after(reconnect_pause(with, attempt / static_cast<int>(with.at.size()), chance));
        co_await pause.async_wait(net::as_result);
    }
}

std::chrono::milliseconds reconnect_pause(const client_settings& with, int attempt, double chance) {
    const auto bound = with.retry_from * (std::int64_t{1} << std::clamp(attempt, 0, 20));
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(chance * static_cast<double>(std::min(bound, with.retry_to).count())));
}

client::client(asio::any_io_executor executor, client_settings with)
    : inner_(std::make_shared<inner>(executor, std::move(with))) {}
client::~client() { stop(); }

void client::start() {
    asio::co_spawn(inner_->executor, inner_->run(), net::log_failure([its = inner_](const std::string& what) { its->why_down = what; }));
}

void client::stop() {
    inner_->stopping = true;
    inner_->pause.cancel();
    if (inner_->current) inner_->current->close(error_of(condition::operation_canceled));
    inner_->ended.cancel();
}

void client::send(const std::vector<std::string_view>& words, teller tell) {
    const auto refuse = [&](condition::errc_t why) {
        asio::post(inner_->executor, [tell = std::move(tell), why] { tell({error_of(why), false, {}}); });
    };
    if (!is_up()) return refuse(condition::not_connected);
    connection& to = *inner_->current;
    if (to.flying.size() >= inner_->with.commands_max || to.flying_bytes >= inner_->with.bytes_max)
        return refuse(condition::no_buffer_space);
    const auto note = [its = inner_, of = inner_->current, tell = std::move(tell)](call_end end) {
        // Before Redis 7 the error of a command stands inside the script's.
        const bool is_replica = end.reply.is_error() && end.reply.text.find("READONLY") != std::string::npos;
        tell(std::move(end));
        if (is_replica) of->close(error_of(condition::read_only_file_system));  // No master any more: look for one.
    };
    to.send(words, note);
}

net::task<call_end> client::call(std::vector<std::string> words) {
    const auto ask = [this, words = std::move(words)](teller tell) {
        const std::vector<std::string_view> views(words.begin(), words.end());
        send(views, std::move(tell));
    };
    return answer_to(ask);
}

bool client::is_up() const { return inner_->is_up && inner_->current->is_open; }
std::uint64_t client::connections() const { return inner_->connections; }
std::string client::where() const { return inner_->where; }
std::string client::why_down() const { return inner_->why_down; }
std::size_t client::waiting_bytes() const { return inner_->current ? inner_->current->flying_bytes : 0; }

net::task<bool> client::wait_until_up(std::chrono::milliseconds patience) {
    const auto its = inner_;
    const auto is_there = [&] { return its->is_up && its->current->is_open; };
    asio::steady_timer turn(its->executor);
    for (const steady::time_point until = steady::now() + patience; !is_there() && !its->stopping && steady::now() < until;) {
        turn.expires_after(up_looked_for_every);
        co_await turn.async_wait(net::as_result);
    }
    co_return is_there();
}

}  // namespace yizhan::stream::redis
