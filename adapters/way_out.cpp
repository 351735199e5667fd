#include "adapters/way_out.hpp"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace yizhan::adapters {
namespace {

constexpr std::size_t reason_max = 200;

bool read(std::string_view answer, rapidjson::Document& into) {
    into.Parse<rapidjson::kParseIterativeFlag>(answer.data(), answer.size());
    return !into.HasParseError() && into.IsObject();
}

std::int64_t number_in(const rapidjson::Document& of, const char* name) {
    const auto found = of.FindMember(name);
    return found != of.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : 0;
}

std::string text_in(const rapidjson::Document& of, const char* name) {
    const auto found = of.FindMember(name);
    if (found == of.MemberEnd()) return {};
    if (found->value.IsInt64()) return std::to_string(found->value.GetInt64());
    return found->value.IsString() ? std::string(found->value.GetString(), found->value.GetStringLength()) : std::string();
}

verdict judge_read(const rapidjson::Document& answer, std::span<const code_row> table) {
    verdict made;
    made.code = number_in(answer, "errcode");
    if (made.code == 0) {
        made.platform_id = text_in(answer, "msgid");
        return made;
    }
    const auto row = std::ranges::find(table, made.code, &code_row::code);
    made.what = row == table.end() ? fate::never : row->what;
    made.rest_ms = row == table.end() ? 0 : row->rest_ms;
    made.reason = row == table.end() ? text_in(answer, "errmsg").substr(0, reason_max) : row->reason;
    return made;
}

}  // namespace

verdict judge_errcode(unsigned status, std::string_view answer, std::span<const code_row> table) {
    rapidjson::Document document;
    if (read(answer, document)) return judge_read(document, table);
    verdict made;
    made.what = fate::again;
    made.rest_ms = 1000;
    made.reason = "the platform answered " + std::to_string(status) + ", and not in JSON";
    return made;
}

std::string text_in(std::string_view answer, const char* name) {
    rapidjson::Document document;
    return read(answer, document) ? text_in(document, name) : std::string();
}

std::string object_in(std::string_view answer, const char* name) {
    rapidjson::Document document;
    if (!read(answer, document)) return {};
    const auto found = document.FindMember(name);
    if (found == document.MemberEnd() || !found->value.IsObject()) return {};
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    found->value.Accept(writer);
    return {out.GetString(), out.GetSize()};
}

result<access_token> token_in(std::string_view answer, std::span<const code_row> table, verdict& why, const char* name) {
    rapidjson::Document document;
    if (!read(answer, document)) {
        why = {fate::again, 0, "no JSON came for a token", 1000, ""};
        return errc::malformed_message;
    }
    why = judge_read(document, table);
    access_token made{text_in(document, name), number_in(document, "expires_in")};
    if (why.what == fate::done && (made.value.empty() || made.lifetime_s <= 0))
        why = {fate::again, 0, "the answer has no token", 1000, ""};
    if (why.what != fate::done) return errc::malformed_message;
    return made;
}

result<std::string> upload_in(std::string_view answer, std::span<const code_row> table, verdict& why) {
    rapidjson::Document document;
    if (!read(answer, document)) {
        why = {fate::again, 0, "no JSON came for an upload", 1000, ""};
        return errc::malformed_message;
    }
    why = judge_read(document, table);
    std::string id = text_in(document, "media_id");
    if (id.empty()) id = text_in(document, "thumb_media_id");
    if (why.what == fate::done && id.empty()) why = {fate::never, 0, "the answer has no id", 0, ""};
    if (why.what != fate::done) return errc::malformed_message;
    return id;
}

