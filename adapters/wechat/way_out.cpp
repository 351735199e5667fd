#include "adapters/wechat/way_out.hpp"

#include "core/json_text.hpp"
#include "core/query.hpp"

namespace yizhan::adapters::wechat {
namespace {

constexpr std::string_view platform_api = "https://api.weixin.qq.com";
constexpr std::int64_t second_ms = 1000, minute_ms = 60 * second_ms, hour_ms = 60 * minute_ms;

// "全局返回码": what a caller has to do (wechat.md 6.9).
constexpr code_row codes[] = {
    {-1,    fate::again,         second_ms, "the platform is busy"                                           },
    {40001, fate::token_refused, 0,         "the access token, or the secret, is not (or no longer) good"    },
    {40014, fate::token_refused, 0,         "the access token is not one"                                    },
    {42001, fate::token_refused, 0,         "the access token has run out"                                   },
    {41001, fate::never,         0,         "no access token was sent"                                       },
    {40013, fate::misconfigured, 0,         "the AppID is not one"                                           },
    {40125, fate::misconfigured, 0,         "the AppSecret is wrong"                                         },
    {40164, fate::misconfigured, 0,         "this machine's address is not on the account's list"            },
    {40003, fate::not_allowed,   0,         "not a customer of this account"                                 },
    {40007, fate::never,         0,         "the media is gone or never was"                                 },
    {40033, fate::never,         0,         "the platform refuses the characters"                            },
    {43004, fate::not_allowed,   0,         "the customer does not follow the account"                       },
    {43019, fate::not_allowed,   0,         "the customer is blocked"                                        },
    {45002, fate::never,         0,         "too long"                                                       },
    {45008, fate::never,         0,         "too many articles"                                              },
    {45009, fate::again,         hour_ms,   "the day's calls of the API are used up"                         },
    {45011, fate::again,         minute_ms, "too many calls in a minute"                                     },
    {45015, fate::not_allowed,   0,         "the time to answer is over, or the customer has left"           },
    {45047, fate::not_allowed,   0,         "as many messages as may be were sent since the customer's last" },
    {46004, fate::not_allowed,   0,         "there is no such customer"                                      },
    {48001, fate::misconfigured, 0,         "the account may not use this API"                               },
    {48002, fate::not_allowed,   0,         "the customer takes no messages"                                 },
    {48004, fate::misconfigured, 0,         "the platform has banned this API for the account"               },
    {48008, fate::never,         0,         "the account may not send this kind"                             },
    {50002, fate::not_allowed,   0,         "the customer is restricted"                                     },
    {50005, fate::not_allowed,   0,         "the customer does not follow the account"                       },
    {61004, fate::misconfigured, 0,         "this machine's address is not on the component's list"          },
    {61005, fate::again,         minute_ms, "the component's ticket has run out: the next is waited for"     },
    {61006, fate::again,         minute_ms, "the component's ticket is not good: the next is waited for"     },
    {61007, fate::misconfigured, 0,         "the merchant has not granted this to the component"             },
    {61023, fate::misconfigured, 0,         "the merchant has to authorise the component again"              },
};

/// 获取稳定版接口调用凭据: the same token for everybody who asks.
class own_credential final : public adapters::credential {
public:
    explicit own_credential(const account& settings) : app_id_(settings.app_id), secret_(settings.app_secrets.front()) {}

    std::string name() const override { return "wechat " + app_id_; }
    api_call call(std::string_view) const override {
        api_call call;
        call.target = "/cgi-bin/stable_token";
        call.body = "{";
        json::append_member(call.body, "grant_type", "client_credential");
        json::append_member(call.body, "appid", app_id_);
        json::append_member(call.body, "secret", secret_);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override { return token_in(answer, codes, why); }

private:
    std::string app_id_, secret_;
};

/// 获取令牌: a component's, by the ticket that comes every ten minutes (wechat.md 6.1).
class component_credential final : public adapters::credential {
public:
    explicit component_credential(const account& settings) : id_(settings.id), app_id_(settings.app_id), secret_(settings.app_secrets.front()) {}

    std::string name() const override { return "wechat component " + app_id_; }
    grant_name needs() const override { return {id_, "ticket", ""}; }
    api_call call(std::string_view ticket) const override {
        api_call call;
        call.target = "/cgi-bin/component/api_component_token";
        call.body = "{";
        json::append_member(call.body, "component_appid", app_id_);
        json::append_member(call.body, "component_appsecret", secret_);
        json::append_member(call.body, "component_verify_ticket", ticket);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override {
        return token_in(answer, codes, why, "component_access_token");
    }
    const std::string& account_id() const { return id_; }
    const std::string& app_id() const { return app_id_; }

private:
    std::string id_, app_id_, secret_;
};

/// 获取授权账号调用令牌: a merchant's, by the component's and what they authorised with.
class merchant_credential final : public adapters::credential {
public:
    merchant_credential(std::shared_ptr<const component_credential> component, std::string app_id)
        : component_(std::move(component)), app_id_(std::move(app_id)) {}

