// Consumers outside: what they are, how far, and the few things that a person does to them.
#include <algorithm>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "gateway/api.hpp"

namespace yizhan::gateway {
namespace {

constexpr std::int64_t deliveries_default = 100, deliveries_max = 500;

api_response no_such_sink() { return problem(404, "Not Found", "there is no such sink"); }

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
    json::append_key(out, name);
    json::append_number(out, static_cast<std::int64_t>(number));
}

void append_texts(std::string& out, std::string_view name, const std::vector<std::string>& all) {
    json::append_key(out, name);
    out += '[';
    for (const std::string& each : all) {
        if (out.back() != '[') out += ',';
        json::append_string(out, each);
    }
    out += ']';
}

void append_sink(std::string& out, const stream::sink_figures& what, std::uint64_t durable) {
    out += '{';
    json::append_member(out, "name", what.name);
    json::append_member(out, "type", what.type);
    json::append_member(out, "where", what.where);
    json::append_member(out, "state", what.state);
    json::append_member(out, "why", what.why);
    json::append_member(out, "position", stream::cursor_of(what.position));
    append_number(out, "lag", durable > what.position ? durable - what.position : 0);
    append_number(out, "delivered", what.delivered);
    append_number(out, "redelivered", what.redelivered);
    append_number(out, "lost", what.lost);
    append_number(out, "retries", what.retries);
    append_number(out, "parked", what.parked);
    append_number(out, "dead", what.dead);
    append_texts(out, "warnings", what.warnings);
    out += '}';
}

void append_attempt(std::string& out, const stream::sink_attempt& what) {
    out += '{';
    json::append_member(out, "at", time_text(what.at_ms));
    json::append_member(out, "event", what.event_id);
    append_number(out, "events", what.events);
    append_number(out, "attempt", static_cast<std::uint64_t>(what.attempt));
    json::append_key(out, "status");
    out += what.status == 0 ? "null" : std::to_string(what.status);
    json::append_member(out, "result", what.result);
    append_number(out, "took_ms", static_cast<std::uint64_t>(what.took_ms));
    if (what.next_at_ms != 0) json::append_member(out, "next_at", time_text(what.next_at_ms));
    out += '}';
}

}  // namespace

net::task<api_response> api::list_sinks(api_request) {
    api_response found;
    found.body = "{\"sinks\":[";
    for (const stream::sink_figures& each : with_.sinks.look()) {
        if (found.body.back() != '[') found.body += ',';
        append_sink(found.body, each, with_.journal.durable());
    }
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::get_sink(api_request request) {
    const std::vector<stream::sink_figures> all = with_.sinks.look();
    const auto its = std::ranges::find(all, request.id, &stream::sink_figures::name);
    if (its == all.end()) co_return no_such_sink();
    api_response found;
    append_sink(found.body, *its, with_.journal.durable());
    co_return found;
}

net::task<api_response> api::put_sink(api_request request) {
    if (std::ranges::find(configured_sinks_, request.id) != configured_sinks_.end())
        co_return problem(409, "Conflict", "this sink stands in the configuration");
    const auto put = [this, &request] { return with_.api_sinks.put(request.id, request.body); };
    const faults found = co_await ask(put);
    if (!found.empty()) co_return problem(400, "Bad Request", found.front().text);
    with_.sinks_changed();
    co_return api_response{200, "{}", "application/json", {}};
}

net::task<api_response> api::drop_sink(api_request request) {
    const auto drop = [this, &request] { return with_.api_sinks.drop(request.id); };
    const bool is_gone = co_await ask(drop);
    if (!is_gone && std::ranges::find(configured_sinks_, request.id) != configured_sinks_.end())
        co_return problem(409, "Conflict", "this sink stands in the configuration");
    if (!is_gone) co_return no_such_sink();
    with_.sinks_changed();
    co_return api_response{204, "", "", {}};
}

net::task<api_response> api::list_deliveries(api_request request) {
    const std::string_view text = request.query["limit"];
    const auto limit = text.empty() ? deliveries_default : decimal(text);
    if (!limit || *limit < 1 || *limit > deliveries_max) co_return problem(400, "Bad Request", "\"limit\" is a number from 1 to 500");
    std::vector<stream::sink_attempt> all;
    const auto look = [&](const stream::sink& of) { all = of.attempts(); };
    api_response found = co_await on_sink(request.id, look);
    if (found.status != 204) co_return found;
    if (static_cast<std::int64_t>(all.size()) > *limit) all.resize(static_cast<std::size_t>(*limit));
    found = {};
    found.body = "{\"deliveries\":[";
    for (const stream::sink_attempt& each : all) {
        if (found.body.back() != '[') found.body += ',';
        append_attempt(found.body, each);
    }
    found.body += "]}";
    co_return found;
}

/// Does something to a sink, on its thread.
net::task<api_response> api::on_sink(std::string name, std::function<void(stream::sink&)> change) {
    const auto on_its_thread = [this, &name, &change] {
        const auto its = with_.sinks.find(name);
        if (its) change(*its);
        return its != nullptr;
    };
    const bool is_there = co_await net::run_on(with_.sinks.executor(), on_its_thread);
    if (!is_there) co_return no_such_sink();
    co_return api_response{204, "", "", {}};
}

net::task<api_response> api::pause_sink(api_request request) {
    const auto change = [](stream::sink& its) { its.pause(); };
    co_return co_await on_sink(request.id, change);
}

net::task<api_response> api::resume_sink(api_request request) {
    const auto change = [](stream::sink& its) { its.resume(); };
    co_return co_await on_sink(request.id, change);
}

net::task<api_response> api::retry_sink(api_request request) {
    std::size_t count = 0;
    const auto change = [&](stream::sink& its) { count = its.retry_dead(); };
    api_response done = co_await on_sink(request.id, change);
    if (done.status != 204) co_return done;
    done = {};
    done.body = "{\"retried\":" + std::to_string(count) + "}";
    co_return done;
}

net::task<api_response> api::test_sink(api_request request) {
    std::shared_ptr<stream::sink> its;
    const auto find = [&](stream::sink& found) { its = found.shared_from_this(); };
    api_response answer = co_await on_sink(request.id, find);
    if (answer.status != 204) co_return answer;
    const stream::sink_test tested = co_await net::asio::co_spawn(with_.sinks.executor(), its->test(), net::asio::use_awaitable);
    answer = {};
    answer.body = std::string("{\"ok\":") + (tested.is_good ? "true" : "false");
    append_texts(answer.body, "says", tested.says);
    answer.body += '}';
    co_return answer;
}

}  // namespace yizhan::gateway
