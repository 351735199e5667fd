// One adapter: whatever a platform says, or somebody in its name, becomes events that are as their schemas
// promise, or an error; and an answer to them, or a reason why not. Addresses and signatures too.
#include <rapidjson/document.h>

#include "adapters/adapter.hpp"
#include "core/account.hpp"
#include "tests/fuzz/target.hpp"

using namespace yizhan;
using namespace yizhan::adapters;

namespace {

account settings() {
    account made;
    made.id = "fuzzed", made.channel = YIZHAN_CHANNEL, made.kind = YIZHAN_KIND;
    made.app_id = "wx5f1e2d3c4b5a6978", made.corp_id = "ww5a1c0de5a1c0de01",
    made.suite_id = "ww51de5a1c0de51de2";
    made.uids = {"9000000001"};
    made.tokens = {"token"}, made.app_secrets = {"secret"};
    made.aes_keys = {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"};
    return made;
}

void examine(adapter& by, std::string_view suffix, std::string_view clear, const query& parameters) {
    static decoded said;
    if (!by.decode({suffix, parameters, ""}, clear, said)) return;
    promise(!said.events.empty(), "there is at least one event");
    const moment at{1767225600000, {}};
    for (std::size_t index = 0; index < said.events.size(); ++index) {
        const event& each = said.events[index];
        std::string platform, json;
        said.append_platform(platform, index);
        const bool has_tenant = !said.tenant.empty();
        append_json(json, each, {YIZHAN_CHANNEL, has_tenant ? said.tenant : "fuzzed", has_tenant ? "fuzzed" : ""}, platform);
        rapidjson::Document parsed;
        parsed.Parse<rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
        promise(!parsed.HasParseError(), "an event is JSON");
        for (int kind = 0; kind <= static_cast<int>(reply_kind::platform_desk); ++kind) {
            reply with;
            with.kind = static_cast<reply_kind>(kind);
            with.text = each.text, with.card = R"({"card_type":"text_notice"})";
            with.articles.resize(2);
            if (by.cannot_say(said, each, with).empty())
                promise(!by.answer(said, each, with, at).empty(), "what can be said says something");
        }
    }
    static_cast<void>(by.receipt(said, at));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto speaks = find_kind(YIZHAN_CHANNEL, YIZHAN_KIND)->make(settings()).value();
    static const query nothing;
    const std::string_view text = text_of(bytes, size);
    for (const std::string_view suffix : {"", "/command", "/message/wx5f1e2d3c4b5a6978", "/data/wpDemo"}) {
        const bool has_several =
            std::string_view(YIZHAN_KIND) == "component" || std::string_view(YIZHAN_KIND) == "suite";
        if (suffix.empty() == has_several) continue;
        const bool is_of_kind = suffix.starts_with("/message") ? std::string_view(YIZHAN_KIND) == "component"
                                : suffix.starts_with("/data")  ? std::string_view(YIZHAN_KIND) == "suite"
                                                               : true;
        if (is_of_kind) examine(*speaks, suffix, text, nothing);
    }
    if (size > 0 && bytes[size - 1] % 8 == 0) {  // Now and then the whole request is the fuzzer's.
        const std::size_t cut = text.find('\n');
        const query parameters(text.substr(0, cut));
        const std::string_view body = cut == std::string_view::npos ? std::string_view{} : text.substr(cut + 1);
        std::string buffer;
        for (const std::string_view suffix : {"", "/command"}) {
            static_cast<void>(speaks->verify({suffix, parameters, body}, buffer));
            static_cast<void>(speaks->open({suffix, parameters, body}, buffer));
        }
    }
    return 0;
}
