#include <iostream>

#include "core/query.hpp"
#include "gateway/commands/api_client.hpp"
#include "gateway/commands/commands.hpp"

namespace yizhan::gateway {
namespace {

void print_line(const rapidjson::Value& sink) {
    std::cout << text_at(sink, "name") << "  " << text_at(sink, "type") << "  " << text_at(sink, "state") << "  lag "
              << text_at(sink, "lag") << "  delivered " << text_at(sink, "delivered") << "  again " << text_at(sink, "redelivered")
              << "  lost " << text_at(sink, "lost") << "  parked " << text_at(sink, "parked") << "  dead " << text_at(sink, "dead")
              << "  " << text_at(sink, "where");
    const std::string why = text_at(sink, "why", "");
    std::cout << (why.empty() ? "" : "  (" + why + ")") << "\n";
    for (const auto& each : sink["warnings"].GetArray()) std::cout << "  warning: " << each.GetString() << "\n";
}

}  // namespace

int sinks_command(const config& settings, const sinks_options& options) {
    const api_client api(settings, options.api_url, options.key_file, !options.insecure);
    const std::string path = "/v1/sinks/" + percent_encoded(options.name);
    const auto say = [&](const char* done) {
        if (options.json) std::cout << "{\"name\":\"" << options.name << "\",\"done\":\"" << done << "\"}\n";
        else std::cout << options.name << " is " << done << "\n";
        return 0;
    };
    switch (options.what) {
        case sinks_options::action::ls: {
            const auto all = api.ask("GET", "/v1/sinks");
            if (options.json) return std::cout << json_of(all) << "\n", 0;
            for (const auto& each : all["sinks"].GetArray()) print_line(each);
            return 0;
        }
        case sinks_options::action::pause: return api.ask("POST", path + "/pause", "{}"), say("paused");
        case sinks_options::action::resume: return api.ask("POST", path + "/resume", "{}"), say("resumed");
        case sinks_options::action::retry: {
            const auto done = api.ask("POST", path + "/retry", "{}");
            if (options.json) std::cout << json_of(done) << "\n";
            else std::cout << options.name << ": " << text_at(done, "retried") << " are tried again\n";
            return 0;
        }
        case sinks_options::action::test: {
            const auto tested = api.ask("POST", path + "/test", "{}");
            if (options.json) std::cout << json_of(tested) << "\n";
            else
                for (const auto& each : tested["says"].GetArray()) std::cout << options.name << ": " << each.GetString() << "\n";
            return tested["ok"].IsTrue() ? 0 : 1;
        }
    }
    return 0;
}

}  // namespace yizhan::gateway
