#include "adapters/wechat/way_out.hpp"

#include "adapters/errcode_way_out.hpp"
#include "adapters/wechat/codes.hpp"
#include "adapters/wechat/credentials.hpp"
#include "core/json_text.hpp"
#include "core/query.hpp"

namespace yizhan::adapters::wechat {
namespace {

constexpr std::int64_t minute_ms = 60 * 1000, hour_ms = 60 * minute_ms;

/// 客服消息: the customer messages of official accounts and mini programs (wechat.md 6.2).
class customer_messages final : public errcode_way_out {
public:
    customer_messages(std::shared_ptr<const adapters::credential> whose, bool is_mini) : errcode_way_out(std::move(whose), codes()), is_mini_(is_mini) {}

    std::string_view api() const override { return platform_api; }

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
            case reply_kind::image:
            case reply_kind::menu:  // A mini program's as words.
                return {};
            case reply_kind::news:
                return is_mini_ && what.articles.front().image_url.empty() ? "a mini program's link needs an image" : "";
            case reply_kind::voice:
            case reply_kind::video:
            case reply_kind::music:
                return is_mini_ ? "a mini program sends texts, images and links only" : "";
            default:
                return "the customer message API has no such kind";
        }
    }

    api_call send(const sending& what) const override {
        api_call call;
        call.target = "/cgi-bin/message/custom/send?access_token={token}";
        std::string& body = call.body = "{";
        json::append_member(body, "touser", what.to);
        append_message(body, what.what);
        body += '}';
        return call;
    }
    bool drops_repeats() const override { return false; }

    /// A film is answered with where it is.
    verdict judge_media(std::string_view answer, std::string& elsewhere) const override {
        elsewhere = text_in(answer, "video_url");
        return elsewhere.empty() ? errcode_way_out::judge_media(answer, elsewhere) : verdict{};
    }
    std::optional<api_call> upload_call(std::string_view kind, const media_file& what) const override {
        if (kind != "image" && kind != "voice" && kind != "video" && kind != "thumb") return std::nullopt;
        return upload_to("/cgi-bin/media/upload?access_token={token}&type=" + std::string(kind), what);
    }

    /// 获取用户基本信息: no name since 2021, but the unionid, and how they came.
    std::optional<api_call> profile_call(const party& whom) const override {
        if (is_mini_ || whom.kind != "openid") return std::nullopt;
        return api_call{"GET", "/cgi-bin/user/info?access_token={token}&lang=zh_CN&openid=" + percent_encoded(whom.id), "", ""};
    }
    result<profile> profile_of(const party&, std::string_view answer, verdict& why) const override {
        return profile_in(answer, codes(), {}, "nickname", why);
    }

private:
    void append_message(std::string& body, const reply& what) const {
        const auto object = [&](std::string_view type, std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
            json::append_member(body, "msgtype", type);
            json::append_key(body, type);
            body += '{';
            for (const auto& [name, value] : members) json::append_member(body, name, value);
            body += '}';
        };
        switch (what.kind) {
            case reply_kind::image:
            case reply_kind::voice:
                return object(name_of(what.kind), {{"media_id", what.media_id}});
            case reply_kind::video:
                return object("video", {{"media_id", what.media_id}, {"title", what.title}, {"description", what.description}});
            case reply_kind::music:
                return object("music", {{"title", what.title}, {"description", what.description}, {"musicurl", what.url},
                                        {"hqmusicurl", what.hq_url.empty() ? what.url : what.hq_url}, {"thumb_media_id", what.media_id}});
            case reply_kind::news: {
                const article& first = what.articles.front();
                if (is_mini_)
                    return object("link", {{"title", first.title}, {"description", first.description}, {"url", first.url}, {"thumb_url", first.image_url}});
                // One article is all that the API takes.
                json::append_member(body, "msgtype", "news");
                body += R"(,"news":{"articles":[{)";
                json::append_member(body, "title", first.title);
                json::append_member(body, "description", first.description);
                json::append_member(body, "url", first.url);
                json::append_member(body, "picurl", first.image_url);
                body += "}]}";
                return;
            }
            case reply_kind::menu:
                if (is_mini_) return object("text", {{"content", in_words(what)}});
                json::append_member(body, "msgtype", "msgmenu");
                body += R"(,"msgmenu":{)";
                json::append_member(body, "head_content", what.text);
                json::append_key(body, "list");
                body += '[';
                for (const option& each : what.options) {
                    if (body.back() != '[') body += ',';
                    body += '{';
                    json::append_member(body, "id", each.id);
                    json::append_member(body, "content", each.text);
                    body += '}';
                }
                body += ']';
                json::append_member(body, "tail_content", what.tail);
                body += '}';
                return;
            default:
                return object("text", {{"content", what.text}});
        }
    }

    bool is_mini_;
};

template <bool IsMini>
std::unique_ptr<way_out> make(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<customer_messages>(own_credential(settings), IsMini);
}

}  // namespace

// The platform has changed these several times; they are those of its page of 2026.
window official_account_window(const event& of) {
    using enum window::opener;
    // A tap on an option of a menu message counts as a tap on the menu.
    if (of.type == "message.menu_reply" || of.type == "menu.clicked" || of.type == "menu.scanned" || of.type == "contact.followed" ||
        of.type == "contact.scanned")
        return {event, minute_ms, 3, false};
    if (of.type == "contact.unfollowed") return {nothing, 0, 0, true};
    if (of.type.starts_with("message.")) return {message, 48 * hour_ms, 5, false};
    return {};
}

window mini_program_window(const event& of) {
    using enum window::opener;
    if (of.type == "contact.entered") return {event, minute_ms, 2, false};
    if (of.type.starts_with("message.")) return {message, 48 * hour_ms, 5, false};
    return {};
}

std::unique_ptr<way_out> official_account_way_out(std::shared_ptr<const credential> whose) {
    return std::make_unique<customer_messages>(std::move(whose), false);
}
std::unique_ptr<way_out> official_account_way_out(const account& settings) { return make<false>(settings); }
std::unique_ptr<way_out> mini_program_way_out(const account& settings) { return make<true>(settings); }

}  // namespace yizhan::adapters::wechat
