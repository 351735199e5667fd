#include "tests/conformance/kit.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <pugixml.hpp>
#include <random>
#include <set>
#include <stdexcept>

#include "adapters/table.hpp"
#include "core/json_text.hpp"
#include "tests/support/schema.hpp"

namespace yizhan::conformance {
namespace {

using namespace adapters;

constexpr moment at{
    1767225600000, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
};

/// Everything that an adapter makes of one request, as one text.
struct reading {
    error_code failed;
    std::string all;
    std::vector<std::string> ids;
    std::vector<std::string> events;  // As JSON.
    std::string clear;
};

reading read(adapter& by, const std::string& channel, const request& what, decoded& into) {
    reading made;
    const query parameters(what.query);
    const callback received{what.suffix, parameters, what.body};
    std::string buffer;
    const auto opened = by.open(received, buffer);
    if (!opened) return made.failed = opened.error(), made;
    made.clear = opened->clear;
    if (opened->is_check) return made.all = "check " + made.clear, made;
    const auto done = by.decode(received, opened->clear, into);
    if (!done) return made.failed = done.error(), made;
    for (std::size_t index = 0; index < into.events.size(); ++index) {
        std::string platform, event;
        into.append_platform(platform, index);
        const bool has_tenant = !into.tenant.empty();
        append_json(event, into.events[index], {channel, has_tenant ? into.tenant : "here", has_tenant ? "here" : ""}, platform);
        made.events.push_back(event);
        made.ids.push_back(hex(into.events[index].id));
        made.all += event + "\n";
        for (int kind = 0; kind <= static_cast<int>(reply_kind::platform_desk); ++kind) {
            reply with;
            with.kind = static_cast<reply_kind>(kind);
            made.all += by.cannot_say(into, into.events[index], with);
        }
        made.all += std::to_string(static_cast<int>(into.events[index].shows)) +
                    std::to_string(into.events[index].from_person);
    }
    made.all +=
        by.receipt(into, at) + "|" + std::string(into.tenant) + "|" + std::to_string(into.patience_ms);
    return made;
}

/// Names and texts of all leaves, read by somebody else than the adapter.
void leaves_of(const pugi::xml_node& element, std::multiset<std::pair<std::string, std::string>>& into) {
    bool has_children = false;
    std::string text;
    for (const pugi::xml_node child : element.children()) {
        if (child.type() == pugi::node_element)
            has_children = true, leaves_of(child, into);
        else
            text += child.value();
    }
    if (!has_children) into.insert({element.name(), std::string(trimmed(text))});
}

std::string text_of(const rapidjson::Value& value) {
    if (value.IsString()) return {value.GetString(), value.GetStringLength()};
    if (value.IsUint64()) return std::to_string(value.GetUint64());
    if (value.IsInt64()) return std::to_string(value.GetInt64());
    if (value.IsBool()) return value.GetBool() ? "true" : "false";
    if (value.IsNull()) return "null";
    return {};
}

void leaves_of(const std::string& name, const rapidjson::Value& value,
               std::multiset<std::pair<std::string, std::string>>& into) {
    if (value.IsObject()) {
        for (const auto& member : value.GetObject())
            leaves_of(std::string(trimmed(member.name.GetString())), member.value, into);
    } else if (value.IsArray()) {
        for (const auto& item : value.GetArray()) leaves_of(name, item, into);
    } else if (value.IsDouble()) {
        into.insert({name, "number"});
    } else {
        into.insert({name, std::string(trimmed(text_of(value)))});
    }
}

std::multiset<std::pair<std::string, std::string>> leaves_of(std::string_view clear) {
    std::multiset<std::pair<std::string, std::string>> all;
    if (clear.starts_with("\xEF\xBB\xBF")) clear.remove_prefix(3);
    if (trimmed(clear).starts_with('<')) {
        pugi::xml_document document;
        document.load_buffer(clear.data(), clear.size(), pugi::parse_cdata | pugi::parse_escapes,
                             pugi::encoding_utf8);
        leaves_of(document.document_element(), all);
        // An empty root is an empty object there too.
    } else {
        rapidjson::Document document;
        document.Parse<rapidjson::kParseFullPrecisionFlag>(clear.data(), clear.size());
        leaves_of("", document, all);
    }
    return all;
}

class examination {
public:
    examination(const adapter_kind& kind, const fixtures& with)
        : channel_(kind.channel),
          with_(with),
          one_(kind.make(with.settings).value()),
          other_(kind.make(with.settings).value()) {}

