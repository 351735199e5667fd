#include "stream/sinks/sink.hpp"

#include <boost/asio/post.hpp>

#include "core/time.hpp"

namespace yizhan::stream {
namespace asio = net::asio;

namespace {

constexpr auto saved_every = std::chrono::milliseconds(1000);

}  // namespace

sink::sink(sink_settings with, sink_ground on, std::string type, std::string where)
    : with_(std::move(with)),
      on_(std::move(on)),
      source_(on_.journal, with_.filter),
      bell_(on_.executor),
      nap_(on_.executor),
      saving_(on_.executor) {
    figures_.name = with_.name;
    figures_.type = std::move(type);
    figures_.where = std::move(where);
    figures_.waits_s = with_.waits_s;
}

sink_figures sink::look() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

net::task<> sink::open_record() {
    const auto read = [path = record_path()] { return load_record(path); };
    record_ = co_await net::run_on(on_.disk.get_executor(), read);
    if (record_.is_begun && record_.position > on_.journal.durable()) {
        on_.warn("the journal is not the one that the sink was at; it begins anew", with_.name,
                 "position " + std::to_string(record_.position) + ", newest " + std::to_string(on_.journal.durable()));
        record_ = {};
    }
    if (!record_.is_begun) {
        const std::uint64_t oldest = on_.journal.oldest();
        record_.is_begun = is_new_ = true;
        record_.position = with_.start == sink_start::now ? on_.journal.durable() : oldest == 0 ? 0 : oldest - 1;
        change();
    }
    is_open_ = true;
    if (told_to_pause_) set_paused(*told_to_pause_);
    source_.go_behind(record_.position);
    figure([&](sink_figures& all) { all.position = all.needed_behind = record_.position; });
    begin();
}

net::task<> sink::write_record() {
    is_changed_ = false;
    complete(record_);
    const auto write = [path = record_path(), json = record_.to_json()] { return save_record(path, json); };
    const bool is_written = co_await net::run_on(on_.disk.get_executor(), write);
    if (is_written) co_return;
    is_changed_ = true;
    on_.warn("the position of a sink cannot be written", with_.name, "after a restart more is delivered again");
}

/// Beside the deliveries, as long as they run: at most once a second.
net::task<> sink::keep_record() {
    while (!stopping_) {
        saving_.expires_after(saved_every);
        co_await saving_.async_wait(net::as_result);
        if (is_changed_) co_await write_record();
    }
}

net::task<> sink::run() {
    const auto self = shared_from_this();
    co_await open_record();
    if (is_changed_) co_await write_record();  // From now on what the receiver has is ours.
    is_kept_ = true;
    asio::co_spawn(on_.executor, keep_record(), [self](std::exception_ptr failed) {
        self->note_failure(failed);
        self->is_kept_ = false;
        self->ring();
    });
    while (!stopping_) {
        if (goes_on()) {
            co_await work();
            continue;
        }
        show(record_.disabled.empty() ? "paused" : "disabled", record_.disabled);
        co_await rest(std::chrono::hours(1));
    }
    saving_.cancel();
    while (is_kept_) co_await rest(saved_every);
    if (is_changed_) co_await write_record();
    show("stopped");
}

void sink::stop() {
    stopping_ = true;
    nap_.cancel();
    ring();
    saving_.cancel();
}

void sink::pause() { set_paused(true); }

void sink::resume() { set_paused(false); }

/// At once, or as soon as the record is read.
void sink::set_paused(bool paused) {
    told_to_pause_ = paused;
    if (!is_open_) return;
    record_.is_paused = paused;
    if (!paused) record_.disabled.clear();
    change();
    nap_.cancel();
    ring();
    saving_.cancel();
}

void sink::disable(const std::string& why) {
    record_.disabled = why;
    on_.warn("a sink is disabled until somebody resumes it", with_.name, why);
    change();
    saving_.cancel();
}

void sink::move_to(std::uint64_t position) { move_to(position, position); }

void sink::move_to(std::uint64_t position, std::uint64_t needed_behind) {
    figure([&](sink_figures& all) { all.position = position, all.needed_behind = needed_behind; });
    if (position == record_.position) return;
    record_.position = position;
    change();
}

void sink::change() { is_changed_ = true; }

/// The journal was kept for the sink as long as it was to be, and no longer.
void sink::lose(std::uint64_t count, std::uint64_t before) {
    if (count == 0) return;
    figure([&](sink_figures& all) { all.lost += count; });
    on_.warn("a sink was behind for longer than the journal is kept for it: it does not get these events", with_.name,
             "sequences " + std::to_string(before - count) + " to " + std::to_string(before - 1));
}

void sink::show(std::string state, std::string why) {
    figure([&](sink_figures& all) {
        all.state = std::move(state);
        all.why = std::move(why);
    });
}

void sink::note_failure(std::exception_ptr failed) {
    net::log_failure([this](const std::string& why) { on_.warn("a sink has failed", with_.name, why); })(failed);
}

void sink::ring() {
    rang_ = true;
    bell_.cancel();
}

net::task<> sink::rest(std::chrono::milliseconds at_most) {
    if (!rang_) {
        bell_.expires_after(at_most);
        co_await bell_.async_wait(net::as_result);
    }
    rang_ = false;
}

net::task<> sink::give_way() { co_await asio::post(on_.executor, asio::use_awaitable); }

net::task<> sink::sleep(std::chrono::milliseconds how_long) {
    if (stopping_) co_return;
    nap_.expires_after(how_long);
    co_await nap_.async_wait(net::as_result);
}

}  // namespace yizhan::stream
