#include "adapters/wechat/way_out.hpp"

#include "core/json_text.hpp"

namespace yizhan::adapters::wechat {
namespace {

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
};

/// 客服消息: the customer messages of official accounts and mini programs (wechat.md 6.2).
class customer_messages final : public way_out {
public:
    customer_messages(const account& settings, bool is_mini)
        : app_id_(settings.app_id), secret_(settings.app_secrets.front()), is_mini_(is_mini) {}

    std::string_view api() const override { return "https://api.weixin.qq.com"; }
    std::string credential() const override { return "wechat " + app_id_; }

    api_call token_call() const override {
        api_call call;
        call.target = "/cgi-bin/stable_token";
        call.body = "{";
        json::append_member(call.body, "grant_type", "client_credential");
        json::append_member(call.body, "appid", app_id_);
        json::append_member(call.body, "secret", secret_);
        call.body += '}';
        return call;
    }
    result<access_token> token_of(std::string_view answer, verdict& why) const override {
        return token_in(answer, codes, why);
    }

    std::string_view cannot_send(const reply& what) const override {
        switch (what.kind) {
            case reply_kind::text:
            case reply_kind::image:
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
    verdict judge(unsigned status, std::string_view answer) const override { return judge_errcode(status, answer, codes); }
    bool drops_repeats() const override { return false; }

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
            default:
                return object("text", {{"content", what.text}});
        }
    }

    std::string app_id_, secret_;
    bool is_mini_;
};

template <bool IsMini>
std::unique_ptr<way_out> make(const account& settings) {
    if (settings.app_secrets.empty()) return nullptr;
    return std::make_unique<customer_messages>(settings, IsMini);
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

std::unique_ptr<way_out> official_account_way_out(const account& settings) { return make<false>(settings); }
std::unique_ptr<way_out> mini_program_way_out(const account& settings) { return make<true>(settings); }

}  // namespace yizhan::adapters::wechat