    outcome run() {
        for (const request& each : with_.requests) {
            now_ = &each;
            const reading first = read(*one_, channel_, each, made_);
            if (!check(!first.failed, "it is accepted (" + std::string(yizhan::name_of(first.failed)) + ")"))
                continue;
            if (first.events.empty() && !first.all.starts_with("check ") && !check(false, "there is at least one event")) continue;
            same_every_time(each, first);
            nothing_lost(first);
            is_as_promised(each, first);
            retried(each, first);
            answered(each);
            refused(each);
            told_apart(each, first);
        }
        now_ = nullptr;
        other_order();
        survives();
        return std::move(result_);
    }

private:
    bool check(bool kept, const std::string& promise) {
        ++result_.checks;
        if (!kept && result_.broken.size() < 50)
            result_.broken.push_back((now_ ? now_->name + ": " : std::string()) + promise);
        return kept;
    }

    /// Purity: the same in, the same out, whatever came before and whoever reads.
    void same_every_time(const request& each, const reading& first) {
        check(read(*one_, channel_, each, made_).all == first.all, "twice the same gives the same");
        decoded fresh;
        check(read(*other_, channel_, each, fresh).all == first.all,
              "another adapter of the account reads the same");
    }

    /// Every leaf of what came is in `data.platform`, with its name and text, or is masked as a secret.
    void nothing_lost(const reading& first) {
        const auto sent = leaves_of(first.clear);
        std::multiset<std::pair<std::string, std::string>> kept;
        for (const std::string& event : first.events) {
            rapidjson::Document document;
            document.Parse<rapidjson::kParseFullPrecisionFlag>(event.data(), event.size());
            if (document.HasParseError()) {
                check(false, "the event is JSON");
                return;
            }
            leaves_of("", document["data"]["platform"], kept);
        }
        for (const auto& [name, text] : sent)
            check(kept.count({name, text}) >= sent.count({name, text}) ||
                      kept.count({name, "[secret]"}) > 0 || (text.empty() && kept.count({name, ""}) > 0) ||
                      (text.empty() && kept.empty()),
                  "the field " + name + " is kept as it came");
    }

    void is_as_promised(const request& each, const reading& first) {
        for (const std::string& event : first.events) {
            const std::string fault = test::schema_fault(event);
            check(fault.empty(), "the event is as its schema says: " + fault);
            const bool has_type =
                each.type.empty() || event.find("\"type\":\"" + each.type + "\"") != std::string::npos;
            check(has_type, "its type is " + each.type);
        }
        
    }

    /// A retry, sealed anew, is the same happening.
    void retried(const request& each, const reading& first) {
        if (!with_.again) return;
        const request retry = with_.again(each);
        const reading second = read(*other_, channel_, retry, made_);
        check(second.ids == first.ids, "a retry has the same id");
        check(second.all == first.all, "a retry says the same");
    }

    /// What can be said is said the same every time, and comes out at the other end as it went in.
    void answered(const request& each) {
        const query parameters(each.query);
        const callback received{each.suffix, parameters, each.body};
        std::string buffer;
        const auto opened = one_->open(received, buffer);
        if (!opened || opened->is_check || !one_->decode(received, opened->clear, made_)) return;
        const std::string receipt = one_->receipt(made_, at);
        check(one_->is_silence(receipt) ? one_->seal(received, *opened, receipt, at) == receipt
                                        : !receipt.empty(),
              "what says nothing is sent as it is");
        for (const event& happened : made_.events)
            for (int kind = 0; kind <= static_cast<int>(reply_kind::platform_desk); ++kind) {
                const reply with = sample(static_cast<reply_kind>(kind));
                const std::string_view why_not = one_->cannot_say(made_, happened, with);
                if (happened.shows == shown::nothing)
                    check(!why_not.empty(), "no answer is shown where the row says none is");
                if (!why_not.empty()) continue;
                const std::string name(yizhan::name_of(with.kind));
                const std::string clear = one_->answer(made_, happened, with, at);
                check(!clear.empty() && !one_->is_silence(clear),
                      "an answer of kind " + name + " says something");
                check(clear == one_->answer(made_, happened, with, at),
                      "an answer of kind " + name + " is the same every time");
                const std::string sealed = one_->seal(received, *opened, clear, at);
                if (opened->sealed)
                    check(sealed.find(clear) == std::string::npos,
                          "a sealed answer cannot be read on the way");
                if (with_.open_answer)
                    check(with_.open_answer(each, sealed) == clear,
                          "an answer of kind " + name + " is opened as it was said");
            }
    }

