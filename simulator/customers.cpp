#include "simulator/customers.hpp"

#include <rapidjson/document.h>

#include "core/query.hpp"

namespace yizhan::simulator {
namespace {

/// What an answer puts on the screen: its text where it is one, all of it otherwise; empty: nothing.
std::string shown_of(const std::string& answer) {
    if (answer.empty() || answer == "success") return {};
    constexpr std::string_view begin = "<Content><![CDATA[", end = "]]></Content>";
    if (const std::size_t at = answer.find(begin); at != std::string::npos) {
        const std::size_t from = at + begin.size();
        return answer.substr(from, answer.find(end, from) - from);
    }
    rapidjson::Document outer;
    outer.Parse(answer.data(), answer.size());
    if (outer.HasParseError() || !outer.IsObject() || !outer.HasMember("data") || !outer["data"].IsString()) return answer;
    rapidjson::Document inner;  // Weibo's: JSON in a text of JSON, and escaped besides.
    const std::string data = percent_decoded(outer["data"].GetString());
    inner.Parse(data.data(), data.size());
    const bool has_text = !inner.HasParseError() && inner.IsObject() && inner.HasMember("text") && inner["text"].IsString();
    return has_text ? inner["text"].GetString() : data;
}

}  // namespace

net::task<carrier::delivery> customers::bring(const account& to, std::string customer, forge_request what) {
    what.from = customer;
    carrier::delivery made = co_await brings_.bring(to, std::move(what));
    if (std::string shown = shown_of(made.answer); !shown.empty())
        plays_.customers().of(to.id, customer).lines.push_back({now_ms_(), true, "answer", std::move(shown), ""});
    co_return made;
}

net::task<carrier::delivery> customers::ring(const account& to, std::string token) {
    forge_request bell;
    bell.type = "event.kf_msg_or_event";
    bell.fields = {{"Token", std::move(token)}, {"OpenKfId", to.open_kfid}};
    co_return co_await brings_.bring(to, std::move(bell));
}

net::task<carrier::delivery> customers::say(const account& to, std::string customer, std::string text, std::string menu_id) {
    const platforms::customers_message said{"text", text, menu_id};
    std::string token = plays_.sent(to, customer, said, now_ms_());
    if (!token.empty()) co_return co_await ring(to, std::move(token));
    forge_request what;
    what.fields = {{to.channel == "weibo" ? "text" : "Content", text}};
    if (!menu_id.empty()) what.fields.emplace_back("bizmsgmenuid", menu_id);
    co_return co_await bring(to, std::move(customer), std::move(what));
}

net::task<carrier::delivery> customers::send_picture(const account& to, std::string customer, std::string bytes) {
    const std::string id = plays_.add_media(std::move(bytes), "image/png", now_ms_());
    const platforms::customers_message said{"image", id, ""};
    std::string token = plays_.sent(to, customer, said, now_ms_());
    if (!token.empty()) co_return co_await ring(to, std::move(token));
    forge_request what;
    what.type = "image";
    if (to.channel == "weibo") what.fields = {{"data.tovfid", id}};
    else what.fields = {{"MediaId", id}, {"PicUrl", ""}};
    co_return co_await bring(to, std::move(customer), std::move(what));
}

net::task<carrier::delivery> customers::follow(const account& to, std::string customer) {
    plays_.customers().open(to.id, customer, now_ms_(), 60000, 3);
    forge_request what;
    what.type = to.channel == "weibo" ? "event.follow" : "event.subscribe";
    co_return co_await bring(to, std::move(customer), std::move(what));
}

net::task<carrier::delivery> customers::enter(const account& to, std::string customer, std::string scene) {
    std::string token = plays_.entered(to, customer, scene, now_ms_());
    co_return co_await ring(to, std::move(token));
}

}  // namespace yizhan::simulator
