#include "core/event.hpp"

#include <charconv>

#include "core/json_text.hpp"
#include "core/time.hpp"

namespace yizhan {
namespace {

using json::append_key;
using json::append_member;
using json::append_string;

constexpr char hex_digits[] = "0123456789abcdef";

void append_hex(std::string& out, const event_id& id) {
    for (const unsigned char byte : id) {
        out += hex_digits[byte >> 4];
        out += hex_digits[byte & 15];
    }
}

void append_party(std::string& out, std::string_view name, const party& who) {
    if (who.id.empty()) return;
    append_key(out, name);
    out += "{\"kind\":\"";
    out += who.kind;
    out += "\",\"id\":";
    append_string(out, who.id);
    out += '}';
}

/// One JSON string of several parts.
void append_joined(std::string& out, std::initializer_list<std::string_view> parts) {
    out += '"';
    for (const std::string_view part : parts) json::append_inside(out, part);
    out += '"';
}

/// A decimal the platform sent as text, written as a JSON number; left out when it is none.
void append_decimal(std::string& out, std::string_view name, std::string_view text) {
    if (const auto whole = decimal(text)) {
        append_key(out, name);
        json::append_number(out, *whole);
        return;
    }
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || !(value > -1e15 && value < 1e15)) return;
    char digits[32];
    append_key(out, name);
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_details(std::string& out, const event& what) {
    append_member(out, "text", what.text);
    append_member(out, "event_key", what.event_key);
    append_member(out, "scene", what.scene);
    append_member(out, "ticket", what.ticket);
    append_member(out, "welcome_code", what.welcome_code);
    append_member(out, "state", what.state);
    if (what.media) {
        append_key(out, "media");
        out += '{';
        append_member(out, "id", what.media->id);
        append_member(out, "url", what.media->url);
        append_member(out, "format", what.media->format);
        append_decimal(out, "size", what.media->size);
        append_member(out, "thumb_id", what.media->thumb_id);
        out += '}';
    }
    if (what.location) {
        append_key(out, "location");
        out += '{';
        append_decimal(out, "latitude", what.location->latitude);
        append_decimal(out, "longitude", what.location->longitude);
        append_member(out, "label", what.location->label);
        append_decimal(out, "scale", what.location->scale);
        out += '}';
    }
    if (what.link) {
        append_key(out, "link");
        out += '{';
        append_member(out, "title", what.link->title);
        append_member(out, "description", what.link->description);
        append_member(out, "url", what.link->url);
        out += '}';
    }
    if (what.scan) {
        append_key(out, "scan");
        out += '{';
        append_member(out, "type", what.scan->type);
        append_member(out, "result", what.scan->result);
        out += '}';
    }
}

}  // namespace

void append_json(std::string& out, const event& what, const origin& through, std::string_view platform) {
    out += R"({"specversion":"1.0","id":")";
    append_hex(out, what.id);
    out += R"(","source":)";
    append_joined(out, {"/", through.channel, "/", through.account});
    out += R"(,"type":")";
    out += what.type;
    out += R"(","subject":)";
    const std::size_t quoted_at = out.size();
    const std::string_view customer = what.is_outbound ? what.to.id : what.from.id;
    append_joined(out, {through.channel, "/", through.account, customer.empty() ? "" : "/", customer});
    const std::size_t subject_end = out.size();
    out += ",\"partitionkey\":";
    out.append(out, quoted_at, subject_end - quoted_at);
    out += ",\"time\":\"";
    append_time(out, what.at_ms, what.at_ms % 1000 ? time_form::milliseconds : time_form::seconds);
    out += R"(","dataschema":"urn:yizhan:event:)";
    out += what.type;
    out += R"(:1","datacontenttype":"application/json","data":{"channel":")";
    out += through.channel;
    out += R"(","account":)";
    append_string(out, through.account);
    append_member(out, "via", through.via);
    out += what.is_outbound ? R"(,"direction":"outbound")" : R"(,"direction":"inbound")";
    append_party(out, "from", what.from);
    append_party(out, "to", what.to);
    append_member(out, "platform_id", what.platform_id);
    append_details(out, what);
    out += ",\"platform\":";
    out += platform;
    out += "}}";
}

std::string hex(const event_id& id) {
    std::string out;
    append_hex(out, id);
    return out;
}

std::optional<event_id> event_id_of(std::string_view hex_digits_given) {
    event_id id{};
    if (hex_digits_given.size() != 2 * id.size()) return std::nullopt;
    for (std::size_t at = 0; at < id.size(); ++at) {
        const char* pair = hex_digits_given.data() + 2 * at;
        const auto [end, failed] = std::from_chars(pair, pair + 2, id[at], 16);
        if (failed != std::errc{} || end != pair + 2) return std::nullopt;
    }
    return id;
}

}  // namespace yizhan