    static reply sample(reply_kind kind) {
        reply made;
        made.kind = kind;
        made.text = "您好 <&\"]]> 😀";
        made.media_id = "media-1";
        made.title = "标题", made.description = "说明", made.url = "https://a.example.test/1",
        made.hq_url = "https://a.example.test/2";
        made.articles = {
            {"标题", "说明", "https://a.example.test/?a=1&b=2", "https://a.example.test/p.png"}
        };
        made.card = R"({"card_type":"text_notice","main_title":{"title":"单号","desc":"已受理"}})";
        return made;
    }

    /// Without any one of its parts, or with one changed, it is not taken for genuine.
    void refused(const request& each) {
        const query whole(each.query);
        for (const char* name : {"signature", "msg_signature", "timestamp", "nonce"}) {
            if (!whole.has(name) || (std::string_view(name) == "signature" && whole.has("msg_signature")))
                continue;
            request without = each;
            without.query = without_parameter(each.query, name);
            expect(without, {errc::missing_parameter, errc::bad_signature}, std::string("without ") + name);
            request changed = each;
            changed.query = changed_parameter(each.query, name);
            expect(changed, {errc::bad_signature}, std::string("with another ") + name);
        }
        const query parameters(each.query);
        std::string buffer;
        const callback received{each.suffix, parameters, each.body};
        if (!parameters.has("echostr")) check(one_->verify(received, buffer).has_error(), "a message is no check of an address");
        const auto opened = one_->open(received, buffer);
        if (opened && opened->sealed) {  // Each byte of a ciphertext counts.
            for (const std::size_t from_end : {std::size_t{40}, each.body.size() / 2}) {
                request tampered = each;
                char& letter = tampered.body[tampered.body.size() - std::min(from_end, tampered.body.size())];
                letter = letter == 'A' ? 'B' : 'A';
                expect(tampered, {errc::bad_signature, errc::malformed_message, errc::plaintext_refused}, "with a changed ciphertext");
            }
        }
        request elsewhere = each;
        elsewhere.suffix = "/nowhere";
        expect(elsewhere, {errc::unknown_account}, "at an address that is none");
        request empty = each;
        empty.body.clear();
        expect(empty, {errc::malformed_message, errc::bad_signature, errc::plaintext_refused},
               "without a body");
        request typed = each;
        typed.body = "<!DOCTYPE x [<!ENTITY e \"e\">]><xml><a>&e;</a></xml>";
        expect(typed, {errc::doctype_refused, errc::malformed_message, errc::bad_signature},
               "with a document type");
    }

    void expect(const request& what, std::initializer_list<errc> codes, const std::string& promise) {
        const reading made = read(*one_, channel_, what, made_);
        const bool is_one = std::ranges::any_of(codes, [&](errc code) { return made.failed == code; });
        check(is_one, promise + " it is refused for its reason, not " +
                          (made.failed ? std::string(yizhan::name_of(made.failed)) : "accepted"));
    }

    static std::string without_parameter(const std::string& from, const std::string& name) {
        std::string out;
        for (std::size_t begin = 0; begin < from.size();) {
            const std::size_t end = std::min(from.find('&', begin), from.size());
            const std::string part = from.substr(begin, end - begin);
            if (!part.starts_with(name + "=")) out += (out.empty() ? "" : "&") + part;
            begin = end + 1;
        }
        return out;
    }
    static std::string changed_parameter(std::string from, const std::string& name) {
        const std::size_t begin = ("&" + from).find("&" + name + "=") + name.size() + 1;
        from[begin] = from[begin] == '1' ? '2' : '1';
        return from;
    }

    /// Two happenings are two: another clear text has another id, unless the platform's own id says
    /// otherwise.
    void told_apart(const request& each, const reading& first) {
        decoded changed;
        const query parameters(each.query);
        const callback received{each.suffix, parameters, each.body};
        const std::size_t digit = first.clear.find_last_of("123456789");
        if (digit == std::string::npos || !one_->decode(received, first.clear, made_)) return;
        if (!made_.events.front().platform_id.empty() || !made_.events.front().deduplicated) return;
        std::string other = first.clear;
        other[digit] = other[digit] == '1' ? '2' : '1';
        if (!one_->decode(received, other, changed)) return;
        check(hex(changed.events.front().id) != first.ids.front(), "another one has another id");
    }

