#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/document.hpp"
#include "core/account.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/query.hpp"
#include "core/reply.hpp"
#include "crypto/envelope.hpp"

namespace yizhan::adapters {

/// One HTTP request of a platform, its framing proved.
struct callback {
    std::string_view suffix;  // What follows /callback/{id}, such as "/command"; mostly empty.
    const yizhan::query& query;
    std::string_view body;
};

/// The suffix of what was pulled from the platform instead; no request of an outsider is decoded with it.
constexpr std::string_view pulled_suffix = "/pulled";

/// How a callback was opened: what is needed to judge its age and to seal the answer the same way.
struct opening {
    std::string_view clear;         // What the platform said: into the body or the buffer.
    std::int64_t signed_at_ms = 0;  // The query's timestamp; 0 when it cannot be read, which is always stale.
    std::uint8_t token = 0, key = 0;
    bool sealed = false, json = false;  // Encrypted; and whether the envelope was JSON.
    bool is_check = false;  // A POST that only checks our address: `clear` is the body to answer with.
};

/// What a callback says. Read again and again; views reach into it and into the clear bytes.
struct decoded {
    document content, inner;           // `inner`: a document that came inside a text of the first.
    std::vector<event> events;         // At least one when decoding succeeded.
    std::vector<std::uint32_t> parts;  // Where in `content` each event stands; empty: it is all of it.
    /// Whom it concerns, where one configured account serves many: an AppId, a corporation's id.
    std::string_view tenant;
    std::string_view masked;  // Names, with blanks between, whose values are secrets of the platform.
    std::optional<event_id> asks_again;  // It asks for the answer that this event was given.
    std::int64_t patience_ms = 0;        // How long the platform waits, where that is special.
    std::string_view suffix;             // As of the callback.
    std::string joined;                  // A text that came in pieces; an event may view it.
    bool is_of_corporation = false;      // WeCom: of a family that corporations' own apps are told of too.

    void clear();
    /// The event's part of what the platform sent, as JSON.
    void append_platform(std::string& out, std::size_t index) const;
};

/// What an answer depends on besides the callback. Adapters ask no clock and no dice.
struct moment {
    std::int64_t now_ms = 0;
    crypto::salt salt{};
};

/// One configured account of one chat platform: callbacks in, answers out.
///
/// Reads no clock, socket, file or configuration, and never throws for what an outsider sends. An adapter
/// keeps its cipher contexts and so serves one thread. Nothing it returns as a view outlives its arguments.
class adapter {
public:
    virtual ~adapter() = default;

    /// GET, the platform's check of our address: `clear` is the body to answer with. Errors as `open`.
    virtual result<opening> verify(const callback& received, std::string& buffer) = 0;

    /// Signature, decryption, receive-id, in this order. `buffer` takes the decrypted bytes.
    /// Errors: missing_parameter, bad_signature, plaintext_refused, encryption_refused, bad_base64,
    /// bad_length, bad_padding, wrong_receive_id, malformed_message, doctype_refused, too_deep.
    virtual result<opening> open(const callback& received, std::string& buffer) = 0;

    /// One or more events; a kind we do not know becomes an `unknown` event with all its fields.
    /// Errors: malformed_message, doctype_refused, too_deep, and wrong_receive_id where the addressee stands
    /// inside.
    virtual result<void> decode(const callback& received, std::string_view clear, decoded& into) = 0;

    /// Why this reply cannot be shown as the answer to this event of `all`; empty when it can.
    virtual std::string_view cannot_say(const decoded& all, const event& to, const reply& with) const = 0;

    /// The clear bytes of an answer, its time included: what is stored, and said again to every retry.
    virtual std::string answer(const decoded& all, const event& to, const reply& with,
                               const moment& at) const = 0;

    /// The clear bytes that mean "received". Where they say more than that, they are not ours to replace.
    virtual std::string receipt(const decoded& of, const moment& at) const = 0;

    /// Whether these clear bytes say nothing: then they are sent as they are, never encrypted.
    virtual bool is_silence(std::string_view clear) const = 0;

    /// The body of the HTTP answer: encrypted where the request was.
    virtual std::string seal(const callback& to, const opening& how, std::string_view clear,
                             const moment& at) = 0;
};

/// That the customer may be written to for a while, because of something that happened: the platforms' windows.
struct window {
    enum class opener : std::uint8_t { nothing = 0, message = 1, event = 2 };
    opener by = opener::nothing;
    std::int64_t lasts_ms = 0;
    std::int32_t count = 0;   // So many messages; -1: as many as one likes.
    bool is_shut = false;     // From now on nobody may be written to.
};

class table;
class way_out;
class provider;

/// One kind of account: its adapter, the settings it cannot do without, and what it may receive.
struct adapter_kind {
    std::string_view channel, kind;
    std::string_view needs;    // Keys of an account's settings, with blanks between.
    std::string_view chinese;  // What the platform calls it.
    result<std::unique_ptr<adapter>> (*make)(const account&);  // Errors: bad_key.
    const table& (*types)();
    /// How its messages go out; null when `account` lacks what that needs. None: such accounts send nothing.
    std::unique_ptr<way_out> (*sends)(const account&) = nullptr;
    /// What an event allows. None: customers may be written to at any time.
    window (*opens)(const event&) = nullptr;
    /// Whom it serves, and how their messages go out; null when `account` lacks what that needs.
    std::unique_ptr<provider> (*provides)(const account&) = nullptr;
};

/// What an event allows, as the account's settings have it.
window window_of(const adapter_kind& kind, const account& settings, const event& of);

/// Every kind there is (adapters/kinds.hpp).
std::span<const adapter_kind> all_kinds();
const adapter_kind* find_kind(std::string_view channel, std::string_view kind);

}  // namespace yizhan::adapters
