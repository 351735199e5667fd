#include "gateway/api_json.hpp"

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "desk/letters.hpp"

namespace yizhan::gateway {
namespace {

using json::append_key;
using json::append_string;

void append_text(std::string& out, std::string_view name, std::string_view text) {
    append_key(out, name);
    append_string(out, text);
}

void append_text_or_null(std::string& out, std::string_view name, std::string_view text) {
    append_key(out, name);
    if (text.empty())
        out += "null";
    else
        append_string(out, text);
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
    append_key(out, name);
    json::append_number(out, number);
}

template <class List, class Append>
void append_list(std::string& out, std::string_view name, const List& list, Append append) {
    append_key(out, name);
    out += '[';
    for (const auto& each : list) {
        if (out.back() != '[') out += ',';
        append(each);
    }
    out += ']';
}

}  // namespace

void append_grant(std::string& out, const crm::held_grant& what, grant_shown how) {
    out += '{';
    json::append_member(out, "kind", what.kind);
    json::append_member(out, "of", what.party);
    append_text(out, "at", time_text(what.at_ms));
    if (what.expires_ms != 0) append_text(out, "expires_at", time_text(what.expires_ms));
    if (how == grant_shown::whole) json::append_member(out, "value", what.value);
    out += '}';
}

void append_account(std::string& out, const account& which, const std::vector<crm::held_grant>& held) {
    out += '{';
    json::append_member(out, "id", which.id);
    json::append_member(out, "channel", which.channel);
    json::append_member(out, "kind", which.kind);
    out += ",\"grants\":[";
    for (const crm::held_grant& each : held) {
        if (each.account != which.id) continue;
        if (out.back() != '[') out += ',';
        append_grant(out, each, grant_shown::outline);
    }
    out += "]}";
}

std::string outer_id(char letter, std::int64_t id) { return letter + std::to_string(id); }

std::optional<std::int64_t> inner_id(char letter, std::string_view text) {
    if (text.empty() || text.front() != letter) return std::nullopt;
    return decimal(text.substr(1));
}

void append_task(std::string& out, const crm::task& what) {
    out += '{';
    append_text(out, "id", outer_id('t', what.id));
    append_text(out, "queue", what.queue);
    append_number(out, "priority", what.priority);
    append_number(out, "attempt", what.attempt);
    append_text(out, "enqueued_at", time_text(what.enqueued_ms));
    append_text_or_null(out, "conversation", what.conversation ? outer_id('v', what.conversation) : "");
    append_text_or_null(out, "contact", what.contact ? outer_id('c', what.contact) : "");
    append_list(out, "skills", what.skills, [&](const std::string& each) { append_string(out, each); });
    append_key(out, "event");
    out += what.event_json.empty() ? "null" : what.event_json;
    out += '}';
}

void append_dead_letter(std::string& out, const crm::dead_letter& what) {
    const bool is_task = what.kind == crm::letter_kind::task;
    out += '{';
    append_text(out, "id", outer_id(is_task ? 't' : 'r', what.id));
    append_text(out, "kind", is_task ? "task" : "record");
    append_number(out, "attempts", what.attempt);
    append_text(out, "reason", what.reason);
    append_text(out, "at", time_text(what.at_ms));
    append_text_or_null(out, "queue", what.queue);
    append_text_or_null(out, "contact", what.contact ? outer_id('c', what.contact) : "");
    append_list(out, "events", what.events, [&](const std::string& each) { out += each; });
    out += '}';
}

void append_contact(std::string& out, const crm::contact& who) {
    out += '{';
    append_text(out, "id", outer_id('c', who.id));
    append_text_or_null(out, "name", who.name);
    append_list(out, "identities", who.identities, [&](const crm::identity& each) {
        out += '{';
        append_text(out, "kind", each.kind);
        append_text(out, "id", each.id);
        append_text(out, "account", each.account);
        out += '}';
    });
    append_list(out, "tags", who.tags, [&](const std::string& each) { append_string(out, each); });
    append_text_or_null(out, "stage", who.stage);
    append_list(out, "profiles", who.profiles, [&](const crm::kept_profile& each) {
        out += '{';
        append_text(out, "account", each.account);
        append_text(out, "at", time_text(each.at_ms));
        append_key(out, "profile");
        out += each.json;
        out += '}';
    });
    append_list(out, "conversations", who.conversations, [&](const crm::conversation& each) {
        out += '{';
        append_text(out, "id", outer_id('v', each.id));
        append_text(out, "account", each.account);
        append_text(out, "control", name_of(each.control));
        append_text(out, "last_at", time_text(each.last_ms));
        out += '}';
    });
    out += '}';
}

void append_delivery(std::string& out, const crm::outgoing& what) {
    out += '{';
    json::append_member(out, "status", desk::name_of(what.status));
    out += ",\"attempts\":" + std::to_string(what.attempt);
    json::append_member(out, "reason", what.reason);
    json::append_member(out, "platform_id", what.platform_id);
    out += '}';
}

void append_window(std::string& out, const crm::reply_window& what) {
    if (out.back() != '[') out += ',';
    out += what.what == 1 ? R"({"way":"after_message","until":")" : R"({"way":"after_event","until":")";
    append_time(out, what.until_ms, time_form::seconds);
    out += "\",\"left\":" + (what.left < 0 ? std::string("null") : std::to_string(what.left)) + "}";
}

void append_queue(std::string& out, const crm::queue_figures& what, std::int64_t now_ms) {
    out += '{';
    append_text(out, "name", what.name);
    append_number(out, "pending", what.pending);
    append_number(out, "claimed", what.claimed);
    append_number(out, "oldest_s",
                  what.oldest_ms ? std::max<std::int64_t>(0, (now_ms - what.oldest_ms) / 1000) : 0);
    out += '}';
}

}  // namespace yizhan::gateway
