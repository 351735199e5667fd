#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "adapters/document.hpp"
#include "adapters/sealed.hpp"
#include "core/json_text.hpp"
#include "core/time.hpp"
#include "crypto/signature.hpp"
#include "gateway/commands/commands.hpp"

namespace yizhan::gateway {
namespace {

/// The steps as they are taken, for a person or as JSON.
class report {
public:
    explicit report(bool as_json) : as_json_(as_json) {}

    bool step(std::string_view what, bool good, std::string_view detail = {}) {
        all_good_ &= good;
        if (!as_json_) {
            std::cout << (good ? "ok    " : "FAIL  ") << what;
            if (!detail.empty()) std::cout << ": " << detail;
            std::cout << "\n";
        }
        steps_ += steps_.empty() ? "{" : ",{";
        steps_ += "\"step\":" + json::quoted(what) + ",\"ok\":" + (good ? "true" : "false");
        if (!detail.empty()) steps_ += ",\"detail\":" + json::quoted(detail);
        steps_ += '}';
        return good;
    }
    void clear(std::string_view text) {
        if (as_json_)
            clear_ = text;
        else
            std::cout << "\n" << text << "\n";
    }
    void event(std::string_view json_text) {
        if (as_json_)
            event_ = json_text;
        else
            std::cout << "\n" << json_text << "\n";
    }
    int end() const {
        if (as_json_) {
            std::cout << "{\"ok\":" << (all_good_ ? "true" : "false") << ",\"steps\":[" << steps_
                      << "],\"clear\":" << json::quoted(clear_)
                      << ",\"event\":" << (event_.empty() ? "null" : event_) << "}\n";
        }
        return all_good_ ? 0 : 1;
    }

private:
    bool as_json_, all_good_ = true;
    std::string steps_, clear_, event_;
};

std::string read_body(const std::string& name) {
    if (name.empty()) return {};
    if (name == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream opened(name, std::ios::binary);
    if (!opened) throw std::runtime_error("cannot read " + name);
    return {std::istreambuf_iterator<char>(opened), {}};
}

/// What may stand at the end of an envelope that comes this way.
std::vector<std::string> receive_ids_of(const account& of, std::string_view suffix) {
    if (of.kind == "aibot") return {of.receive_id};
    if (of.kind == "suite" && suffix == "/command") return {of.suite_id, of.corp_id};
    if (of.kind == "suite") return {std::string(suffix.substr(suffix.rfind('/') + 1))};
    return {of.channel == "wecom" ? of.corp_id : of.app_id};
}

/// What the adapter does at once, taken apart: signature by signature, key by key.
void take_apart(const account& of, const adapters::callback& received, std::string_view ciphertext,
                report& to) {
    const bool is_weibo = of.channel == "weibo";
    const bool is_sealed = !ciphertext.empty();
    const std::string_view name = is_sealed ? "msg_signature" : "signature";
    const std::string_view given = received.query[name];
    for (const std::string_view each : {name, std::string_view("timestamp"), std::string_view("nonce")})
        to.step(std::string(each) + " in the query", received.query.has(each));
    crypto::hasher hasher;
    const auto& secrets = is_weibo && of.kind != "data_push" ? of.app_secrets : of.tokens;
    const auto signer = adapters::secret_that_signed(hasher, secrets, received, ciphertext, given);
    to.step("signature", signer.has_value(),
            signer
                ? (is_weibo ? "app secret " : "token ") + std::to_string(*signer + 1) + " of " +
                      std::to_string(secrets.size())
                : "no configured " + std::string(is_weibo ? "app secret" : "token") + " gives it (or the " +
                      (is_sealed ? "ciphertext" : "timestamp or nonce") + " was changed on the way)");
    if (is_sealed && ciphertext.find(' ') != std::string_view::npos)
        to.step("ciphertext", false, "it has blanks: something in front of us turned + into a blank");
    const auto stamp = decimal(received.query["timestamp"]).value_or(0);
    const std::int64_t age_s = (now_ms() - (is_weibo ? stamp : stamp * 1000)) / 1000;
    to.step("age", std::abs(age_s) <= of.freshness_s,
            std::to_string(age_s) + " s, allowed " + std::to_string(of.freshness_s));
    if (!is_sealed) return;
    const auto allowed = received.body.empty() && of.kind == "suite" ? std::vector{of.corp_id}
                                                                     : receive_ids_of(of, received.suffix);
    for (std::size_t at = 0; at < of.aes_keys.size(); ++at) {
        const std::string which =
            "aes_key " + std::to_string(at + 1) + " of " + std::to_string(of.aes_keys.size());
        auto envelope = crypto::envelope::with_key(of.aes_keys[at]);
        std::string buffer;
        if (!envelope) continue;
        const auto letter = envelope->open(ciphertext, buffer);
        const bool is_last = at + 1 == of.aes_keys.size();
        if (!letter && !is_last) continue;
        if (!to.step("decryption", letter.has_value(),
                     letter ? which : which + ": " + std::string(yizhan::name_of(letter.error()))))
            return;
        const bool is_ours = std::ranges::find(allowed, letter->receive_id) != allowed.end();
        to.step("receive-id", is_ours,
                std::string(letter->receive_id) + (is_ours ? "" : ", expected " + allowed.front()));
        to.clear(letter->message);
        return;
    }
}

}  // namespace

int decrypt_command(const config& settings, const decrypt_options& options) {
    const auto found = std::ranges::find(settings.accounts, options.account, &account::id);
    if (found == settings.accounts.end()) throw std::runtime_error("no account \"" + options.account + "\"");
    report to(options.json);
    const std::string_view given = options.query;
    const query parameters(given.substr(given.find('?') == std::string_view::npos ? 0 : given.find('?') + 1));
    const std::string body = read_body(options.body_file);
    const adapters::callback received{options.suffix, parameters, body};

    const auto speaks = adapters::find_kind(found->channel, found->kind)->make(*found).value();
    std::string buffer;
    if (body.empty() && found->kind != "data_push") {
        const std::string echo(found->channel == "wecom" ? parameters["echostr"] : std::string_view{});
        take_apart(*found, received, echo, to);
        const auto checked = speaks->verify(received, buffer);
        to.step("check of the address", checked.has_value(), checked ? "" : yizhan::name_of(checked.error()));
        if (checked) to.clear(checked->clear);
        return to.end();
    }

    adapters::document outer;
    const auto read = adapters::read_outer(outer, body);
    const bool is_envelope = found->channel == "wechat" || found->channel == "wecom";
    if (is_envelope && !to.step("body", read.has_value(),
                                read ? (read->json ? "JSON" : "XML") : yizhan::name_of(read.error())))
        return to.end();
    // Of other channels it is the adapter alone that knows how they sign.
    if (is_envelope || found->channel == "weibo")
        take_apart(*found, received, read ? read->encrypt : std::string_view{}, to);
    const auto opened = speaks->open(received, buffer);
    if (!to.step("as the server would open it", opened.has_value(),
                 opened ? "" : yizhan::name_of(opened.error())))
        return to.end();
    if (!opened->sealed) to.clear(opened->clear);
    if (opened->is_check) return to.end();
    adapters::decoded decoded;
    const auto made = speaks->decode(received, opened->clear, decoded);
    if (!to.step("event", made.has_value(),
                 made ? decoded.events.front().type : yizhan::name_of(made.error())))
        return to.end();
    std::string platform, event;
    for (std::size_t at = 0; at < decoded.events.size(); ++at) {
        platform.clear(), event.clear();
        decoded.append_platform(platform, at);
        const std::string_view account =
            decoded.tenant.empty() ? std::string_view(found->id) : decoded.tenant;
        const std::string_view via =
            decoded.tenant.empty() ? std::string_view{} : std::string_view(found->id);
        append_json(event, decoded.events[at], {found->channel, account, via}, platform);
        to.event(event);
    }
    return to.end();
}

}  // namespace yizhan::gateway