    /// The order of what came before changes nothing.
    void other_order() {
        std::map<std::string, std::string> said;
        for (const request& each : with_.requests) said[each.name] = read(*one_, channel_, each, made_).all;
        for (auto each = with_.requests.rbegin(); each != with_.requests.rend(); ++each) {
            now_ = &*each;
            check(read(*one_, channel_, *each, made_).all == said[each->name],
                  "what came before changes nothing");
        }
        now_ = nullptr;
    }

    /// Total: whatever comes, there is an answer or one of the documented errors, and nothing is thrown.
    void survives() {
        constexpr errc documented[] = {
            errc::missing_parameter, errc::bad_signature,   errc::plaintext_refused, errc::encryption_refused,
            errc::bad_base64,        errc::bad_length,      errc::bad_padding,       errc::wrong_receive_id,
            errc::malformed_message, errc::doctype_refused, errc::too_deep,          errc::unknown_account};
        std::mt19937 dice(20260101);
        for (const request& each : with_.requests)
            for (int tries = 0; tries < 40; ++tries) {
                now_ = &each;
                request torn = each;
                for (std::string* part : {&torn.query, &torn.body})
                    if (!part->empty() && dice() % 2) spoil(*part, dice);
                std::string clear = read(*one_, channel_, each, made_).clear;
                spoil(clear, dice);
                const reading made = read(*one_, channel_, torn, made_);
                const query parameters(each.query);
                const auto direct = one_->decode({each.suffix, parameters, each.body}, clear, made_);
                for (const error_code& failed : {made.failed, direct ? error_code() : direct.error()})
                    check(
                        !failed || std::ranges::any_of(documented, [&](errc code) { return failed == code; }),
                        "what is broken fails for a documented reason, not " + failed.message());
            }
        now_ = nullptr;
    }

    static void spoil(std::string& text, std::mt19937& dice) {
        if (text.empty()) return;
        const std::size_t where = dice() % text.size();
        switch (dice() % 5) {
            case 0:
                text[where] = static_cast<char>(dice());
                break;
            case 1:
                text.resize(where);
                break;
            case 2:
                text.insert(where, text.substr(where / 2, 40));
                break;
            case 3:
                text.erase(where, 1 + dice() % 20);
                break;
            default:
                text.insert(where, 1, static_cast<char>(dice() % 32));
                break;
        }
    }

    std::string channel_;
    const fixtures& with_;
    std::unique_ptr<adapter> one_, other_;
    decoded made_;
    const request* now_ = nullptr;
    outcome result_;
};

std::string text_at(const rapidjson::Value& from, const char* name) {
    const auto found = from.FindMember(name);
    if (found == from.MemberEnd()) return {};
    if (!found->value.IsString()) throw std::runtime_error(std::string("`") + name + "` is no text");
    return found->value.GetString();
}

}  // namespace

fixtures read_fixtures(const std::string& file) {
    std::ifstream opened(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(opened), {}};
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject())
        throw std::runtime_error(file + " is no JSON object");
    fixtures made;
    const auto& settings = document["account"];
    made.settings.id = text_at(settings, "id"), made.settings.channel = text_at(settings, "channel"),
    made.settings.kind = text_at(settings, "kind");
    if (settings.HasMember("app_secret")) made.settings.app_secrets = {text_at(settings, "app_secret")};
    if (settings.HasMember("token")) made.settings.tokens = {text_at(settings, "token")};
    if (settings.HasMember("aes_key")) made.settings.aes_keys = {text_at(settings, "aes_key")};
    made.settings.app_id = text_at(settings, "app_id"), made.settings.corp_id = text_at(settings, "corp_id");
    made.settings.suite_id = text_at(settings, "suite_id"), made.settings.receive_id = text_at(settings, "receive_id");
    made.settings.original_id = text_at(settings, "original_id");
    if (settings.HasMember("uid")) made.settings.uids = {text_at(settings, "uid")};
    for (const auto& each : document["requests"].GetArray())
        made.requests.push_back({text_at(each, "name"), text_at(each, "suffix"), text_at(each, "query"),
                                 text_at(each, "body"), "", text_at(each, "type")});
    std::map<std::string, request> retries;
    if (document.HasMember("retries"))
        for (const auto& each : document["retries"].GetArray())
            retries[text_at(each, "name")] = {text_at(each, "name"),
                                              text_at(each, "suffix"),
                                              text_at(each, "query"),
                                              text_at(each, "body"),
                                              "",
                                              ""};
    made.again = [retries](const request& of) {
        const auto found = retries.find(of.name);
        return found == retries.end() ? of : found->second;
    };
    return made;
}

outcome examine(const adapter_kind& kind, const fixtures& with) { return examination(kind, with).run(); }

}  // namespace yizhan::conformance
