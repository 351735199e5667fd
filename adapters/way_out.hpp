#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/credential.hpp"
#include "core/account.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/reply.hpp"

namespace yizhan::adapters {

/// A message to somebody.
struct sending {
    std::string_view to;   // The platform's id of the customer.
    std::string_view key;  // Ours: 32 hex digits, the same at every attempt.
    const reply& what;
    bool is_repeat = false;  // An attempt before may have come through.
};

/// Something to upload.
struct media_file {
    std::string_view name, type, bytes;  // type: such as image/png.
};

/// Who a customer is, as the platform says.
struct profile {
    std::string name, unionid;  // Empty: it does not say.
    std::string json;           // All of it.
};

/// A page of what is pulled, because the platform only announces it.
struct pulled_page {
    std::vector<std::string> items;  // The platform's JSON, each as it came.
    std::string next_cursor;
    bool has_more = false;
};

/// How one account's messages go out: the calls of its platform's API, as bytes, and what their answers mean. Reads no
/// clock, socket or configuration. One thread.
class way_out {
public:
    virtual ~way_out() = default;

    /// The platform's own address; the configuration may name another.
    virtual std::string_view api() const = 0;

    /// Whose token its calls carry; null: the account has one that lasts, and puts it in by itself.
    virtual std::shared_ptr<const adapters::credential> credential() const = 0;

    /// Why this cannot be sent at all; empty when it can.
    virtual std::string_view cannot_send(const reply& what) const = 0;
    virtual api_call send(const sending& what) const = 0;
    virtual verdict judge(const sending& what, unsigned status, std::string_view answer) const = 0;
    /// What is called when the platform has taken it, such as a question at the end of a session: once, whatever comes of it.
    virtual std::optional<api_call> then(const sending&, std::string_view) const { return std::nullopt; }

    /// What is pulled; empty: nothing. The name of the cursor's place.
    virtual std::string pulls() const { return {}; }
    /// `token`: of the callback that announced it; empty: none.
    virtual api_call pull(std::string_view, std::string_view) const { return {}; }
    /// Errors: malformed_message; then `why` says what the platform said.
    virtual result<pulled_page> page_of(std::string_view, verdict&) const { return errc::malformed_message; }

    /// A customer's picture, voice, film or file by its id; nullopt: the platform gives none by an id.
    virtual std::optional<api_call> media_call(std::string_view) const { return std::nullopt; }
    /// What an answer without any such bytes means. `elsewhere`: a URL to get them from, where it says one.
    virtual verdict judge_media(std::string_view, std::string&) const { return {fate::never, 0, "no media", 0, ""}; }
    /// Uploads, so that a message can carry it; nullopt: the platform takes none of this kind.
    virtual std::optional<api_call> upload_call(std::string_view, const media_file&) const { return std::nullopt; }
    /// The id that messages carry.
    virtual result<std::string> uploaded(std::string_view, verdict&) const { return errc::malformed_message; }
    /// Who a customer is; nullopt: the platform does not say.
    virtual std::optional<api_call> profile_call(const party&) const { return std::nullopt; }
    virtual result<profile> profile_of(const party&, std::string_view, verdict&) const { return errc::malformed_message; }

    /// Whether the platform takes a message with the same key only once, so that what may have come through can be sent
    /// again.
    virtual bool drops_repeats() const = 0;
};

/// One who serves others' accounts: a component its merchants', a suite its corporations'. They authorise it with a code
/// that is good for a while; what that is exchanged for is good until they take it back. Reads no clock, socket or
/// configuration.
class provider {
public:
    virtual ~provider() = default;

    virtual std::string_view api() const = 0;
    virtual std::shared_ptr<const adapters::credential> credential() const = 0;
    virtual api_call exchange(std::string_view code) const = 0;
    struct authorisation {
        std::string party, kind, value;  // `value` is a secret.
    };
    /// Errors: malformed_message; then `why` says what the platform said.
    virtual result<authorisation> authorised(std::string_view answer, verdict& why) const = 0;
    /// The kind of what is kept of whoever has authorised.
    virtual std::string_view keeps() const = 0;
    /// How their messages go out. `detail`: what else is known of them (`wants`); null when that is missing.
    virtual std::shared_ptr<const way_out> way_of(const std::string& party, const std::string& detail) const = 0;
    virtual std::string_view wants() const { return {}; }
};

/// A row of a platform's table of error codes.
struct code_row {
    std::int64_t code;
    fate what;
    std::int64_t rest_ms;
    const char* reason;
};
/// The verdict on {"errcode", "errmsg", "msgid"} by a table: WeChat's and WeCom's way. A code that is not in it is never
/// taken.
verdict judge_errcode(unsigned status, std::string_view answer, std::span<const code_row> table);
/// A member of an answer as text; empty: there is none.
std::string text_in(std::string_view answer, const char* name);
/// A member that is an object, as JSON; empty: there is none.
std::string object_in(std::string_view answer, const char* name);
/// {"next_cursor", "has_more", LIST: [ … ]}.
result<pulled_page> page_in(std::string_view answer, const char* list, verdict& why);
/// {"access_token", "expires_in"} of the same family.
result<access_token> token_in(std::string_view answer, std::span<const code_row> table, verdict& why, const char* name = "access_token");
/// {"media_id"} of the same.
result<std::string> upload_in(std::string_view answer, std::span<const code_row> table, verdict& why);
/// The multipart body of an upload: one part, `media`.
api_call upload_to(std::string target, const media_file& what);
/// A profile of the same family: members as the platform calls them; empty: it has none.
result<profile> profile_in(std::string_view answer, std::span<const code_row> table, std::initializer_list<const char*> inside,
                           const char* name, verdict& why);

}  // namespace yizhan::adapters
