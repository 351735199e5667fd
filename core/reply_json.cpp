#include "core/reply_json.hpp"

#include <rapidjson/document.h>

#include <charconv>

#include "core/json_text.hpp"

namespace yizhan {
namespace {

constexpr std::size_t articles_max = 8;

class reader {
public:
    explicit reader(std::string& why) : why_(why) { why_.clear(); }

    void wrong(std::string what) {
        if (why_.empty()) why_ = std::move(what);
    }
    std::string text(const rapidjson::Value& of, const char* what) {
        if (of.IsString() && of.GetStringLength() > 0) return {of.GetString(), of.GetStringLength()};
        wrong(std::string("\"") + what + "\" must be a text, and not empty");
        return {};
    }
    /// Members are texts; those in `needed` must be there.
    void members(const rapidjson::Value& of, const char* what,
                 std::initializer_list<std::pair<const char*, std::string*>> known, std::string_view needed) {
        if (!of.IsObject()) return wrong(std::string("\"") + what + "\" must be an object");
        for (const auto& each : of.GetObject()) {
            const std::string_view name(each.name.GetString(), each.name.GetStringLength());
            bool is_known = false;
            for (const auto& [key, into] : known) {
                if (name != key) continue;
                is_known = true;
                if (each.value.IsNumber())
                    *into = std::to_string(each.value.GetDouble());
                else
                    *into = text(each.value, key);
            }
            if (!is_known) wrong(std::string("\"") + what + "\" has no member \"" + std::string(name) + "\"");
        }
        for (const auto& [key, into] : known)
            if (into->empty() && needed.find(key) != std::string_view::npos)
                wrong(std::string("\"") + what + "\" needs \"" + key + "\"");
    }

