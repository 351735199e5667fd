#include "gateway/redecide.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "core/time.hpp"

namespace yizhan::gateway {
namespace {

using rapidjson::Value;

std::string_view text_of(const Value& from, const char* name) {
    if (!from.IsObject()) return {};
    const auto found = from.FindMember(name);
    if (found == from.MemberEnd() || !found->value.IsString()) return {};
    return {found->value.GetString(), found->value.GetStringLength()};
}

const Value& inside(const Value& from, const char* name) {
    static const Value nothing;
    if (!from.IsObject()) return nothing;
    const auto found = from.FindMember(name);
    return found == from.MemberEnd() ? nothing : found->value;
}

/// The event as the rules see it. Views into `whole`.
event event_in(const Value& whole, std::int64_t at_ms) {
    const Value& data = inside(whole, "data");
    event made;
    made.type = text_of(whole, "type");
    made.from = {text_of(inside(data, "from"), "kind"), text_of(inside(data, "from"), "id")};
    made.to = {text_of(inside(data, "to"), "kind"), text_of(inside(data, "to"), "id")};
    made.at_ms = at_ms;
    made.text = text_of(data, "text");
    made.event_key = text_of(data, "event_key");
    made.scene = text_of(data, "scene");
    return made;
}

facts facts_in(const Value& decision) {
    const Value& kept = inside(decision, "facts");
    facts known;
    known.name = text_of(kept, "name");
    known.stage = text_of(kept, "stage");
    if (const Value& tags = inside(kept, "tags"); tags.IsArray())
        for (const Value& each : tags.GetArray())
            if (each.IsString()) known.tags.emplace_back(each.GetString(), each.GetStringLength());
    if (const Value& left = inside(kept, "budget"); left.IsArray())
        for (const Value& each : left.GetArray()) {
            const auto what = each.IsString() ? budget_of(each.GetString()) : std::nullopt;
            known.may_answer |= what == budget::passive;
            known.may_write |= what == budget::open;
        }
    known.control = control_of(text_of(kept, "control")).value_or(control::rule);
    return known;
}

/// What follows, in one form, whichever way it was written.
std::string what_follows(const Value& decision) {
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    writer.StartObject();
    const auto copy = [&](const char* name, const char* as) {
        const Value& value = inside(decision, name);
        if (value.IsNull()) return;
        writer.Key(as);
        value.Accept(writer);
    };
    copy("rule", "rule");
    copy("reply", "reply");
    copy("reply_wanted", "reply");
    for (const char* each : {"queue", "priority", "skills", "tags", "stage", "drop"}) copy(each, each);
    writer.EndObject();
    return {out.GetString(), out.GetSize()};
}

}  // namespace

redecision redecide(const router::rules& by, const stream::kept_callback& whole, const stream::effects& event,
                    std::int64_t recorded_ms, router::rules::workspace& with) {
    rapidjson::Document happened, was;
    happened.Parse(event.event_json.data(), event.event_json.size());
    was.Parse(event.decision_json.data(), event.decision_json.size());
    redecision made;
    if (happened.HasParseError() || was.HasParseError()) return made;
    if (text_of(inside(happened, "data"), "direction") == "outbound") return made;  // Nobody decided about what we said.
    const facts known = facts_in(was);
    const yizhan::event about = event_in(happened, event.at_ms);
    const origin through{whole.channel, whole.account, whole.via};
    std::string json;
    by.append_json(json, by.decide(about, through, &known, recorded_ms, with));
    rapidjson::Document now;
    now.Parse(json.data(), json.size());
    made.before = what_follows(was);
    made.after = what_follows(now);
    return made;
}

}  // namespace yizhan::gateway
