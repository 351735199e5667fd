#include "gateway/api.hpp"

#include <boost/asio/post.hpp>
#include <rapidjson/document.h>

#include <algorithm>

#include "adapters/adapter.hpp"
#include "adapters/catalogue.hpp"
#include "core/json_text.hpp"
#include "core/reply_json.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "crm/submit_task.hpp"
#include "crypto/signature.hpp"
#include "desk/letters.hpp"
#include "gateway/api_json.hpp"
#include "gateway/api_routes.hpp"

namespace yizhan::gateway {
namespace asio = net::asio;

namespace {

constexpr std::int64_t wait_max_s = 60, ack_wait_default_s = 30, ack_wait_max_s = 12 * 3600, delay_max_s = 7 * 86400;
constexpr std::size_t page_default = 100, page_max = 1000, claim_max = 100, reason_bytes_max = 500;
constexpr auto stream_rest = std::chrono::seconds(15);

unsigned bit_of(role who) {
    switch (who) {
        case role::agent: return agents;
        case role::supervisor: return supervisors;
        case role::integration: return integrations;
        case role::admin: return admins;
    }
    return 0;
}

/// A JSON object that a caller sent; reading it notes the first thing that is wrong.
class fields {
public:
    explicit fields(const std::string& text) {
        if (text.empty()) {
            document_.SetObject();
            return;
        }
        constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
        document_.Parse<flags>(text.data(), text.size());
        if (document_.HasParseError() || !document_.IsObject()) {
            document_.SetObject();
            wrong_ = "the body must be a JSON object";
        }
    }