    /// {"head", "options": [{"id", "text"}], "tail"}
    void menu(const rapidjson::Value& of, const char* what, reply& into) {
        if (!of.IsObject() || !of.HasMember("options") || !of["options"].IsArray() || of["options"].Empty() || of["options"].Size() > options_max)
            return wrong(std::string("\"") + what + "\" needs \"options\", 1 to 10 of them");
        for (const auto& each : of.GetObject()) {
            const std::string_view name(each.name.GetString(), each.name.GetStringLength());
            if (name == "head") into.text = text(each.value, "head");
            else if (name == "tail") into.tail = text(each.value, "tail");
            else if (name != "options") wrong(std::string("\"") + what + "\" has no member \"" + std::string(name) + "\"");
        }
        for (const rapidjson::Value& each : of["options"].GetArray()) {
            option& one = into.options.emplace_back();
            members(each, "options", {{"id", &one.id}, {"text", &one.text}}, "id text");
            if (!is_option_id(one.id)) wrong("an option's id has letters, digits, _ and - only, 128 at most");
            if (one.text.size() > option_bytes_max) wrong("an option's text has 128 bytes at most");
        }
    }

private:
    std::string& why_;
};

bool is_degree(const std::string& text) {
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc{} && end == text.data() + text.size() && value >= -180 && value <= 180 &&
           text.find_first_not_of("0123456789.-") == std::string::npos;
}

void put_object(std::string& out, std::string_view name, std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    json::append_key(out, name);
    out += '{';
    for (const auto& [key, value] : members) json::append_member(out, key, value);
    out += '}';
}

void put_menu(std::string& out, const reply& what) {
    out += '{';
    json::append_member(out, "head", what.text);
    json::append_key(out, "options");
    out += '[';
    for (const option& each : what.options) {
        if (out.back() != '[') out += ',';
        out += '{';
        json::append_member(out, "id", each.id);
        json::append_member(out, "text", each.text);
        out += '}';
    }
    out += ']';
    json::append_member(out, "tail", what.tail);
    out += '}';
}

}  // namespace

void append_reply(std::string& out, const reply& what) {
    out += '{';
    switch (what.kind) {
        case reply_kind::text:
            json::append_key(out, "text");
            json::append_string(out, what.text);
            break;
        case reply_kind::image:
        case reply_kind::voice:
            json::append_member(out, name_of(what.kind), what.media_id);
            break;
        case reply_kind::video:
            put_object(out, "video", {{"media_id", what.media_id}, {"title", what.title}, {"description", what.description}});
            break;
        case reply_kind::music:
            put_object(out, "music", {{"title", what.title}, {"description", what.description}, {"url", what.url},
                                      {"hq_url", what.hq_url}, {"thumb_id", what.media_id}});
            break;
        case reply_kind::news:
            json::append_key(out, "news");
            out += '[';
            for (const article& each : what.articles) {
                if (out.back() != '[') out += ',';
                out += '{';
                json::append_member(out, "title", each.title);
                json::append_member(out, "description", each.description);
                json::append_member(out, "url", each.url);
                json::append_member(out, "image", each.image_url);
                out += '}';
            }
            out += ']';
            break;
        case reply_kind::location:
            put_object(out, "location", {{"latitude", what.latitude}, {"longitude", what.longitude}});
            break;
        case reply_kind::platform_desk:
            json::append_key(out, "platform_desk");
            if (what.text.empty()) out += "true";
            else json::append_string(out, what.text);
            break;
        case reply_kind::menu:
            json::append_key(out, "menu");
            put_menu(out, what);
            break;
        case reply_kind::session_end:
            json::append_key(out, "session_end");
            if (what.options.empty()) out += "true";
            else put_menu(out, what);
            break;
        case reply_kind::card:
        case reply_kind::card_button:
            break;  // These answer a callback only.
    }
    json::append_member(out, "code", what.code);
    out += '}';
}

result<reply> reply_of(std::string_view text, std::string& why) {
    reader from(why);
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    const bool has_code = !document.HasParseError() && document.IsObject() && document.HasMember("code");
    if (document.HasParseError() || !document.IsObject() || document.MemberCount() != (has_code ? 2u : 1u)) {
        why = "a message has exactly one of text, image, voice, video, music, news, location, menu, platform_desk, session_end";
        return errc::malformed_message;
    }
    reply made;
    if (has_code) {
        made.code = from.text(document["code"], "code");
        document.RemoveMember("code");
    }
    const auto member = document.MemberBegin();
    const std::string name(member->name.GetString(), member->name.GetStringLength());
    const rapidjson::Value& value = member->value;
    if (name == "text") {
        made.kind = reply_kind::text;
        made.text = from.text(value, "text");
    } else if (name == "image" || name == "voice") {
        made.kind = name == "image" ? reply_kind::image : reply_kind::voice;
        made.media_id = from.text(value, name.c_str());
    } else if (name == "video") {
        made.kind = reply_kind::video;
        from.members(value, "video", {{"media_id", &made.media_id}, {"title", &made.title}, {"description", &made.description}}, "media_id");
    } else if (name == "music") {
        made.kind = reply_kind::music;
        from.members(value, "music", {{"title", &made.title}, {"description", &made.description}, {"url", &made.url},
                                      {"hq_url", &made.hq_url}, {"thumb_id", &made.media_id}}, "title url thumb_id");
    } else if (name == "news") {
        made.kind = reply_kind::news;
        if (!value.IsArray() || value.Empty() || value.Size() > articles_max) {
            why = "\"news\" is a list of 1 to 8 articles";
            return errc::malformed_message;
        }
        for (const rapidjson::Value& each : value.GetArray()) {
            article& one = made.articles.emplace_back();
            from.members(each, "news", {{"title", &one.title}, {"description", &one.description}, {"url", &one.url}, {"image", &one.image_url}}, "title url");
        }
    } else if (name == "location") {
        made.kind = reply_kind::location;
        from.members(value, "location", {{"latitude", &made.latitude}, {"longitude", &made.longitude}}, "latitude longitude");
        if (!is_degree(made.latitude) || !is_degree(made.longitude)) from.wrong("latitude and longitude are numbers");
    } else if (name == "menu") {
        made.kind = reply_kind::menu;
        from.menu(value, "menu", made);
    } else if (name == "platform_desk") {
        made.kind = reply_kind::platform_desk;
        if (!value.IsTrue()) made.text = from.text(value, "platform_desk");
    } else if (name == "session_end") {
        made.kind = reply_kind::session_end;
        if (!value.IsTrue()) from.menu(value, "session_end", made);
    } else {
        from.wrong("there is no message of the kind \"" + name + "\"");
    }
    if (!why.empty()) return errc::malformed_message;
    return made;
}

}  // namespace yizhan