api_call upload_to(std::string target, const media_file& what) {
    constexpr std::string_view boundary = "----yizhan-7d1f0c5b9a3e4862";
    std::string name(what.name);
    std::ranges::replace_if(name, [](unsigned char c) { return c < 32 || c == '"' || c == '\\' || c == 127; }, '_');
    api_call call;
    call.target = std::move(target);
    call.content_type = "multipart/form-data; boundary=" + std::string(boundary);
    call.body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"media\"; filename=\"").append(name);
    call.body.append("\"; filelength=").append(std::to_string(what.bytes.size())).append("\r\nContent-Type: ").append(what.type);
    call.body.append("\r\n\r\n").append(what.bytes).append("\r\n--").append(boundary).append("--\r\n");
    return call;
}

result<profile> profile_in(std::string_view answer, std::span<const code_row> table, std::initializer_list<const char*> inside,
                           const char* name, verdict& why) {
    rapidjson::Document document;
    if (!read(answer, document)) {
        why = {fate::again, 0, "no JSON came for a profile", 1000, ""};
        return errc::malformed_message;
    }
    why = judge_read(document, table);
    if (why.what != fate::done) return errc::malformed_message;
    const rapidjson::Value* of = &document;
    for (const char* each : inside) {
        if (of->IsArray()) of = of->Empty() ? nullptr : &(*of)[0];
        if (of && of->IsObject()) {
            const auto found = of->FindMember(each);
            of = found == of->MemberEnd() ? nullptr : &found->value;
        }
        if (!of) break;
    }
    if (of && of->IsArray()) of = of->Empty() ? nullptr : &(*of)[0];
    if (!of || !of->IsObject()) {
        why = {fate::never, 0, "the platform says nothing of them", 0, ""};
        return errc::malformed_message;
    }
    const auto text = [of](const char* member) -> std::string {
        const auto found = of->FindMember(member);
        return found != of->MemberEnd() && found->value.IsString() ? found->value.GetString() : "";
    };
    profile made{text(name), text("unionid"), {}};
    document.RemoveMember("errcode");
    document.RemoveMember("errmsg");
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    document.Accept(writer);
    made.json.assign(out.GetString(), out.GetSize());
    return made;
}

namespace {

/// Reads a page and notes where in it each item stands: items are kept as they came, digits and all. (An iterative parser
/// takes the brace after it has told of it.)
struct page_reader : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, page_reader> {
    page_reader(std::string_view its_text, const char* its_list, const rapidjson::MemoryStream& from)
        : text(its_text), list(its_list), stream(from) {}

    bool StartObject() {
        if (++depth == 3 && in_list) begin = stream.Tell();
        return true;
    }
    bool EndObject(rapidjson::SizeType) {
        if (depth-- == 3 && in_list) made.items.emplace_back(text.substr(begin, stream.Tell() + 1 - begin));
        return true;
    }
    bool StartArray() {
        in_list |= ++depth == 2 && key == list;
        return true;
    }
    bool EndArray(rapidjson::SizeType) {
        if (depth-- == 2) in_list = false;
        return true;
    }
    bool Key(const char* name, rapidjson::SizeType length, bool) {
        if (depth == 1) key.assign(name, length);
        return true;
    }
    bool String(const char* value, rapidjson::SizeType length, bool) {
        if (depth == 1 && key == "next_cursor") made.next_cursor.assign(value, length);
        return true;
    }
    bool RawNumber(const char* digits, rapidjson::SizeType length, bool) {
        if (depth == 1 && key == "has_more") made.has_more = std::string_view(digits, length) == "1";
        return true;
    }
    bool Default() { return true; }

    std::string_view text, list;
    const rapidjson::MemoryStream& stream;
    int depth = 0;
    bool in_list = false;
    std::size_t begin = 0;
    std::string key;
    pulled_page made;
};

}  // namespace

result<pulled_page> page_in(std::string_view answer, const char* list, verdict& why) {
    rapidjson::MemoryStream stream(answer.data(), answer.size());
    page_reader handler(answer, list, stream);
    rapidjson::Reader reader;
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    if (!reader.Parse<flags>(stream, handler)) {
        why = {fate::again, 0, "a page cannot be read", 1000, ""};
        return errc::malformed_message;
    }
    return std::move(handler.made);
}

}  // namespace yizhan::adapters