    std::string name() const override { return component_->name() + " " + app_id_; }
    std::shared_ptr<const adapters::credential> above() const override { return component_; }
    grant_name needs() const override { return {component_->account_id(), std::string(refresh_token), app_id_}; }
    api_call call(std::string_view granted) const override {
        api_call call;
        call.target = "/cgi-bin/component/api_authorizer_token?component_access_token={token}";
        call.body = "{";
        json::append_member(call.body, "component_appid", component_->app_id());
        json::append_member(call.body, "authorizer_appid", app_id_);
        json::append_member(call.body, "authorizer_refresh_token", granted);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override {
        auto made = token_in(answer, codes, why, "authorizer_access_token");
        if (made) made->granted = text_in(answer, "authorizer_refresh_token");
        return made;
    }

    static constexpr std::string_view refresh_token = "refresh_token";

private:
    std::shared_ptr<const component_credential> component_;
    std::string app_id_;
};

/// 客服消息: the customer messages of official accounts and mini programs (wechat.md 6.2).
class customer_messages final : public way_out {
public:
    customer_messages(std::shared_ptr<const adapters::credential> whose, bool is_mini) : whose_(std::move(whose)), is_mini_(is_mini) {}

    std::string_view api() const override { return platform_api; }
    std::shared_ptr<const adapters::credential> credential() const override { return whose_; }

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
    verdict judge(const sending&, unsigned status, std::string_view answer) const override { return judge_errcode(status, answer, codes); }
    bool drops_repeats() const override { return false; }

    std::optional<api_call> media_call(std::string_view id) const override {
        return api_call{"GET", "/cgi-bin/media/get?access_token={token}&media_id=" + percent_encoded(id), "", ""};
    }
    /// A film is answered with where it is.
    verdict judge_media(std::string_view answer, std::string& elsewhere) const override {
        elsewhere = text_in(answer, "video_url");
        if (!elsewhere.empty()) return {};
        verdict its = judge_errcode(200, answer, codes);
        if (its.what == fate::done) its = {fate::never, 0, "the answer has no media", 0, ""};
        return its;
    }
    std::optional<api_call> upload_call(std::string_view kind, const media_file& what) const override {
        if (kind != "image" && kind != "voice" && kind != "video" && kind != "thumb") return std::nullopt;
        return upload_to("/cgi-bin/media/upload?access_token={token}&type=" + std::string(kind), what);
    }
    result<std::string> uploaded(std::string_view answer, verdict& why) const override { return upload_in(answer, codes, why); }

    /// 获取用户基本信息: no name since 2021, but the unionid, and how they came.
    std::optional<api_call> profile_call(const party& whom) const override {
        if (is_mini_ || whom.kind != "openid") return std::nullopt;
        return api_call{"GET", "/cgi-bin/user/info?access_token={token}&lang=zh_CN&openid=" + percent_encoded(whom.id), "", ""};
    }
    result<profile> profile_of(const party&, std::string_view answer, verdict& why) const override {
        return profile_in(answer, codes, {}, "nickname", why);
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

    std::shared_ptr<const adapters::credential> whose_;
    bool is_mini_;
};

/// A component and its merchants.
class component_service final : public provider {
public:
    explicit component_service(const account& settings) : whose_(std::make_shared<component_credential>(settings)) {}

    std::string_view api() const override { return platform_api; }
    std::shared_ptr<const adapters::credential> credential() const override { return whose_; }
    api_call exchange(std::string_view code) const override {
        api_call call;
        call.target = "/cgi-bin/component/api_query_auth?component_access_token={token}";
        call.body = "{";
        json::append_member(call.body, "component_appid", whose_->app_id());
        json::append_member(call.body, "authorization_code", code);
        call.body += '}';
        return call;
    }
    result<authorisation> authorised(std::string_view answer, verdict& why) const override {
        why = judge_errcode(200, answer, codes);
        if (why.what != fate::done) return errc::malformed_message;
        const std::string about = object_in(answer, "authorization_info");
        authorisation made{text_in(about, "authorizer_appid"), std::string(keeps()), text_in(about, "authorizer_refresh_token")};
        if (!made.party.empty() && !made.value.empty()) return made;
        why = {fate::never, 0, "the answer names nobody who has authorised", 0, ""};
        return errc::malformed_message;
    }
    std::string_view keeps() const override { return merchant_credential::refresh_token; }
    std::shared_ptr<const way_out> way_of(const std::string& party, const std::string&) const override {
        return std::make_shared<customer_messages>(std::make_shared<merchant_credential>(whose_, party), false);
    }

private:
    std::shared_ptr<const component_credential> whose_;
};

template <bool IsMini>
std::unique_ptr<way_out> make(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<customer_messages>(std::make_shared<own_credential>(settings), IsMini);
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

std::unique_ptr<provider> component_provider(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<component_service>(settings);
}

std::unique_ptr<way_out> official_account_way_out(const account& settings) { return make<false>(settings); }
std::unique_ptr<way_out> mini_program_way_out(const account& settings) { return make<true>(settings); }

}  // namespace yizhan::adapters::wechat
