// The public security kit (tests/vectors): every callback in it, through the door as the listener would hand
// it over, with the answer and the exact reason it asks for.
#include <catch2/catch.hpp>

#include <rapidjson/document.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fstream>
#include <map>

#include "core/query.hpp"
#include "crypto/base64.hpp"
#include "gateway/door.hpp"
#include "gateway/framing.hpp"
#include "router/hours.hpp"
#include "simulator/forge.hpp"

using namespace yizhan;

namespace {

rapidjson::Document kit(const std::string& name) {
    std::ifstream file(std::string(YIZHAN_ROOT) + "/tests/vectors/" + name + ".json", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    REQUIRE_FALSE(document.HasParseError());
    return document;
}

std::string text_at(const rapidjson::Value& from, const char* name) {
    const auto found = from.FindMember(name);
    return found == from.MemberEnd() ? ""
                                     : std::string(found->value.GetString(), found->value.GetStringLength());
}

/// The bytes of `name`, or of `name`_base64 where they are no text.
std::string bytes_at(const rapidjson::Value& from, const std::string& name) {
    const std::string encoded = text_at(from, (name + "_base64").c_str());
    if (encoded.empty()) return text_at(from, name.c_str());
    std::string out;
    REQUIRE(crypto::decode_base64(encoded, out));
    return out;
}

/// Keeps what it is given in memory, and says so at once.
class memory_journal final : public stream::journal {
public:
    explicit memory_journal(net::asio::io_context& context) : context_(context) {}
    void append(stream::append_request what) override {
        payloads.push_back(what.payload);
        const stream::appended where{
            ++sequence_, 0, {1, static_cast<std::uint32_t>(payloads.size())}
        };
        stream::append_outcome outcome{what.waiter, {}, where, std::move(what.payload)};
        net::asio::post(context_, [outcome = std::move(outcome)]() mutable { outcome.tell(); });
    }
    error_code refuses() const override { return {}; }
    result<std::string> read(stream::place at) const override { return payloads.at(at.offset - 1); }

    std::vector<std::string> payloads;

private:
    net::asio::io_context& context_;
    std::uint64_t sequence_ = 0;
};

account account_of(const std::string& id, const rapidjson::Value& settings) {
    account made;
    made.id = id, made.channel = text_at(settings, "channel"), made.kind = text_at(settings, "kind");
    made.app_id = text_at(settings, "app_id"), made.original_id = text_at(settings, "original_id");
    made.corp_id = text_at(settings, "corp_id"), made.suite_id = text_at(settings, "suite_id");
    if (settings.HasMember("uids"))
        for (const auto& uid : settings["uids"].GetArray()) made.uids.emplace_back(uid.GetString());
    if (settings.HasMember("token")) made.tokens = {text_at(settings, "token")};
    if (settings.HasMember("aes_key")) made.aes_keys = {text_at(settings, "aes_key")};
    if (settings.HasMember("app_secret")) made.app_secrets = {text_at(settings, "app_secret")};
    const std::string mode = text_at(settings, "encryption");
    if (mode == "plaintext") made.encryption = encryption::plaintext;
    if (mode == "compatible") made.encryption = encryption::compatible;
    return made;
}

/// A station's door that knows no message yet.
struct fresh_door {
    explicit fresh_door(const account& only)
        : journal(context),
          counted("test", ""),
          door({context.get_executor(), journal, counted, [] { return std::int64_t{0}; },
                [](std::string, bool, std::function<void(std::optional<crm::person_facts>)> say) {
                    say(std::nullopt);
                },
                [](auto...) {}},
               stream::dedup_index({})) {
        gateway::config settings;
        settings.accounts = {only};
        faults none;
        settings.rules = router::rules::compile("rules: [ { name: all, then: { reply: { text: 收到 } } } ]", "kit",
                                                router::time_zone::named("Asia/Shanghai"), none);
        door.serve(settings);
    }

    /// The answer, and what was counted for it.
    gateway::callback_answer send(const rapidjson::Value& what, std::string& counted_as) {
        const std::string before = counted.text({});
        const std::string target =
            "/callback/" + text_at(what, "account") + text_at(what, "suffix") + "?" + text_at(what, "query");
        const std::string body = bytes_at(what, "body");
        gateway::callback_request request;
        request.is_get = text_at(what, "method") == "GET", request.is_post = !request.is_get;
        request.target = target, request.body = body, request.address = "127.0.0.1";
        request.read_at_ms = what["now_ms"].GetInt64();
        request.wait_for = [](std::int64_t) {};
        gateway::callback_answer answer;
        std::exception_ptr failed;
        net::asio::co_spawn(context, serve(door, request, answer), [&](std::exception_ptr why) { failed = why; });
        context.restart();
        context.run();
        if (failed) std::rethrow_exception(failed);
        for (const std::string& line : lines(counted.text({})))
            if (line.starts_with("yizhan_ingest_requests_total{") &&
                before.find(line + "\n") == std::string::npos) {
                const std::size_t at = line.find("result=\"") + 8;
                counted_as = line.substr(at, line.find('"', at) - at);
            }
        return answer;
    }
    static net::task<> serve(gateway::door& by, gateway::callback_request request,
                             gateway::callback_answer& into) {
        into = co_await by.answer(std::move(request));
    }
    static std::vector<std::string> lines(const std::string& text) {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            all.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return all;
    }

    net::asio::io_context context;
    memory_journal journal;
    gateway::metrics counted;
    gateway::door door;
};

/// The answer as the platform would read it.
std::string clear_of(const std::map<std::string, account>& accounts, const rapidjson::Value& to,
                     const gateway::callback_answer& answer) {
    const auto clear = simulator::open_answer(accounts.at(text_at(to, "account")), answer.body, text_at(to, "suffix"));
    return clear ? *clear : "cannot be opened: " + clear.error().message();
}

}  // namespace

TEST_CASE("Every callback of the security kit gets its answer, and every refusal its reason",
          "[gateway][vectors]") {
    for (const char* name : {"wechat", "wecom", "weibo"}) {
        const rapidjson::Document whole = kit(name);
        std::map<std::string, account> accounts;
        for (const auto& each : whole["accounts"].GetObject())
            accounts.emplace(each.name.GetString(), account_of(each.name.GetString(), each.value));
        std::map<std::string, const rapidjson::Value*> cases;
        for (const auto& each : whole["cases"].GetArray()) cases[text_at(each, "name")] = &each;
        CHECK(cases.size() == whole["cases"].Size());
        for (const auto& each : whole["cases"].GetArray()) {
            const std::string case_name = text_at(each, "name"), why = text_at(each, "why");
            CAPTURE(name, case_name, why);
            fresh_door here(accounts.at(text_at(each, "account")));
            std::string counted_as, before;
            if (each.HasMember("after"))
                for (const auto& earlier : each["after"].GetArray())
                    before = clear_of(accounts, each, here.send(*cases.at(earlier.GetString()), counted_as));
            const std::size_t kept = here.journal.payloads.size();
            counted_as.clear();
            const auto answer = here.send(each, counted_as);
            const auto& expected = each["expect"];
            CHECK(answer.status == expected["status"].GetUint());
            if (answer.status != 200) {
                CHECK(counted_as == text_at(expected, "reason"));
                CHECK(here.journal.payloads.size() == kept);
                CHECK((answer.body == "forbidden\n" || answer.body == "bad request\n"));
            } else if (text_at(each, "method") == "GET") {
                CHECK(answer.body == text_at(expected, "body"));
            } else if (!expected.HasMember("clear") && !expected.HasMember("clear_base64")) {
                CHECK(here.journal.payloads.size() == kept);
                CHECK(counted_as == "duplicate");
                CHECK(clear_of(accounts, each, answer) == before);
            } else {
                REQUIRE(here.journal.payloads.size() == kept + 1);
                const auto kept_now = stream::kept_of(here.journal.payloads.back());
                CHECK(kept_now->original == bytes_at(expected, "clear"));
                // Whatever is answered is what was stored, and the platform can open it.
                CHECK(clear_of(accounts, each, answer) == kept_now->answer);
            }
        }
    }
}

TEST_CASE("Every head of the security kit passes the gate or does not", "[gateway][vectors]") {
    const rapidjson::Document whole = kit("framing");
    for (const auto& each : whole["cases"].GetArray()) {
        const std::string name = text_at(each, "name"), why = text_at(each, "why"),
                          head = bytes_at(each, "head");
        CAPTURE(name, why);
        const auto found = gateway::examine(head);
        if (text_at(each, "expect") == "ok")
            CHECK((found.has_value() && found->head_bytes > 0));
        else
            CHECK((found.has_error() && found.error() == errc::malformed_framing));
    }
}

TEST_CASE("Every query of the security kit is decoded as it says", "[gateway][vectors]") {
    const rapidjson::Document whole = kit("query");
    for (const auto& each : whole["cases"].GetArray()) {
        const std::string name = text_at(each, "name"), raw = text_at(each, "query");
        CAPTURE(name);
        CHECK(std::string(query(raw)[text_at(each, "parameter")]) == text_at(each, "expect"));
    }
}