    std::int64_t number(const char* name, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
        const auto found = document_.FindMember(name);
        if (found == document_.MemberEnd() || found->value.IsNull()) return otherwise;
        if (!found->value.IsInt64() || found->value.GetInt64() < least || found->value.GetInt64() > most) {
            note(std::string("\"") + name + "\" must be a whole number from " + std::to_string(least) + " to " +
                 std::to_string(most));
            return otherwise;
        }
        return found->value.GetInt64();
    }
    std::string text(const char* name) {
        const auto found = document_.FindMember(name);
        if (found == document_.MemberEnd() || found->value.IsNull()) return {};
        if (found->value.IsString()) return {found->value.GetString(), found->value.GetStringLength()};
        note(std::string("\"") + name + "\" must be a text");
        return {};
    }
    const std::string& wrong() const { return wrong_; }

private:
    void note(std::string what) {
        if (wrong_.empty()) wrong_ = std::move(what);
    }
    rapidjson::Document document_;
    std::string wrong_;
};

using positions = crm::state_reader::positions;

std::string cursor_of(const positions& all) {
    std::string cursor;
    for (const std::uint64_t each : all) cursor.append(cursor.empty() ? "" : ".").append(stream::cursor_of(each));
    return cursor;
}

/// None for what is no cursor of ours; empty for no cursor.
std::optional<positions> positions_of(std::string_view cursor) {
    positions all;
    while (!cursor.empty()) {
        const std::size_t end = std::min(cursor.find('.'), cursor.size());
        const auto each = stream::sequence_of(cursor.substr(0, end));
        if (!each || *each == 0) return std::nullopt;
        all.insert(*each);
        cursor.remove_prefix(std::min(end + 1, cursor.size()));
    }
    return all;
}

/// `attempt` of a body; 0: not given, any.
std::int32_t attempt_of(fields& body) { return static_cast<std::int32_t>(body.number("attempt", 0, 1, INT32_MAX)); }

/// `limit` of a query, or nothing when it is no number that is allowed.
std::optional<std::size_t> limit_of(const query& from) {
    const std::string_view text = from["limit"];
    if (text.empty()) return page_default;
    const auto value = decimal(text);
    if (!value || *value < 1 || *value > static_cast<std::int64_t>(page_max)) return std::nullopt;
    return static_cast<std::size_t>(*value);
}

crm::command command_now(crm::act what) {
    crm::command made;
    made.what = what;
    made.at_ms = steady_ms();
    return made;
}

api_response not_now() { return problem(503, "Service Unavailable", "the state cannot be written now"); }

/// `t7`, a task, or `r7`, a record.
std::optional<std::pair<crm::letter_kind, std::int64_t>> dead_letter_named(std::string_view id) {
    if (const auto task = inner_id('t', id)) return std::pair(crm::letter_kind::task, *task);
    if (const auto record = inner_id('r', id)) return std::pair(crm::letter_kind::record, *record);
    return std::nullopt;
}

bool matches_path(std::string_view pattern, std::string_view path, std::string* id) {
    for (;;) {
        const std::size_t open = pattern.find('{');
        if (open == std::string_view::npos) return pattern == path;
        if (path.substr(0, open) != pattern.substr(0, open)) return false;
        const std::string_view rest = path.substr(std::min(open, path.size()));
        const std::string_view part = rest.substr(0, rest.find('/'));
        if (part.empty()) return false;
        if (id) *id = percent_decoded(part);
        path = rest.substr(part.size());
        pattern = pattern.substr(pattern.find('}') + 1);
    }
}

}  // namespace

/// Somebody who waits for something new, for as long as its timer runs.
struct api::waiter {
    asio::steady_timer timer;
    bool woken = false;
    void wake() {
        woken = true;
        timer.cancel();
    }
};

api_response problem(unsigned status, std::string_view title, std::string_view detail) {
    std::string body = R"({"type":"about:blank","title":)";
    json::append_string(body, title);
    body += ",\"status\":" + std::to_string(status);
    json::append_member(body, "detail", detail);
    body += '}';
    return {status, std::move(body), "application/problem+json", {}};
}

api::api(parts with) : with_(std::move(with)) {}
api::~api() { disk_.join(); }

std::span<const api::route> api::routes() {
    static const route table[] = {
        {"GET", "/v1/events", integrations | admins, &api::list_events, "A page of the event stream", "after:string limit:integer account:string type:string", "", "EventPage"},
        {"GET", "/v1/events/stream", integrations | admins, nullptr, "The event stream, live, as server-sent events", "after:string account:string type:string", "", ""},
        {"GET", "/v1/events/{id}/media", agents | supervisors | integrations | admins, &api::get_media, "What came with an event: a picture, a recording, a film, a file", "", "", "Bytes"},
        {"GET", "/v1/queues", agents | supervisors | admins, &api::list_queues, "All queues with what waits in them", "", "", "Queues"},
        {"POST", "/v1/queues/{queue}/claim", agents | supervisors | admins, &api::claim, "Claim tasks, waiting for some if need be", "", "Claim", "Tasks"},
        {"POST", "/v1/tasks/{id}/ack", agents | supervisors | admins, &api::acknowledge, "End a claimed task", "", "Attempt", ""},
        {"POST", "/v1/tasks/{id}/nack", agents | supervisors | admins, &api::give_back, "Return a claimed task to its place", "", "Nack", ""},
        {"POST", "/v1/tasks/{id}/extend", agents | supervisors | admins, &api::extend, "Lengthen a claim", "", "Extend", ""},
        {"GET", "/v1/contacts/{id}", agents | supervisors | integrations | admins, &api::get_contact, "One contact", "", "", "Contact"},
        {"GET", "/v1/contacts/{id}/timeline", agents | supervisors | integrations | admins, &api::get_timeline, "What happened with a contact, newest first", "before:string limit:integer", "", "EventPage"},
        {"GET", "/v1/contacts", agents | supervisors | integrations | admins, &api::find_contacts, "Contacts with this identity", "identity:string", "", "Contacts"},
        {"DELETE", "/v1/contacts/{id}", supervisors | integrations | admins, &api::erase_contact, "Erase a contact", "", "", "Erasure"},
        {"POST", "/v1/conversations/{id}/messages", agents | supervisors | integrations | admins, &api::say, "Say something to the customer; with Idempotency-Key once, however often it is asked", "", "Message", "Said"},
        {"GET", "/v1/conversations/{id}/messages", agents | supervisors | integrations | admins, &api::list_messages, "What was said in a conversation, by both, and what became of it, newest first", "before:string limit:integer", "", "Messages"},
        {"GET", "/v1/conversations/{id}/budget", agents | supervisors | integrations | admins, &api::get_budget, "Until when and how often the customer may be written to", "", "", "Budget"},
        {"GET", "/v1/dead-letters", supervisors | admins, &api::list_dead_letters, "What gave up, oldest first", "limit:integer", "", "DeadLetters"},
        {"GET", "/v1/dead-letters/{id}", supervisors | admins, &api::get_dead_letter, "One of them", "", "", "DeadLetter"},
        {"POST", "/v1/dead-letters/{id}/retry", supervisors | admins, &api::retry_dead_letter, "Try it again, from the first attempt on", "", "Nothing", ""},
        {"DELETE", "/v1/dead-letters/{id}", supervisors | admins, &api::drop_dead_letter, "Drop it", "", "", ""},
        {"GET", "/metrics", anyone, &api::get_metrics, "Metrics in Prometheus' text format", "", "", ""},
        {"GET", "/livez", anyone, &api::get_live, "Whether the process lives", "", "", ""},
        {"GET", "/readyz", anyone, &api::get_ready, "Whether callbacks are accepted", "verbose:string", "", ""},
        {"GET", "/version", anyone, &api::get_version, "Which version this is", "", "", ""},
        {"GET", "/v1/accounts", integrations | admins, &api::list_accounts, "The accounts, and when platforms last handed something over", "", "", "Accounts"},
        {"POST", "/v1/accounts/{id}/media", agents | supervisors | integrations | admins, &api::upload_media, "Upload something for a message to carry", "kind:string name:string", "Bytes", "Uploaded"},
        {"GET", "/v1/accounts/{id}/grants", admins, &api::list_grants, "Tickets and codes that are still good, in clear", "", "", "Grants"},
        {"GET", "/v1/sinks", integrations | admins, &api::list_sinks, "Consumers outside, and how far each is", "", "", "Sinks"},
        {"GET", "/v1/sinks/{name}", integrations | admins, &api::get_sink, "One of them", "", "", "Sink"},
        {"PUT", "/v1/sinks/{name}", integrations | admins, &api::put_sink, "Make a webhook, or give it other settings", "", "NewSink", "Nothing"},
        {"DELETE", "/v1/sinks/{name}", integrations | admins, &api::drop_sink, "Remove one that was made here", "", "", ""},
        {"GET", "/v1/sinks/{name}/deliveries", integrations | admins, &api::list_deliveries, "The newest requests to a webhook's receiver and what it answered", "limit:integer", "", "Deliveries"},
        {"POST", "/v1/sinks/{name}/pause", integrations | admins, &api::pause_sink, "Deliver nothing until it is resumed", "", "Nothing", ""},
        {"POST", "/v1/sinks/{name}/resume", integrations | admins, &api::resume_sink, "Deliver again, also what was disabled", "", "Nothing", ""},
        {"POST", "/v1/sinks/{name}/test", integrations | admins, &api::test_sink, "Whether its receiver can be reached", "", "Nothing", "SinkTest"},
        {"POST", "/v1/sinks/{name}/retry", integrations | admins, &api::retry_sink, "Try again what gave up", "", "Nothing", "Retried"},
        {"GET", "/v1/schemas", anyone, &api::list_schemas, "The types of events", "", "", "Schemas"},
        {"GET", "/v1/schemas/{type}", anyone, &api::get_schema, "The JSON Schema of a type of event", "", "", "Schema"},
        {"GET", "/openapi.json", anyone, &api::get_openapi, "This document", "", "", ""},
    };
    return table;
}

const api::route* api::find_route(std::string_view method, std::string_view path, std::string* id, bool* path_known) {
    for (const route& each : routes()) {
        if (!matches_path(each.path, path, id)) continue;
        if (path_known) *path_known = true;
        if (each.method == method) return &each;
    }
    return nullptr;
}

void api::serve(const config& settings) {
    keys_ = settings.api_keys;
    accounts_ = settings.accounts;
    queues_ = settings.rules->queues();
    media_max_ = settings.limits.media;
    configured_sinks_.clear();
    for (const stream::sink_settings& each : settings.sinks) configured_sinks_.push_back(each.name);
}

const api_key* api::key_of(std::string_view authorization) const {
    constexpr std::string_view scheme = "Bearer ";
    if (!authorization.starts_with(scheme)) return nullptr;
    const std::string_view given = authorization.substr(scheme.size());
    const api_key* found = nullptr;
    for (const api_key& each : keys_)
        if (crypto::same_secret(each.key, given)) found = &each;
    return found;
}

bool api::may(role who, std::string_view method, std::string_view path) {
    const route* found = find_route(method, path, nullptr, nullptr);
    return found && (found->roles & (bit_of(who) | anyone)) != 0;
}

net::task<api_response> api::answer(api_request request) {
    bool path_known = false;
    const route* found = find_route(request.method, request.path, &request.id, &path_known);
    if (!found && !path_known) co_return problem(404, "Not Found");
    if (found && found->roles != anyone) {
        if (!request.key) co_return problem(401, "Unauthorized", "a Bearer key is needed");
        if ((found->roles & bit_of(request.key->role)) == 0)
            co_return problem(403, "Forbidden", "the role of this key does not allow this call");
    }
    if (!found) {
        api_response refused = problem(405, "Method Not Allowed");
        for (const route& each : routes())
            if (matches_path(each.path, request.path, nullptr))
                refused.allow.append(refused.allow.empty() ? "" : ", ").append(each.method);
        co_return refused;
    }
    co_return co_await (this->*found->call)(std::move(request));
}

result<std::uint64_t> api::start_of(std::string_view cursor) const {
    const std::uint64_t oldest = with_.journal.oldest();
    if (cursor.empty()) return oldest;
    const auto seen = stream::sequence_of(cursor);
    if (!seen) return errc::malformed_message;
    // Older than what is kept, or newer than what there is: of a journal that was replaced by a backup.
    if (*seen + 1 < oldest || *seen > with_.journal.durable()) return errc::not_found;
    return *seen + 1;
}

api_response api::no_start(const error_code& why) const {
    if (why == errc::malformed_message) return problem(400, "Bad Request", "this is no cursor of ours");
    api_response gone = problem(410, "Gone", "the journal no longer reaches back to this cursor");
    gone.body.pop_back();
    json::append_member(gone.body, "oldest", stream::cursor_of(with_.journal.oldest() - 1));
    gone.body += '}';
    return gone;
}

bool api::still_good(const api_key& key, std::string_view path) const {
    return std::ranges::any_of(keys_, [&](const api_key& each) {
        return each.key == key.key && may(each.role, "GET", path);
    });
}

/// The consumer's connection closed while its claim was on the way: the tasks go back at once and lose no attempt.
void api::take_back(std::string_view claimed) {
    rapidjson::Document body;
    body.Parse(claimed.data(), claimed.size());
    if (body.HasParseError() || !body.IsObject() || !body.HasMember("tasks")) return;
    for (const auto& each : body["tasks"].GetArray()) {
        crm::command what = command_now(crm::act::unclaim);
        what.subject = inner_id('t', each["id"].GetString()).value_or(0);
        what.attempt = each["attempt"].GetInt();
        with_.applier.submit(what, [](const crm::outcome&) {});
    }
}

std::shared_ptr<stream::journal_reader> api::reader_from(std::uint64_t sequence) {
    return std::make_shared<stream::journal_reader>(with_.journal, sequence);
}

net::task<api_response> api::list_events(api_request request) {
    const auto limit = limit_of(request.query);
    if (!limit) co_return problem(400, "Bad Request", "\"limit\" is a number from 1 to 1000");
    const auto from = start_of(request.query["after"]);
    if (!from) co_return no_start(from.error());
    const stream::feed_filter filter{std::string(request.query["account"]), std::string(request.query["type"])};
    const auto read = [this, from = *from, filter, limit = *limit] {
        stream::journal_reader reader(with_.journal, from);
        return stream::read_page(reader, filter, limit);
    };
    const stream::feed_page page = co_await ask(read);
    api_response found;
    found.body = "{\"events\":[";
    for (const stream::feed_page::item& each : page.events) {
        if (found.body.back() != '[') found.body += ',';
        found.body += each.json;
    }
    found.body += "],\"next\":\"" + stream::cursor_of(page.next) + "\"}";
    co_return found;
}

net::task<std::string> api::next_events(std::shared_ptr<stream::journal_reader> from, stream::feed_filter filter) {
    const auto read = [from, filter] { return stream::read_page(*from, filter, 100); };
    waiter me{asio::steady_timer(with_.executor)};
    listeners_.push_back(&me);
    wants_news_.exchange(true);  // Before it looks: whatever is durable too late to be seen wakes it.
    stream::feed_page page = co_await ask(read);
    if (page.events.empty() && page.at_end && !me.woken && !stopping_) {
        me.timer.expires_after(stream_rest);
        co_await me.timer.async_wait(net::as_result);
    }
    std::erase(listeners_, &me);
    std::string out;
    for (const stream::feed_page::item& each : page.events)
        out.append("id: ").append(stream::cursor_of(each.sequence)).append("\ndata: ").append(each.json).append("\n\n");
    co_return out;
}

net::task<api_response> api::list_queues(api_request) {
    const auto read = [this] { return with_.state.queues(); };
    std::vector<crm::queue_figures> all = co_await ask(read);
    for (const std::string& name : queues_) {
        if (std::ranges::find(all, name, &crm::queue_figures::name) != all.end()) continue;
        all.emplace_back().name = name;
    }
    api_response found;
    found.body = "{\"queues\":[";
    for (const crm::queue_figures& each : all) {
        if (found.body.back() != '[') found.body += ',';
        append_queue(found.body, each, steady_ms());
    }
    found.body += "]}";
    co_return found;
}

net::task<crm::outcome> api::command(crm::command what) {
    return crm::submit(with_.executor, with_.applier, std::move(what));
}

/// Nothing may be thrown where somebody waits by address. When the state cannot be read, the claim itself will say so.
bool api::has_ready(const std::string& queue) const {
    try {
        return with_.state.has_ready(queue, steady_ms());
    } catch (const std::runtime_error&) {
        return true;
    }
}

net::task<api_response> api::claim(api_request request) {
    fields body(request.body);
    crm::command wanted = command_now(crm::act::claim);
    wanted.queue = request.id;
    wanted.consumer = body.text("consumer");
    wanted.key_name = request.key->name;
    wanted.count_max = static_cast<std::uint32_t>(body.number("max", 1, 1, claim_max));
    wanted.duration_ms = 1000 * body.number("ack_wait_s", ack_wait_default_s, 1, ack_wait_max_s);
    const std::int64_t wait_until_ms = steady_ms() + 1000 * body.number("wait_s", 0, 0, wait_max_s);
    if (!body.wrong().empty()) co_return problem(400, "Bad Request", body.wrong());

    waiter me{asio::steady_timer(with_.executor)};
    const auto here = claims_.emplace(wanted.queue, &me);
    crm::outcome got;
    for (;;) {
        me.woken = false;
        // Only a claim that is likely to get something becomes a record of the journal.
        const auto read = [this, queue = wanted.queue] { return has_ready(queue); };
        if (co_await ask(read)) {
            wanted.at_ms = steady_ms();
            got = co_await command(wanted);
        }
        const std::int64_t left_ms = wait_until_ms - steady_ms();
        if (got.failed || !got.tasks.empty() || left_ms <= 0 || stopping_ || request.gone()) break;
        if (me.woken) continue;
        // A task put off until later wakes nobody: so look again every second.
        me.timer.expires_after(std::chrono::milliseconds(std::min<std::int64_t>(left_ms, 1000)));
        co_await me.timer.async_wait(net::as_result);
    }
    claims_.erase(here);
    if (got.failed) co_return not_now();
    api_response found;
    found.body = "{\"tasks\":[";
    for (const crm::task& each : got.tasks) {
        if (found.body.back() != '[') found.body += ',';
        append_task(found.body, each);
    }
    found.body += "]}";
    co_return found;
}

/// What the three calls on a claimed task have in common; `what` is where they differ.
net::task<api_response> api::on_task(std::string id, std::string wrong, crm::command what) {
    if (!wrong.empty()) co_return problem(400, "Bad Request", wrong);
    const auto task = inner_id('t', id);
    if (!task) co_return problem(404, "Not Found", "there is no such task");
    what.subject = *task;
    const crm::outcome its = co_await command(std::move(what));
    if (!its.failed) co_return api_response{204, "", "", {}};
    if (its.failed == errc::not_found) co_return problem(404, "Not Found", "there is no such task");
    if (its.failed == errc::conflict)
        co_return problem(409, "Conflict", "the task is not claimed, or by another attempt");
    co_return not_now();
}

net::task<api_response> api::acknowledge(api_request request) {
    fields body(request.body);
    crm::command what = command_now(crm::act::acknowledge);
    what.attempt = attempt_of(body);
    co_return co_await on_task(request.id, body.wrong(), std::move(what));
}

net::task<api_response> api::give_back(api_request request) {
    fields body(request.body);
    crm::command what = command_now(crm::act::give_back);
    what.attempt = attempt_of(body);
    what.duration_ms = 1000 * body.number("delay_s", 0, 0, delay_max_s);
    what.reason = utf8::cut(body.text("reason"), reason_bytes_max);
    co_return co_await on_task(request.id, body.wrong(), std::move(what));
}

net::task<api_response> api::extend(api_request request) {
    fields body(request.body);
    crm::command what = command_now(crm::act::extend);
    what.attempt = attempt_of(body);
    what.duration_ms = 1000 * body.number("ack_wait_s", ack_wait_default_s, 1, ack_wait_max_s);
    co_return co_await on_task(request.id, body.wrong(), std::move(what));
}

/// An agent sees the contacts of tasks that were claimed with the agent's key.
net::task<bool> api::sees_contact(const api_key* key, std::int64_t contact) {
    if (key->role != role::agent) co_return true;
    const auto read = [this, name = key->name, contact] { return with_.state.has_had_task_of(name, contact); };
    co_return co_await ask(read);
}

net::task<api_response> api::get_contact(api_request request) {
    const auto id = inner_id('c', request.id);
    if (!id) co_return problem(404, "Not Found", "there is no such contact");
    if (!co_await sees_contact(request.key, *id)) co_return problem(403, "Forbidden", "not a contact of your tasks");
    const auto read = [this, id = *id] { return with_.state.find_contact(id); };
    const std::optional<crm::contact> who = co_await ask(read);
    if (!who) co_return problem(404, "Not Found", "there is no such contact");
    api_response found;
    append_contact(found.body, *who);
    co_return found;
}

net::task<api_response> api::get_timeline(api_request request) {
    const auto id = inner_id('c', request.id);
    const auto limit = limit_of(request.query);
    if (!limit) co_return problem(400, "Bad Request", "\"limit\" is a number from 1 to 1000");
    const auto before = positions_of(request.query["before"]);
    if (!before) co_return problem(400, "Bad Request", "\"before\" is no cursor of ours");
    if (!id) co_return problem(404, "Not Found", "there is no such contact");
    if (!co_await sees_contact(request.key, *id)) co_return problem(403, "Forbidden", "not a contact of your tasks");
    const auto exists = [this, id = *id] { return with_.state.find_contact(id).has_value(); };
    if (!co_await ask(exists)) co_return problem(404, "Not Found", "there is no such contact");
    const auto read = [&] { return with_.state.timeline(*id, *before, *limit); };
    const crm::state_reader::timeline_page page = co_await ask(read);
    api_response found;
    found.body = "{\"events\":[";
    for (const std::string& each : page.events) {
        if (found.body.back() != '[') found.body += ',';
        found.body += each;
    }
    found.body += "],\"next\":";
    const std::string next = cursor_of(page.next);
    found.body += next.empty() ? "null" : '"' + next + '"';
    found.body += '}';
    co_return found;
}

/// Whom a conversation is with, for whoever may see it.
net::task<api::seen> api::see_conversation(const api_request& request) {
    const auto id = inner_id('v', request.id);
    if (!id) co_return seen{{}, problem(404, "Not Found", "there is no such conversation")};
    const std::int64_t number = *id;
    const auto read = [this, number] { return with_.state.find_conversation(number); };
    std::optional<crm::counterpart> with = co_await ask(read);
    if (!with) co_return seen{{}, problem(404, "Not Found", "there is no such conversation")};
    const bool may = co_await sees_contact(request.key, with->contact);
    if (!may) co_return seen{{}, problem(403, "Forbidden", "not a contact of your tasks")};
    co_return seen{std::move(with), {}};
}

/// Accounts whose customers may be written to only for a while after they did something.
bool api::has_windows(const crm::counterpart& with) const {
    const auto its = std::ranges::find(accounts_, with.via.empty() ? with.account : with.via, &yizhan::account::id);
    const adapters::adapter_kind* const kind = its == accounts_.end() ? nullptr : adapters::find_kind(its->channel, its->kind);
    return kind && kind->opens;
}

/// Until the state has what was said through us before, for a while at most.
net::task<> api::wait_for_said() {
    const std::uint64_t wanted = last_said_;
    asio::steady_timer rest(with_.executor);
    for (int tries = 0; tries < 500 && with_.applier.applied() < wanted && !stopping_; ++tries) {
        rest.expires_after(std::chrono::milliseconds(2));
        co_await rest.async_wait(net::as_result);
    }
}

net::task<api_response> api::say(api_request request) {
    constexpr std::size_t key_max = 255;
    seen to = co_await see_conversation(request);
    if (!to.with) co_return std::move(to.refused);
    if (request.idempotency_key.size() > key_max) co_return problem(400, "Bad Request", "Idempotency-Key has 255 characters at most");
    std::string why;
    auto what = reply_of(request.body, why);
    if (!what) co_return problem(400, "Bad Request", why);
    speaker::request asked;
    asked.what = std::move(*what);
    asked.key = request.idempotency_key;
    asked.key_name = request.key->name;
    if (is_said(asked.what.kind) && asked.what.code.empty() && has_windows(*to.with)) {  // A code is a way of its own.
        const std::int64_t id = to.with->conversation;
        co_await wait_for_said();
        const auto read = [this, id] { return with_.state.open_windows(id, steady_ms()); };
        const std::vector<crm::reply_window> open = co_await ask(read);
        if (open.empty()) asked.not_now = "the customer cannot be written to now: the time, or the number of messages, since they last did something is over";
    }
    asked.to = std::move(*to.with);
    const speaker::answer its = co_await with_.speak(std::move(asked));
    if (its.failed == errc::unknown_account) co_return problem(409, "Conflict", "the conversation's account is no longer configured");
    if (its.failed == errc::malformed_message) co_return problem(422, "Unprocessable Content", its.why);
    if (its.failed == errc::not_found && !its.why.empty()) co_return problem(409, "Conflict", its.why);
    if (its.failed == errc::conflict) co_return problem(422, "Unprocessable Content", "this Idempotency-Key was used for another message");
    if (its.failed == errc::past_deadline) co_return problem(409, "Conflict", "the same is just being done");
    if (its.failed) co_return not_now();
    last_said_ = std::max(last_said_, its.sequence);
    std::string_view status = "pending";
    std::optional<crm::outgoing> known;
    if (!its.is_new) {
        const event_id id = its.id;
        const auto read = [this, id] { return with_.state.find_message(id); };
        known = co_await ask(read);
        if (known) status = desk::name_of(known->status);
    }
    api_response said;
    said.status = its.is_new ? 202 : 200;
    said.body = R"({"id":")" + hex(its.id) + R"(","status":")" + std::string(status) + "\"}";
    co_return said;
}

