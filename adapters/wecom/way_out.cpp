#include "adapters/wecom/way_out.hpp"

#include "adapters/errcode_way_out.hpp"
#include "adapters/wecom/codes.hpp"
#include "adapters/wecom/credentials.hpp"
#include "core/json_text.hpp"
#include "core/query.hpp"

namespace yizhan::adapters::wecom {
namespace {

constexpr std::int64_t hour_ms = 3600 * 1000;

void append_object(std::string& body, std::string_view type,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    json::append_member(body, "msgtype", type);
    json::append_key(body, type);
    body += '{';
    for (const auto& [name, value] : members) json::append_member(body, name, value);
    body += '}';
}

class corporation : public errcode_way_out {
public:
    explicit corporation(std::shared_ptr<const adapters::credential> whose) : errcode_way_out(std::move(whose), codes()) {}

    std::string_view api() const override { return platform_api; }

    std::optional<api_call> upload_call(std::string_view kind, const media_file& what) const override {
        if (kind != "image" && kind != "voice" && kind != "video" && kind != "file") return std::nullopt;
        return upload_to("/cgi-bin/media/upload?access_token={token}&type=" + std::string(kind), what);
    }

    /// 读取成员; 获取客户详情.
    std::optional<api_call> profile_call(const party& whom) const override {
        if (whom.kind == "userid") return api_call{"GET", "/cgi-bin/user/get?access_token={token}&userid=" + percent_encoded(whom.id), "", ""};
        if (whom.kind != "external_userid") return std::nullopt;
        return api_call{"GET", "/cgi-bin/externalcontact/get?access_token={token}&external_userid=" + percent_encoded(whom.id), "", ""};
    }
    result<profile> profile_of(const party& whom, std::string_view answer, verdict& why) const override {
        if (whom.kind == "userid") return profile_in(answer, codes(), {}, "name", why);
        return profile_in(answer, codes(), {"external_contact"}, "name", why);
    }
};

/// 发送新客户欢迎语: what a new customer is told, with the code that came with them.
class welcomes final : public corporation {
public:
    using corporation::corporation;

    std::string_view cannot_send(const reply& what) const override {
        if (what.code.empty()) return "a customer of an employee can only be welcomed, with the code";
        return what.kind == reply_kind::text ? "" : "customers are welcomed with a text";
    }
    api_call send(const sending& what) const override {
        api_call call;
        call.target = "/cgi-bin/externalcontact/send_welcome_msg?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "welcome_code", what.what.code);
        json::append_key(body, "text");
        body += '{';
        json::append_member(body, "content", what.what.text);
        body += "}}";
        return call;
    }
    // The code speaks once, but the second answer does not tell who has spoken.
    bool drops_repeats() const override { return false; }
};

/// 发送应用消息: to employees.
class app_messages final : public corporation {
public:
    app_messages(std::shared_ptr<const adapters::credential> whose, std::string agent_id)
        : corporation(std::move(whose)), agent_id_(std::move(agent_id)) {}

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
            case reply_kind::image:
            case reply_kind::voice:
            case reply_kind::video:
            case reply_kind::news:
            case reply_kind::menu:  // As words.
                return {};
            default:
                return "an app's messages have no such kind";
        }
    }

    api_call send(const sending& what) const override {
        api_call call;
        call.target = "/cgi-bin/message/send?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "touser", what.to);
        body += ",\"agentid\":" + agent_id_;
        append_message(body, what.what);
        // By content: only where the same may have come through, since two people may well mean the same words.
        if (what.is_repeat) body += R"(,"enable_duplicate_check":1,"duplicate_check_interval":1800)";
        body += '}';
        return call;
    }
    // The check works against messages that were sent with it or without.
    bool drops_repeats() const override { return true; }

private:
    static void append_message(std::string& body, const reply& what) {
        switch (what.kind) {
            case reply_kind::image:
            case reply_kind::voice:
                return append_object(body, name_of(what.kind), {{"media_id", what.media_id}});
            case reply_kind::video:
                return append_object(body, "video", {{"media_id", what.media_id}, {"title", what.title}, {"description", what.description}});
            case reply_kind::news:
                json::append_member(body, "msgtype", "news");
                body += R"(,"news":{"articles":[)";
                for (const article& each : what.articles) {
                    if (body.back() != '[') body += ',';
                    body += '{';
                    json::append_member(body, "title", each.title);
                    json::append_member(body, "description", each.description);
                    json::append_member(body, "url", each.url);
                    json::append_member(body, "picurl", each.image_url);
                    body += '}';
                }
                body += "]}";
                return;
            default:
                return append_object(body, "text", {{"content", in_words(what)}});
        }
    }

    std::string agent_id_;
};

// "service_state": with nobody, with an assistant, in the pool, with a servicer, ended ("分配客服会话").
constexpr std::string_view state_pool = "2", state_servicer = "3", state_ended = "4";
constexpr std::int64_t wrong_state_code = 95016;

