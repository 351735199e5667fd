#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "core/json_text.hpp"
#include "core/query.hpp"
#include "core/time.hpp"
#include "gateway/commands/api_client.hpp"
#include "gateway/commands/commands.hpp"
#include "net/fetch.hpp"
#include "simulator/forge.hpp"

namespace yizhan::gateway {
namespace {

simulator::tamper tamper_of(std::string_view name) {
    if (name == "signature") return simulator::tamper::signature;
    if (name == "body") return simulator::tamper::body;
    if (name == "receive-id") return simulator::tamper::receive_id;
    if (name == "timestamp") return simulator::tamper::timestamp;
    return simulator::tamper::nothing;
}

/// Where the stream ends now.
std::string end_of_stream(const api_client& api) {
    std::string cursor;
    for (;;) {
        const auto page = api.ask("GET", "/v1/events?limit=1000" + (cursor.empty() ? "" : "&after=" + cursor));
        const std::string next = page["next"].GetString();
        if (next == cursor || page["events"].Empty()) return next;
        cursor = next;
    }
}

/// Takes the task of this event and ends it, when it is the only one in its queue; others' tasks are not
/// touched.
std::string take_task(const api_client& api, const std::string& queue, const std::string& event_id) {
    for (int tries = 0; tries < 50; ++tries) {
        const auto all = api.ask("GET", "/v1/queues");
        for (const auto& each : all["queues"].GetArray()) {
            if (each["name"].GetString() != queue) continue;
            if (each["pending"].GetInt64() + each["claimed"].GetInt64() > 1)
                return "in " + queue + ", among others";
            if (each["pending"].GetInt64() == 0) continue;
            const auto taken = api.ask("POST", "/v1/queues/" + percent_encoded(queue) + "/claim",
                                       R"({"consumer":"yizhan send","max":1,"ack_wait_s":5})");
            for (const auto& task : taken["tasks"].GetArray()) {
                const std::string id = task["id"].GetString();
                const bool is_it = task["event"]["id"].GetString() == event_id;
                api.ask("POST", "/v1/tasks/" + id + (is_it ? "/ack" : "/nack"), "{}");
                if (is_it) return id + " from " + queue + ", taken and ended";
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return "in " + queue;
}

void explain(const api_client& api, const std::string& before, unsigned status, bool is_check) {
    rapidjson::Document page = api.ask("GET", "/v1/events?after=" + before);
    if (page["events"].Empty()) {
        std::cout << "    event    none: "
                  << (is_check        ? "a check makes none"
                      : status == 200 ? "it was known already, and got the stored answer"
                                      : "refused, nothing is kept")
                  << "\n";
        return;
    }
    for (const auto& event : page["events"].GetArray()) {
        const auto& data = event["data"];
        std::cout << "    event    " << event["type"].GetString() << "  " << event["id"].GetString() << "\n";
        std::string queue;
        if (data.HasMember("decision")) {
            const auto& decision = data["decision"];
            queue = text_at(decision, "queue", "");
            std::cout << "    rule     " << text_at(decision, "rule", "none") << " ("
                      << text_at(decision, "reason") << ")";
            if (decision.HasMember("no_reply")) std::cout << "; no reply: " << text_at(decision, "no_reply");
            std::cout << "\n";
        }
        std::cout << "    task     "
                  << (queue.empty() ? "none" : take_task(api, queue, event["id"].GetString())) << "\n";
        if (!data.HasMember("from")) continue;
        const std::string identity =
            std::string(data["from"]["kind"].GetString()) + ":" + data["from"]["id"].GetString();
        for (int tries = 0; tries < 50; ++tries) {
            const auto found = api.ask("GET", "/v1/contacts?identity=" + percent_encoded(identity));
            if (found["contacts"].Empty()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
                continue;
            }
            const auto& contact = found["contacts"][0];
            std::cout << "    contact  " << contact["id"].GetString() << "  " << identity << "  tags "
                      << text_at(contact, "tags") << "\n";
            break;
        }
    }
}

std::string read_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + name);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string printable(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text.empty() ? "(empty)" : text;
}

}  // namespace

int send_command(const config& settings, const send_options& options) {
    const auto found = std::ranges::find(settings.accounts, options.account, &account::id);
    if (found == settings.accounts.end()) throw std::runtime_error("no account \"" + options.account + "\"");
    const account& to = *found;
    if (options.list) {
        for (const std::string& type : simulator::sample_types(to)) std::cout << type << "\n";
        return 0;
    }
    const std::string base = options.url.empty() ? base_url(settings.callbacks) : options.url;
    const std::string where =
        base.find("/callback/") == std::string::npos ? base + "/callback/" + to.id : base;
    std::optional<api_client> api;
    if (options.explain) api.emplace(settings, options.api_url, options.key_file, !options.insecure);

    const auto serial_begin = static_cast<std::uint64_t>(now_us());
    bool all_as_expected = true;
    for (std::uint64_t at = 0; at < options.repeat; ++at) {
        simulator::forge_request what;
        what.type = options.type;
        what.from = options.from;
        what.tenant = options.tenant;
        what.json = options.as_json;
        what.message_id = options.repeat > 1 ? "" : options.message_id;
        what.serial = serial_begin + at * (options.duplicate + 1);
        // Events have no message id: what tells two of them apart is when they happened.
        what.created_s = now_ms() / 1000 - static_cast<std::int64_t>(options.repeat - 1 - at);
        what.wrong = tamper_of(options.tamper);
        if (!options.text.empty())
            what.fields.emplace_back(to.channel == "weibo" ? "text" : "Content", options.text);
        for (const std::string& each : options.set) {
            const std::size_t equals = each.find('=');
            if (equals == std::string::npos)
                throw std::runtime_error("--set takes FIELD=VALUE, not \"" + each + "\"");
            what.fields.emplace_back(each.substr(0, equals), each.substr(equals + 1));
        }
        if (what.message_id.empty())
            what.message_id = std::to_string(7000000000000000000 + what.serial % 1000000000000000);
        // Weibo gives no message id: what tells two of them apart is their text.
        if (to.channel == "weibo" && options.repeat > 1)
            what.fields.emplace_back(
                "text", (options.text.empty() ? "你好" : options.text) + " " + std::to_string(at + 1));
        for (std::uint64_t again = 0; again <= options.duplicate; ++again) {
            const std::string before = api ? end_of_stream(*api) : "";
            what.now_s = now_ms() / 1000;
            const auto made =
                options.check ? simulator::forge_check(to, "4375120948345356249", what.now_s, what.serial)
                : options.body_file.empty() ? simulator::forge(to, what)
                                            : simulator::wrap(to, read_file(options.body_file), what);
            ++what.serial;
            if (!made) throw std::runtime_error("cannot forge: " + made.error().message());
            net::fetch_request request;
            request.method = options.check ? "GET" : "POST";
            request.url = where + made->suffix + "?" + made->query;
            request.body = options.check ? "" : made->body;
            request.verify_peer = !options.insecure;
            const auto begun = std::chrono::steady_clock::now();
            const auto answer = net::fetch(request);
            const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
            const auto clear = answer ? simulator::open_answer(to, answer->body, made->suffix)
                                      : result<std::string>(errc::not_found);
            const bool refused = answer && (answer->status == 403 || answer->status == 400);
            all_as_expected &= answer && (options.tamper.empty() ? answer->status == 200 : refused);
            if (options.json) {
                std::cout << "{\"account\":" << json::quoted(to.id)
                          << ",\"type\":" << json::quoted(options.type)
                          << ",\"status\":" << (answer ? answer->status : 0)
                          << ",\"sent\":" << json::quoted(made->clear)
                          << ",\"answer\":" << json::quoted(clear ? *clear : "") << ",\"ms\":" << took.count()
                          << "}\n";
                continue;
            }
            std::cout << "  " << to.channel << " " << to.id << "  "
                      << (options.check ? "check of the address" : options.type)
                      << (again ? "  (the same again)" : "")
                      << (options.tamper.empty() ? "" : "  (tampered: " + options.tamper + ")") << "\n";
            std::cout << "    sent     " << printable(made->clear) << "\n";
            if (!answer)
                std::cout << "    answer   none: " << answer.error().message() << "\n";
            else
                std::cout << "    answer   " << answer->status << "  "
                          << printable(clear ? *clear : clear.error().message())
                          << (clear && *clear != answer->body ? "  (decrypted)" : "") << "\n";
            if (api) explain(*api, before, answer ? answer->status : 0, options.check);
        }
    }
    return all_as_expected ? 0 : 1;
}

}  // namespace yizhan::gateway
