#pragma once
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "core/query.hpp"
#include "simulator/platforms.hpp"

namespace yizhan::simulator {

/// One call of a platform's API, read.
struct platforms::asked {
    const call& whole;
    std::string_view path;
    yizhan::query query;
    rapidjson::Document body;
    std::int64_t now_ms;
    bool is_json = false;
};

inline std::string quoted(std::string_view text) {
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    return {out.GetString(), out.GetSize()};
}

inline std::string json_of(const rapidjson::Value& value) {
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    value.Accept(writer);
    return {out.GetString(), out.GetSize()};
}

inline std::string text_in(const rapidjson::Value& of, const char* name) {
    if (!of.IsObject()) return {};
    const auto found = of.FindMember(name);
    if (found == of.MemberEnd()) return {};
    if (found->value.IsString()) return {found->value.GetString(), found->value.GetStringLength()};
    return found->value.IsNumber() ? json_of(found->value) : std::string();
}

inline platforms::answer saying(std::string body) {
    platforms::answer made;
    made.body = std::move(body);
    return made;
}

}  // namespace yizhan::simulator