net::task<api_response> api::list_messages(api_request request) {
    const auto limit = limit_of(request.query);
    if (!limit) co_return problem(400, "Bad Request", "\"limit\" is a number from 1 to 1000");
    const auto before = positions_of(request.query["before"]);
    if (!before) co_return problem(400, "Bad Request", "\"before\" is no cursor of ours");
    seen of = co_await see_conversation(request);
    if (!of.with) co_return std::move(of.refused);
    const std::int64_t id = of.with->conversation;
    const auto read = [this, id, &before, &limit] {
        std::pair<crm::state_reader::timeline_page, std::vector<std::optional<crm::outgoing>>> found;
        found.first = with_.state.messages(id, *before, *limit);
        for (const std::string& each : found.first.events) {
            const bool is_ours = each.find(R"("direction":"outbound")") != std::string::npos && each.find(R"("type":"message.)") != std::string::npos;
            const std::size_t at = each.find(R"("id":")");
            const auto message = is_ours && at != std::string::npos ? event_id_of(std::string_view(each).substr(at + 6, 32)) : std::nullopt;
            found.second.push_back(message ? with_.state.find_message(*message) : std::nullopt);
        }
        return found;
    };
    const auto [page, deliveries] = co_await ask(read);
    api_response found;
    found.body = "{\"messages\":[";
    for (std::size_t at = 0; at < page.events.size(); ++at) {
        if (at) found.body += ',';
        found.body += "{\"event\":" + page.events[at];
        if (deliveries[at]) append_delivery(found.body += ",\"delivery\":", *deliveries[at]);
        found.body += '}';
    }
    const std::string next = cursor_of(page.next);
    found.body += "],\"next\":" + (next.empty() ? std::string("null") : '"' + next + '"') + "}";
    co_return found;
}