/// 微信客服, 发送消息: to customers, while the session is not with a servicer in the WeCom client; and 分配客服会话: to
/// hand it over to one, and to end it.
class kf_messages final : public corporation {
public:
    explicit kf_messages(const account& settings) : corporation(own_credential(settings)), kf_(settings.open_kfid) {}

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
                return {};
            case reply_kind::image:
            case reply_kind::voice:
            case reply_kind::video:
            case reply_kind::location:
            case reply_kind::news:
                return what.code.empty() ? "" : "with a code only texts and menus can be said";
            case reply_kind::menu:
            case reply_kind::platform_desk:
            case reply_kind::session_end:
                return {};
            default:
                return "WeChat Customer Service has no such kind";
        }
    }

    api_call send(const sending& what) const override {
        if (!is_said(what.what.kind)) return transfer(what);
        if (!what.what.code.empty()) return send_with(what.what.code, what.what, what.key);
        api_call call;
        std::string& body = call.body = "{";
        call.target = "/cgi-bin/kf/send_msg?access_token={token}";
        json::append_member(body, "touser", what.to);
        json::append_member(body, "open_kfid", kf_);
        json::append_member(body, "msgid", what.key);
        append_message(body, what.what);
        body += '}';
        return call;
    }
    /// One that was begun before may have come through: then the session is there already, or the code used.
    verdict judge(const sending& what, unsigned status, std::string_view answer) const override {
        verdict its = corporation::judge(what, status, answer);
        const bool works_once = !is_said(what.what.kind) || !what.what.code.empty();
        if (what.is_repeat && works_once && its.code == wrong_state_code) its = {fate::done, wrong_state_code, "it was done before", 0, ""};
        return its;
    }
    std::optional<api_call> then(const sending& what, std::string_view answer) const override {
        const std::string code = what.what.options.empty() || what.what.kind != reply_kind::session_end ? std::string() : text_in(answer, "msg_code");
        if (code.empty()) return std::nullopt;
        reply survey = what.what;
        survey.kind = reply_kind::menu;
        return send_with(code, survey, what.key);
    }
    std::string pulls() const override { return kf_; }
    api_call pull(std::string_view cursor, std::string_view token) const override {
        api_call call;
        call.target = "/cgi-bin/kf/sync_msg?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "open_kfid", kf_);
        json::append_member(body, "cursor", cursor);
        json::append_member(body, "token", token);
        body += ",\"limit\":1000,\"voice_format\":0}";
        return call;
    }
    result<pulled_page> page_of(std::string_view answer, verdict& why) const override {
        why = judge_errcode(200, answer, codes());
        if (why.what != fate::done) return errc::malformed_message;
        return page_in(answer, "msg_list", why);
    }

    /// 获取客户基础信息
    std::optional<api_call> profile_call(const party& whom) const override {
        if (whom.kind != "external_userid") return std::nullopt;
        api_call call;
        call.target = "/cgi-bin/kf/customer/batchget?access_token={token}";
        call.body = "{\"external_userid_list\":[" + json::quoted(whom.id) + "],\"need_enter_session_context\":0}";
        return call;
    }
    result<profile> profile_of(const party&, std::string_view answer, verdict& why) const override {
        return profile_in(answer, codes(), {"customer_list"}, "nickname", why);
    }

    // 95033: a msgid is taken once.
    bool drops_repeats() const override { return true; }

private:
    /// 发送欢迎语等事件响应消息
    static api_call send_with(std::string_view code, const reply& what, std::string_view key) {
        api_call call;
        call.target = "/cgi-bin/kf/send_msg_on_event?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "code", code);
        json::append_member(body, "msgid", key);
        append_message(body, what);
        body += '}';
        return call;
    }

    api_call transfer(const sending& what) const {
        const bool ends = what.what.kind == reply_kind::session_end;
        api_call call;
        call.target = "/cgi-bin/kf/service_state/trans?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "open_kfid", kf_);
        json::append_member(body, "external_userid", what.to);
        body.append(",\"service_state\":").append(ends ? state_ended : what.what.text.empty() ? state_pool : state_servicer);
        if (!ends) json::append_member(body, "servicer_userid", what.what.text);
        body += '}';
        return call;
    }

    static void append_menu(std::string& body, const reply& what) {
        json::append_member(body, "msgtype", "msgmenu");
        body += R"(,"msgmenu":{)";
        json::append_member(body, "head_content", what.text);
        json::append_key(body, "list");
        body += '[';
        for (const option& each : what.options) {
            body.append(body.back() == '[' ? "" : ",").append(R"({"type":"click","click":{)");
            json::append_member(body, "id", each.id);
            json::append_member(body, "content", each.text);
            body += "}}";
        }
        body += ']';
        json::append_member(body, "tail_content", what.tail);
        body += '}';
    }

    static void append_message(std::string& body, const reply& what) {
        switch (what.kind) {
            case reply_kind::menu:
                return append_menu(body, what);
            case reply_kind::image:
            case reply_kind::voice:
            case reply_kind::video:
                return append_object(body, name_of(what.kind), {{"media_id", what.media_id}});
            case reply_kind::location:
                json::append_member(body, "msgtype", "location");
                body += R"(,"location":{"latitude":)" + what.latitude + R"(,"longitude":)" + what.longitude + "}";
                return;
            default:  // Links among them: they need an uploaded picture, so they are said in words.
                return append_object(body, "text", {{"content", in_words(what)}});
        }
    }

    std::string kf_;
};

}  // namespace

window kf_window(const event& of) {
    const bool is_said = of.type.starts_with("message.") || of.type == "session.rated";
    if (!is_said || of.type == "message.recalled" || !of.from_person || of.is_outbound) return {};
    return {window::opener::message, 48 * hour_ms, 5, false};
}

namespace {

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

std::unique_ptr<way_out> app_way_out(std::shared_ptr<const credential> whose, const std::string& agent_id) {
    if (!is_number(agent_id)) return nullptr;
    return std::make_unique<app_messages>(std::move(whose), agent_id);
}

std::unique_ptr<way_out> app_way_out(const account& settings) {
    return settings.app_secrets.empty() ? nullptr : app_way_out(own_credential(settings), settings.agent_id);
}

std::unique_ptr<way_out> kf_way_out(const account& settings) {
    if (settings.app_secrets.empty() || settings.open_kfid.empty()) return nullptr;
    return std::make_unique<kf_messages>(settings);
}

std::unique_ptr<way_out> customer_contact_way_out(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<welcomes>(own_credential(settings));
}

}  // namespace yizhan::adapters::wecom
