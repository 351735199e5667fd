#include "gateway/diagnosis.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/adapter.hpp"
#include "adapters/sealed.hpp"
#include "core/time.hpp"
#include "core/utf8.hpp"
#include "crypto/base64.hpp"
#include "crypto/signature.hpp"
#include "gateway/rewritings.hpp"

namespace yizhan::gateway {
namespace {

constexpr finding findings[] = {
    {"nothing",               "",           ""                                                                                },
    {"other_account",         "account",
     "Give each account its own callback address, /callback/{id}, at the platform's console."                                 },
    {"wrong_path",            "account",
     "Correct the callback address at the platform's console (docs/operations.md, accounts with several "
     "addresses)."                                                                                                            },
    {"wrong_kind",            "account",    "Correct `channel` and `kind` of the account in the configuration."               },
    {"wrong_encryption_mode", "account",
     "Make `encryption` of the account what the platform's console says, or the other way round."                             },
    {"wrong_token",           "token",
     "Copy the token of the callback settings anew, from the platform's console into the configuration."                      },
    {"wrong_secret",          "token",
     "Copy the app secret anew, from the platform's console into the configuration."                                          },
    {"token_blanks",          "token",
     "Take the blanks, line end, quotes or byte order mark out of the configured token or secret."                            },
    {"wrong_token_and_key",   "token",
     "Copy token and EncodingAESKey anew, from the platform's console into the configuration."                                },
    {"wrong_key",             "key",
     "Copy the EncodingAESKey anew; while it is changed, give the old and the new one as a list."                             },
    {"wrong_receive_id",      "receive_id",
     "Correct the account's id in the configuration, or the callback address at the console of the account "
     "that is named."                                                                                                         },
    {"plus_lost",             "query",
     "Let the proxy pass the query on as it came: `+` is not a blank there, and %2B must stay what it is."                    },
    {"query_encoded_twice",   "query",
     "Let the proxy pass the query on as it came, without encoding it again."                                                 },
    {"query_escaped",         "query",
     "Let the proxy pass the query on as it came; &amp; belongs into HTML and XML only."                                      },
    {"query_cut",             "query",      "Let the proxy pass the query on whole."                                          },
    {"signature_confused",    "query",
     "An encrypted callback is signed in `msg_signature`, over four parts; a clear one in `signature`, over "
     "three. See to whoever made or forwards the query."                                                                      },
    {"signature_damaged",     "query",
     "Let the proxy pass the query on as it came. When nothing changes it on the way, somebody forged this "
     "callback."                                                                                                              },
    {"missing_parameter",     "query",
     "Let the proxy pass the query on whole. When it is whole, this was not the platform."                                    },
    {"body_rewritten",        "body",
     "Let the proxy, web application firewall or API gateway in front pass the body on byte for byte."                        },
    {"body_cut",              "body",       "See to limits of size and time of what stands in front, and copy the body whole."},
    {"body_missing",          "body",
     "Give the body with -b. When there was none, see to what stands in front: redirects turn POST into "
     "GET."                                                                                                                   },
    {"body_too_large",        "body",
     "Raise `limits.body`, 1MiB at most; no platform sends an account of this kind that much."                                },
    {"plaintext_body",        "body",       "Let nothing in front decrypt: this platform always encrypts."                    },
    {"malformed_body",        "body",
     "Compare the body with what the platform documents; it was changed on the way, or is not the "
     "platform's."                                                                                                            },
    {"malformed_envelope",    "body",
     "Whoever sent this knows the token and is not the platform: change the token."                                           },
    {"clock",                 "clock",
     "Synchronise this machine's clock (chrony or systemd-timesyncd). When it is right, somebody sent an old "
     "callback again."                                                                                                        },
    {"stale_timestamp",       "clock",
     "Give the time at which it was refused with --at. When it came as late as now, somebody sent an old "
     "callback again."                                                                                                        },
    {"timestamp_unit",        "clock",
     "WeChat and WeCom sign seconds, Weibo milliseconds. See to whoever made or forwards the query."                          },
    {"not_ours",              "account",
     "It is of an account that is not configured here, token and key are both wrong, or it was changed or "
     "forged."                                                                                                                },
    {"unexplained",           "account",    "`yizhan decrypt` shows it step by step."                                         },
};

const finding& named(std::string_view name) { return *std::ranges::find(findings, name, &finding::name); }

diagnosis made(std::string_view name, bool is_proved, std::string says) {
    return {&named(name), is_proved, {}, {}, std::move(says)};
}

/// As a person may safely see it: it came from outside.
std::string quoted(std::string_view id) {
    if (id.empty()) return "nothing";
    std::string out = "\"";
    for (const char each : id.substr(0, 80)) out += each >= ' ' && each != 127 ? each : '?';
    return out + '"';
}

using secret_list = std::vector<std::string> account::*;

bool signs_with_app_secret(const account& of) {
    return of.channel == "webhook" || (of.channel == "weibo" && of.kind != "data_push");
}

/// Where the secrets stand that callbacks of this account are signed with.
secret_list signers_of(const account& of) {
    return signs_with_app_secret(of) ? &account::app_secrets : &account::tokens;
}

account with_signer(account of, std::string secret) {
    of.*signers_of(of) = {std::move(secret)};
    return of;
}

bool is_envelope(const account& of) { return of.channel == "wechat" || of.channel == "wecom"; }

/// The id that must stand at the end of this account's envelopes.
std::string account::*receiver_of(const account& of, std::string_view suffix) {
    if (of.kind == "aibot") return &account::receive_id;
    if (of.kind == "suite" && !suffix.empty()) return &account::suite_id;
    return of.channel == "wecom" ? &account::corp_id : &account::app_id;
}

/// What came of opening a callback as an account.
struct outcome {
    error_code failed = {};
    bool is_opened = false;  // Signature, decryption and receive-id are good, whatever came after.
    bool is_sealed = false;
    std::int64_t signed_at_ms = 0;
    std::string clear = {};
};

outcome opened_by(const account& as, const refused_callback& came) {
    const adapters::adapter_kind* const kind = adapters::find_kind(as.channel, as.kind);
    auto adapter = kind ? kind->make(as) : result<std::unique_ptr<adapters::adapter>>(errc::unknown_account);
    if (!adapter) return {adapter.error()};
    const query parameters(came.query);
    const adapters::callback received{came.suffix, parameters, came.body};
    std::string buffer;
    const auto opened =
        came.is_check ? (*adapter)->verify(received, buffer) : (*adapter)->open(received, buffer);
    if (!opened) return {opened.error()};
    outcome found{{}, true, opened->sealed, opened->signed_at_ms, std::string(opened->clear)};
    if (came.is_check || opened->is_check) return found;
    adapters::decoded decoded;
    if (const auto read = (*adapter)->decode(received, opened->clear, decoded); !read)
        found.failed = read.error();
    return found;
}

bool verifies(const account& as, const refused_callback& came) { return !opened_by(as, came).failed; }

struct letter {
    std::string message, receive_id;
};

std::optional<letter> opened_with(const std::vector<std::string>& keys, std::string_view ciphertext) {
    for (const std::string& key : keys) {
        auto envelope = crypto::envelope::with_key(key);
        std::string buffer;
        if (!envelope) continue;
        if (const auto opened = envelope->open(ciphertext, buffer))
            return letter{std::string(opened->message), std::string(opened->receive_id)};
    }
    return std::nullopt;
}

/// Whether nothing of it was changed: a changed ciphertext still opens, with sixteen bytes of nonsense
/// inside.
bool is_whole(const letter& opened) {
    adapters::document inside;
    const bool is_echo = std::ranges::all_of(opened.message, [](char c) { return c > ' ' && c < 127; });
    return utf8::is_valid(opened.message) && (is_echo || inside.read(opened.message));
}

bool is_id(std::string_view text) {
    return text.size() <= 64 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

/// The raw query with the names of its parameters changed.
std::string renamed(std::string_view raw, std::string_view one, std::string_view other) {
    std::string out;
    while (!raw.empty()) {
        const std::string_view pair = raw.substr(0, raw.find('&'));
        raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view name = pair.substr(0, equals);
        if (!out.empty()) out += '&';
        out.append(name == one ? other : name == other ? one : name).append(pair.substr(equals));
    }
    return out;
}

/// A secret as somebody may have meant it, or as the console may have taken it.
std::vector<std::string> spellings_of(const std::string& secret) {
    constexpr std::string_view edges[] = {" ", "\t",           "\r",       "\n",          "\"",
                                          "'", "\xEF\xBB\xBF", "\xC2\xA0", "\xE3\x80\x80"};
    std::string_view bare = secret;
    for (bool is_cut = true; std::exchange(is_cut, false);) {
        for (const std::string_view each : edges) {
            if (bare.starts_with(each)) bare.remove_prefix(each.size()), is_cut = true;
            if (bare.ends_with(each)) bare.remove_suffix(each.size()), is_cut = true;
        }
    }
    std::vector<std::string> all = {std::string(bare)};
    for (const std::string_view each : {" ", "\n", "\r\n", "\t"}) {
        all.push_back(std::string(bare).append(each));
        all.push_back(std::string(each).append(bare));
    }
    std::erase(all, secret);
    std::erase(all, "");
    return all;
}

class consultation {
public:
    consultation(std::span<const account> all, const account& at, const refused_callback& came)
        : all_(all), at_(at), came_(came), parameters_(came_.query), base_(opened_by(at, came)) {
        adapters::document outer;
        if (came_.is_check) {
            if (at_.channel == "wecom") ciphertext_ = parameters_["echostr"];
            std::ranges::replace(ciphertext_, ' ', '+');  // As the adapter reads it.
        } else if (const auto read = adapters::read_outer(outer, came_.body); read && is_envelope(at_)) {
            ciphertext_ = read->encrypt;
        }
        own_letter_ = opened_with(at_.aes_keys, ciphertext_);
        if (own_letter_ && !is_id(own_letter_->receive_id)) own_letter_.reset();
    }

    diagnosis run(const reception& when) const {
        if (came_.body.size() > when.body_max)
            return made("body_too_large", true,
                        "its body has " + std::to_string(came_.body.size()) + " bytes, and " +
                            std::to_string(when.body_max) + " are taken");
        if (!base_.failed) return judge_verified(when);
        using explanation = std::optional<diagnosis> (consultation::*)() const;
        // From what needs the least to be assumed to what needs the most.
        constexpr explanation explanations[] = {
            &consultation::other_account,  &consultation::wrong_path,     &consultation::query_rewritten,
            &consultation::names_confused, &consultation::body_rewritten, &consultation::wrong_mode,
            &consultation::token_blanks,   &consultation::wrong_token,    &consultation::wrong_key,
            &consultation::wrong_kind,     &consultation::wrong_receiver, &consultation::wrong_token_and_key,
        };
        for (const explanation each : explanations)
            if (auto found = (this->*each)()) return std::move(*found);
        return by_elimination();
    }

private:
    // What makes everything verify.
    std::optional<diagnosis> other_account() const;
    std::optional<diagnosis> wrong_path() const;
    std::optional<diagnosis> query_rewritten() const;
    std::optional<diagnosis> names_confused() const;
    std::optional<diagnosis> body_rewritten() const;
    std::optional<diagnosis> wrong_mode() const;
    std::optional<diagnosis> token_blanks() const;
    std::optional<diagnosis> wrong_token() const;
    std::optional<diagnosis> wrong_key() const;
    std::optional<diagnosis> wrong_kind() const;
    std::optional<diagnosis> wrong_receiver() const;
    std::optional<diagnosis> wrong_token_and_key() const;

    diagnosis judge_verified(const reception& when) const;
    diagnosis judge_age(const reception& when) const;
    diagnosis by_elimination() const;
    diagnosis without_signature() const;
    diagnosis of_malformed() const;

    std::vector<std::string> suffixes_of(const account& of) const;
    bool plain_signature_fits(std::string_view given) const;
    const account* other_with_id(std::string_view id) const;
    std::string_view wrong_signer() const {
        return signs_with_app_secret(at_) ? "wrong_secret" : "wrong_token";
    }
    std::string_view signer_word() const { return signs_with_app_secret(at_) ? "app secret" : "token"; }
    refused_callback with_suffix(std::string suffix) const {
        refused_callback changed = came_;
        changed.suffix = std::move(suffix);
        return changed;
    }

    std::span<const account> all_;
    const account& at_;
    const refused_callback& came_;
    const query parameters_;
    const outcome base_;
    std::string ciphertext_;            // Of the body, or WeCom's echo.
    std::optional<letter> own_letter_;  // What our own keys make of it.
};

/// Where an account takes callbacks like this one.
std::vector<std::string> consultation::suffixes_of(const account& of) const {
    if (of.kind != "component" && of.kind != "suite") return {""};
    std::vector<std::string> all = {came_.suffix, "/command"};
    if (of.kind != "suite") return all;
    // A notice belongs to the command address, whatever its envelope ends with.
    const auto opened = opened_with(of.aes_keys, ciphertext_);
    if (opened && opened->message.find("InfoType") == std::string::npos)
        all.push_back("/data/" + opened->receive_id);
    return all;
}

std::optional<diagnosis> consultation::other_account() const {
    for (const account& each : all_) {
        if (each.id == at_.id) continue;
        for (const std::string& suffix : suffixes_of(each)) {
            if (!verifies(each, with_suffix(suffix))) continue;
            diagnosis found = made("other_account", true,
                                   "it is a genuine callback of the account " + quoted(each.id) +
                                       ", whose address is /callback/" + each.id + suffix +
                                       "; it came to that of " + quoted(at_.id));
            found.account = each.id;
            return found;
        }
    }
    return std::nullopt;
}

std::optional<diagnosis> consultation::wrong_path() const {
    for (const std::string& suffix : suffixes_of(at_))
        if (suffix != came_.suffix && verifies(at_, with_suffix(suffix)))
            return made("wrong_path", true,
                        "it came to /callback/" + at_.id + came_.suffix + " and belongs to /callback/" +
                            at_.id + suffix);
    return std::nullopt;
}

std::optional<diagnosis> consultation::query_rewritten() const {
    for (const rewriting& each : query_rewritings()) {
        refused_callback before = came_;
        before.query = each.undone(came_.query);
        if (before.query.empty() || before.query == came_.query || !verifies(at_, before)) continue;
        return made(each.name, true, "the query reached us " + std::string(each.says));
    }
    return std::nullopt;
}

std::optional<diagnosis> consultation::names_confused() const {
    refused_callback swapped = came_;
    swapped.query = renamed(came_.query, "signature", "msg_signature");
    if (!verifies(at_, swapped)) return std::nullopt;
    return made("signature_confused", true,
                "the values of `signature` and `msg_signature` stand under each other's names");
}

std::optional<diagnosis> consultation::body_rewritten() const {
    if (came_.is_check) return std::nullopt;
    for (const rewriting& each : body_rewritings()) {
        refused_callback before = came_;
        before.body = each.undone(came_.body);
        if (before.body.empty() || before.body == came_.body || !verifies(at_, before)) continue;
        diagnosis found = made("body_rewritten", true, "the body reached us " + std::string(each.says));
        found.how = each.name;
        return found;
    }
    return std::nullopt;
}

std::optional<diagnosis> consultation::wrong_mode() const {
    if (at_.channel != "wechat" || at_.kind == "component") return std::nullopt;
    account changed = at_;
    const bool was_plain = at_.encryption == encryption::plaintext;
    changed.encryption = was_plain ? encryption::required : encryption::plaintext;
    if (!verifies(changed, came_)) return std::nullopt;
    return made("wrong_encryption_mode", true,
                was_plain ? "it is encrypted, and the account is configured as `plaintext`"
                          : "it is clear, and the account is configured to be encrypted");
}

std::optional<diagnosis> consultation::token_blanks() const {
    for (const std::string& secret : at_.*signers_of(at_))
        for (std::string& spelling : spellings_of(secret))
            if (verifies(with_signer(at_, std::move(spelling)), came_))
                return made("token_blanks", true,
                            "the configured " + std::string(signer_word()) +
                                " is right but for blanks or quotes around it, which the platform counts or "
                                "does not have");
    return std::nullopt;
}

std::optional<diagnosis> consultation::wrong_token() const {
    for (const account& each : all_) {
        const bool is_own = each.id == at_.id;
        std::vector<std::string> secrets = each.app_secrets;
        secrets.insert(secrets.end(), each.tokens.begin(), each.tokens.end());
        if (!each.app_key.empty()) secrets.push_back(each.app_key);
        for (std::string& secret : secrets) {
            if (!verifies(with_signer(at_, std::move(secret)), came_)) continue;
            diagnosis found =
                made(wrong_signer(), true,
                     is_own ? "it is signed with another secret of this account than its " +
                                  std::string(signer_word())
                            : "it is signed with the token or secret of the account " + quoted(each.id) +
                                  ", and is otherwise one of " + quoted(at_.id));
            if (!is_own) found.account = each.id;
            return found;
        }
    }
    return std::nullopt;
}

std::optional<diagnosis> consultation::wrong_key() const {
    for (const account& each : all_) {
        if (ciphertext_.empty() || each.id == at_.id || each.aes_keys.empty()) continue;
        account changed = at_;
        changed.aes_keys = each.aes_keys;
        if (!verifies(changed, came_)) continue;
        diagnosis found = made(
            "wrong_key", true,
            "the signature is right, and the EncodingAESKey of the account " + quoted(each.id) + " opens it");
        found.account = each.id;
        return found;
    }
    return std::nullopt;
}

std::optional<diagnosis> consultation::wrong_kind() const {
    for (const adapters::adapter_kind& each : adapters::all_kinds()) {
        if (each.channel != at_.channel || each.kind == at_.kind) continue;
        account changed = at_;
        changed.kind = each.kind;
        if (!verifies(changed, came_)) continue;
        return made("wrong_kind", true,
                    "it is what a " + std::string(each.channel) + " " + std::string(each.kind) +
                        " is sent, and the account is configured as " + at_.kind);
    }
    return std::nullopt;
}

const account* consultation::other_with_id(std::string_view id) const {
    for (const account& each : all_) {
        const bool has_it = each.app_id == id || each.original_id == id || each.corp_id == id ||
                            each.suite_id == id || std::ranges::find(each.uids, id) != each.uids.end();
        if (has_it && each.id != at_.id && !id.empty()) return &each;
    }
    return nullptr;
}

std::optional<diagnosis> consultation::wrong_receiver() const {
    account changed = at_;
    std::string came, expected;
    if (base_.is_opened) {  // The envelope, if there is one, is addressed rightly; the message inside is not.
        adapters::document inside;
        if (!inside.read(base_.clear)) return std::nullopt;
        const bool is_uid = at_.channel == "weibo";
        came = inside.word(is_uid && inside.is_json() ? "receiver_id" : "ToUserName");
        for (const std::string& uid : at_.uids) expected += (expected.empty() ? "" : " or ") + uid;
        if (!is_uid) expected = at_.original_id;
        changed.original_id = came;
        changed.uids = {came};
    } else if (own_letter_) {
        const auto id = receiver_of(at_, came_.is_check ? std::string_view{} : came_.suffix);
        came = own_letter_->receive_id;
        expected = at_.*id;
        changed.*id = came;
    }
    if (came == expected || !verifies(changed, came_)) return std::nullopt;
    diagnosis found =
        made("wrong_receive_id", true,
             "it is genuine and addressed to " + quoted(came) + "; configured is " + quoted(expected));
    if (const account* other = other_with_id(came)) {
        found.account = other->id;
        found.says += "; that is an id of the account " + quoted(other->id);
    } else if (came == at_.corp_id || came == at_.suite_id || came == at_.app_id) {
        found.says += "; that is another id of the same account";
    }
    return found;
}

std::optional<diagnosis> consultation::wrong_token_and_key() const {
    for (const account& each : all_) {
        if (ciphertext_.empty() || each.id == at_.id || each.tokens.empty() || each.aes_keys.empty())
            continue;
        account changed = at_;
        changed.tokens = each.tokens;
        changed.aes_keys = each.aes_keys;
        if (!verifies(changed, came_)) continue;
        diagnosis found = made("wrong_token_and_key", true,
                               "it is addressed to " + quoted(at_.id) +
                                   ", with token and EncodingAESKey of the account " + quoted(each.id));
        found.account = each.id;
        return found;
    }
    return std::nullopt;
}

/// Whether a signature is the one over three parts, which covers no ciphertext and so speaks for the token
/// alone.
bool consultation::plain_signature_fits(std::string_view given) const {
    crypto::hasher hasher;
    return std::ranges::any_of(at_.*signers_of(at_), [&](const std::string& secret) {
        const std::string_view parts[] = {secret, parameters_["timestamp"], parameters_["nonce"]};
        return crypto::same(crypto::sign(hasher, parts), given);
    });
}

diagnosis consultation::judge_verified(const reception& when) const {
    diagnosis age = judge_age(when);
    if (age.what != &named("nothing")) return age;
    const bool has_lost_plus = came_.is_check && at_.channel == "wecom" &&
                               parameters_["echostr"].find(' ') != std::string_view::npos;
    if (has_lost_plus)
        return made(
            "plus_lost", true,
            "the query reached us with every + of a parameter turned into a blank; the server mends that in "
            "an echostr, and nobody else does");
    if (base_.is_sealed || came_.is_check || utf8::is_valid(base_.clear)) return age;
    // Nothing of a clear body is signed, so it verifies all the same; but no platform sends anything but
    // UTF-8.
    diagnosis found = made("body_rewritten", true,
                           "it verifies, but its text is no longer UTF-8: the body was converted on the way");
    found.how = "charset";
    return found;
}

diagnosis consultation::judge_age(const reception& when) const {
    const std::int64_t age_ms = when.at_ms - base_.signed_at_ms, allowed_ms = at_.freshness_s * 1000;
    const auto is_fresh = [&](std::int64_t signed_at_ms) {
        return std::abs(when.at_ms - signed_at_ms) <= allowed_ms;
    };
    if (is_fresh(base_.signed_at_ms)) return made("nothing", true, "it verifies, and the server takes it");
    const std::int64_t stamp = decimal(parameters_["timestamp"]).value_or(0);
    const bool is_off_by_unit = is_fresh(stamp) || (stamp < std::int64_t{1} << 40 && is_fresh(stamp * 1000));
    const bool in_ms = at_.channel == "weibo";
    if (is_off_by_unit)
        return made("timestamp_unit", true,
                    std::string("its timestamp is in ") + (in_ms ? "seconds" : "milliseconds") +
                        ", and this platform's are in " + (in_ms ? "milliseconds" : "seconds"));
    if (base_.signed_at_ms == 0)
        return made("timestamp_unit", false, "its timestamp is no time: " + quoted(parameters_["timestamp"]));
    std::string says =
        "everything verifies but its age: signed at " + time_text(base_.signed_at_ms, time_form::seconds) +
        ", " + std::to_string(std::abs(age_ms) / 1000) + " s " + (age_ms < 0 ? "after" : "before") +
        (when.is_told ? " it came; " : " now; ") + std::to_string(at_.freshness_s) + " s are allowed";
    constexpr std::int64_t hour_ms = 3600000;
    const std::int64_t hours = (std::abs(age_ms) + hour_ms / 2) / hour_ms;
    if (hours > 0 && hours <= 14 && std::abs(std::abs(age_ms) - hours * hour_ms) < 120000)
        says += "; that is " + std::to_string(hours) + " h, as if a time zone were counted in";
    // No platform signs ahead. That it is old says something of the clock only when we know when it came.
    if (age_ms < 0) return made("clock", true, says + "; this machine's clock is behind");
    if (when.is_told)
        return made("clock", false, says + "; this machine's clock is ahead, or it is an old one again");
    return made("stale_timestamp", false, std::move(says));
}

diagnosis consultation::by_elimination() const {
    const bool has_signature = !parameters_["signature"].empty() || !parameters_["msg_signature"].empty();
    const bool needs_echo = came_.is_check && at_.kind != "data_push";
    if (needs_echo && has_signature && parameters_["echostr"].empty())
        return made("body_missing", true, "it has neither a body nor an echostr");
    if (!came_.is_check && came_.body.empty()) return made("body_missing", true, "its body is empty");
    if (base_.failed == errc::missing_parameter) {
        std::string missing;
        const bool is_sealed = !ciphertext_.empty() || (at_.channel == "wecom" && came_.is_check);
        for (const std::string_view each :
             {std::string_view(is_sealed ? "msg_signature" : "signature"), std::string_view("timestamp"),
              std::string_view("nonce"), std::string_view(needs_echo ? "echostr" : "nonce")})
            if (parameters_[each].empty() && missing.find(each) == std::string::npos)
                missing.append(missing.empty() ? "" : ", ").append(each);
        return made("missing_parameter", true, "its query has no " + missing);
    }
    if (base_.failed == errc::malformed_message || base_.failed == errc::doctype_refused ||
        base_.failed == errc::too_deep)
        return of_malformed();
    if (base_.failed == errc::plaintext_refused && at_.channel == "wecom")
        return made("plaintext_body", false, "its body is not encrypted");
    if (base_.failed == errc::plaintext_refused)
        return made(
            "wrong_encryption_mode", false,
            "it is clear, the account is configured to be encrypted, and its signature is not right either");
    if (base_.failed == errc::encryption_refused)
        return made(
            "wrong_encryption_mode", true,
            "it is encrypted and signed with our token, and the account is configured as `plaintext`");
    if (base_.failed == errc::bad_signature) return without_signature();
    if (base_.failed == errc::wrong_receive_id && (base_.is_opened || own_letter_))
        return made("wrong_receive_id", true,
                    "it is genuine and addressed to " +
                        quoted(own_letter_ ? own_letter_->receive_id : "another account"));
    std::string bytes;
    if (base_.failed == errc::bad_base64 ||
        (base_.failed == errc::bad_length && crypto::decode_base64(ciphertext_, bytes) &&
         bytes.size() % 16 != 0))
        return made("malformed_envelope", true, "its signature is right, and what it signs is no envelope");
    const bool is_shut = base_.failed == errc::bad_padding || base_.failed == errc::bad_length ||
                         base_.failed == errc::bad_key || base_.failed == errc::wrong_receive_id;
    if (is_shut)
        return made("wrong_key", true,
                    "its signature is right, so the ciphertext came whole, and no configured EncodingAESKey "
                    "opens it");
    if (base_.failed == errc::unknown_account)
        return made("wrong_path", false, "the account takes nothing at /callback/" + at_.id + came_.suffix);
    return made("unexplained", false, "it is refused as " + std::string(yizhan::name_of(base_.failed)));
}

/// No secret gives the signature, and nothing that was tried explains it whole.
diagnosis consultation::without_signature() const {
    const std::string_view used = ciphertext_.empty() ? "signature" : "msg_signature";
    const std::string_view given = parameters_[used];
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (given.size() != (at_.channel == "webhook" ? 64u : 40u) || !std::ranges::all_of(given, is_hex))
        return made("signature_damaged", true,
                    "its `" + std::string(used) + "` has " + std::to_string(given.size()) +
                        " characters and cannot be one");
    if (ciphertext_.empty())
        return made(wrong_signer(), false,
                    "no configured " + std::string(signer_word()) + " gives its signature, which covers " +
                        (at_.channel == "webhook"
                             ? "the body too: that, timestamp or nonce may have been changed instead"
                             : "timestamp and nonce only: they may have been changed instead"));
    if (plain_signature_fits(given))
        return made(
            "signature_confused", true,
            "its `msg_signature` is over three parts, as `signature` is; the ciphertext belongs to it");
    const bool token_is_right = plain_signature_fits(parameters_["signature"]);
    if (own_letter_ && is_whole(*own_letter_) && token_is_right)
        return made("signature_damaged", true,
                    "`signature` shows that the token is right, the body opens whole, and `msg_signature` is "
                    "not theirs");
    if (own_letter_ && is_whole(*own_letter_))
        return made(
            "wrong_token", false,
            "our EncodingAESKey opens it, addressed to " + quoted(own_letter_->receive_id) +
                ", and no configured token gives its signature; otherwise signature, timestamp or nonce "
                "were changed");
    if (own_letter_ && !token_is_right) {
        diagnosis found =
            made("body_rewritten", true,
                 "our EncodingAESKey opens it, addressed to " + quoted(own_letter_->receive_id) +
                     ", and a piece in the middle is not what was sealed");
        found.how = "changed";
        return found;
    }
    std::string bytes;
    const bool is_base64 = crypto::decode_base64(ciphertext_, bytes).has_value();
    if (token_is_right) {
        if (!is_base64 || bytes.size() % 16 != 0)
            return made(
                "body_cut", true,
                "`signature` shows that the token is right, and a piece of the ciphertext is missing");
        diagnosis found = made(
            "body_rewritten", true,
            "`signature` shows that the token is right, and the ciphertext is not the one that was signed");
        found.how = "changed";
        return found;
    }
    for (const account& each : all_) {
        if (each.id == at_.id) continue;
        const auto opened = opened_with(each.aes_keys, ciphertext_);
        if (!opened || !is_id(opened->receive_id)) continue;
        diagnosis found =
            made("other_account", false,
                 "the EncodingAESKey of the account " + quoted(each.id) + " opens it, addressed to " +
                     quoted(opened->receive_id) + ", but no token gives its signature");
        found.account = each.id;
        return found;
    }
    if (!is_base64 || bytes.size() % 16 != 0)
        return made("body_cut", false, "its ciphertext has a length that no ciphertext has");
    return made("not_ours", false,
                "no configured token gives its signature, and no configured EncodingAESKey opens it");
}

diagnosis consultation::of_malformed() const {
    if (base_.is_opened && base_.is_sealed)
        return made("malformed_body", true,
                    "signature and decryption are right, and what is inside is no message");
    if (base_.failed == errc::doctype_refused)
        return made("malformed_body", true, "it has a document type, which no platform sends");
    if (base_.failed == errc::too_deep)
        return made("malformed_body", true,
                    "it is deeper or has more elements than anything a platform sends");
    const std::string_view body = adapters::trimmed(came_.body);
    const bool is_xml = body.starts_with('<'), is_json = body.starts_with('{') || body.starts_with('[');
    const std::string_view end = is_xml ? "</xml>" : body.starts_with('[') ? "]" : "}";
    if ((is_xml || is_json) && !body.ends_with(end))
        return made("body_cut", true,
                    "its body of " + std::to_string(came_.body.size()) + " bytes ends in the middle");
    return made(
        "malformed_body", !is_xml && !is_json,
        is_xml || is_json ? "its body cannot be read as XML or JSON" : "its body is neither XML nor JSON");
}

}  // namespace

std::span<const finding> all_findings() { return findings; }

diagnosis diagnose(std::span<const account> all, const account& at, const refused_callback& came,
                   const reception& when) {
    return consultation(all, at, came).run(when);
}

}  // namespace yizhan::gateway