net::task<api_response> api::get_budget(api_request request) {
    seen of = co_await see_conversation(request);
    if (!of.with) co_return std::move(of.refused);
    const std::int64_t id = of.with->conversation;
    const auto read = [this, id] { return with_.state.open_windows(id, steady_ms()); };
    const std::vector<crm::reply_window> open = co_await ask(read);
    const bool is_free = !has_windows(*of.with);
    api_response found;
    found.body = std::string(R"({"may_write":)") + (is_free || !open.empty() ? "true" : "false") + ",\"ways\":[";
    if (is_free) found.body += R"({"way":"any_time","until":null,"left":null})";
    for (const crm::reply_window& each : open) append_window(found.body, each);
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::find_contacts(api_request request) {
    const std::string_view wanted = request.query["identity"];
    if (wanted.empty()) co_return problem(400, "Bad Request", "\"identity\" is needed: ID or kind:ID");
    const std::size_t colon = wanted.find(':');
    const std::string kind(colon == std::string_view::npos ? "" : wanted.substr(0, colon));
    const std::string id(colon == std::string_view::npos ? wanted : wanted.substr(colon + 1));
    const auto read = [this, kind, id] {
        std::vector<crm::contact> all;
        for (const std::int64_t each : with_.state.find_identity(kind, id))
            if (auto who = with_.state.find_contact(each)) all.push_back(std::move(*who));
        return all;
    };
    const std::vector<crm::contact> all = co_await ask(read);
    api_response found;
    found.body = "{\"contacts\":[";
    for (const crm::contact& each : all) {
        if (!co_await sees_contact(request.key, each.id)) continue;
        if (found.body.back() != '[') found.body += ',';
        append_contact(found.body, each);
    }
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::erase_contact(api_request request) {
    const auto id = inner_id('c', request.id);
    if (!id) co_return problem(404, "Not Found", "there is no such contact");
    crm::command what = command_now(crm::act::erase_contact);
    what.subject = *id;
    const crm::outcome its = co_await command(std::move(what));
    if (its.failed == errc::not_found) co_return problem(404, "Not Found", "there is no such contact");
    if (its.failed) co_return not_now();
    api_response done;
    done.body =
        R"({"erased":true,"state":"identity, texts, media ids, tags, tasks and conversations of the contact are gone",)"
        R"("journal":"what was received before stays readable in the journal and in GET /v1/events until it is older than the configured retention, and is deleted then"})";
    co_return done;
}

net::task<api_response> api::list_dead_letters(api_request request) {
    const auto limit = limit_of(request.query);
    if (!limit) co_return problem(400, "Bad Request", "\"limit\" is a number from 1 to 1000");
    const auto read = [this, limit = *limit] { return with_.state.dead_letters(limit); };
    const std::vector<crm::dead_letter> all = co_await ask(read);
    api_response found;
    found.body = "{\"dead_letters\":[";
    for (const crm::dead_letter& each : all) {
        if (found.body.back() != '[') found.body += ',';
        append_dead_letter(found.body, each);
    }
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::get_dead_letter(api_request request) {
    const auto named = dead_letter_named(request.id);
    const auto read = [this, named] {
        return named ? with_.state.find_dead_letter(named->first, named->second) : std::nullopt;
    };
    const std::optional<crm::dead_letter> letter = co_await ask(read);
    if (!letter) co_return problem(404, "Not Found", "there is no such dead letter");
    api_response found;
    append_dead_letter(found.body, *letter);
    co_return found;
}

net::task<api_response> api::on_dead_letter(std::string id, crm::act change) {
    const auto named = dead_letter_named(id);
    if (!named) co_return problem(404, "Not Found", "there is no such dead letter");
    crm::command what = command_now(change);
    what.letter = named->first;
    what.subject = named->second;
    const crm::outcome its = co_await command(std::move(what));
    if (its.failed == errc::not_found) co_return problem(404, "Not Found", "there is no such dead letter");
    if (its.failed) co_return not_now();
    co_return api_response{204, "", "", {}};
}

net::task<api_response> api::retry_dead_letter(api_request request) {
    co_return co_await on_dead_letter(request.id, crm::act::retry_dead_letter);
}

net::task<api_response> api::drop_dead_letter(api_request request) {
    co_return co_await on_dead_letter(request.id, crm::act::drop_dead_letter);
}

net::task<api_response> api::get_metrics(api_request) {
    const auto read = [this] { return with_.metrics_text(); };
    api_response found;
    found.body = co_await ask(read);
    found.type = "text/plain; version=0.0.4; charset=utf-8";
    co_return found;
}

net::task<api_response> api::get_live(api_request) {
    co_return api_response{200, "alive\n", "text/plain; charset=utf-8", {}};
}

net::task<api_response> api::get_ready(api_request request) {
    const std::string_view why = with_.not_ready();
    api_response found{why.empty() ? 200u : 503u, why.empty() ? "ready\n" : "not ready: " + std::string(why) + "\n",
                       "text/plain; charset=utf-8", {}};
    if (!request.query.has("verbose")) co_return found;
    found.body += "durable: " + std::to_string(with_.journal.durable()) + "\n";
    found.body += "applied: " + std::to_string(with_.applier.applied()) + "\n";
    for (const stream::damage& each : with_.journal.damages())
        found.body += "damaged: sequences " + std::to_string(each.first) + " to " + std::to_string(each.last) + ", " +
                      each.where + "\n";
    co_return found;
}

net::task<api_response> api::get_version(api_request) {
    api_response found;
    found.body = with_.version;
    co_return found;
}

net::task<api_response> api::get_openapi(api_request) {
    api_response found;
    found.body = openapi_document();
    co_return found;
}

net::task<api_response> api::list_accounts(api_request) {
    const auto read = [this] { return with_.state.grants(); };
    const std::vector<crm::held_grant> held = co_await ask(read);
    api_response found;
    found.body = "{\"accounts\":[";
    for (const account& each : accounts_) {
        if (found.body.back() != '[') found.body += ',';
        append_account(found.body, each, held);
    }
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::list_grants(api_request request) {
    if (std::ranges::find(accounts_, request.id, &account::id) == accounts_.end())
        co_return problem(404, "Not Found", "there is no such account");
    const auto read = [this] { return with_.state.grants(); };
    const std::vector<crm::held_grant> held = co_await ask(read);
    api_response found;
    found.body = "{\"grants\":[";
    for (const crm::held_grant& each : held) {
        if (each.account != request.id) continue;
        if (found.body.back() != '[') found.body += ',';
        append_grant(found.body, each, grant_shown::whole);
    }
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::list_schemas(api_request) {
    api_response found;
    found.body = "{\"schemas\":[";
    for (const std::string_view type : adapters::event_types()) {
        if (found.body.back() != '[') found.body += ',';
        json::append_string(found.body, type);
    }
    found.body += "]}";
    co_return found;
}

net::task<api_response> api::get_schema(api_request request) {
    api_response found;
    found.body = adapters::event_schema(request.id);
    if (found.body.empty()) co_return problem(404, "Not Found", "there is no such type of event");
    co_return found;
}

void api::wake(const std::vector<std::string>& queues) {
    for (const std::string& queue : queues) {
        const auto [first, last] = claims_.equal_range(queue);
        for (auto each = first; each != last; ++each) each->second->wake();
    }
}

void api::notice_durable() {
    if (!wants_news_.exchange(false)) return;
    asio::post(with_.executor, [this] {
        for (waiter* each : listeners_) each->wake();
    });
}

void api::stop() {
    stopping_ = true;
    for (const auto& [queue, each] : claims_) each->wake();
    for (waiter* each : listeners_) each->wake();
}

}  // namespace yizhan::gateway
