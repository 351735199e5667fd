#include <iostream>

#include "core/query.hpp"
#include "gateway/commands/api_client.hpp"
#include "gateway/commands/commands.hpp"

namespace yizhan::gateway {
namespace {

void print_line(const rapidjson::Value& letter) {
    std::string types;
    for (const auto& each : letter["events"].GetArray()) types.append(types.empty() ? "" : ",").append(each["type"].GetString());
    std::cout << letter["id"].GetString() << "  " << letter["kind"].GetString() << "  " << letter["at"].GetString() << "  "
              << letter["attempts"].GetInt() << " attempts  " << text_at(letter, "queue") << "  "
              << (types.empty() ? "-" : types) << "  " << letter["reason"].GetString() << "\n";
}

}  // namespace

int dlq_command(const config& settings, const dlq_options& options) {
    const api_client api(settings, options.api_url, options.key_file, !options.insecure);
    const std::string path = "/v1/dead-letters/" + percent_encoded(options.id);
    switch (options.what) {
        case dlq_options::action::ls: {
            const auto all = api.ask("GET", "/v1/dead-letters?limit=1000");
            if (options.json) {
                std::cout << json_of(all) << "\n";
                return 0;
            }
            for (const auto& each : all["dead_letters"].GetArray()) print_line(each);
            return 0;
        }
        case dlq_options::action::show: {
            const auto letter = api.ask("GET", path);
            if (options.json) {
                std::cout << json_of(letter) << "\n";
                return 0;
            }
            print_line(letter);
            for (const auto& each : letter["events"].GetArray()) std::cout << json_of(each) << "\n";
            return 0;
        }
        case dlq_options::action::retry:
            api.ask("POST", path + "/retry", "{}");
            break;
        case dlq_options::action::drop:
            api.ask("DELETE", path);
            break;
    }
    const bool is_retry = options.what == dlq_options::action::retry;
    if (options.json)
        std::cout << "{\"id\":\"" << options.id << "\",\"done\":\"" << (is_retry ? "retry" : "drop") << "\"}\n";
    else
        std::cout << options.id << (is_retry ? " is tried again" : " is dropped") << "\n";
    return 0;
}

}  // namespace yizhan::gateway
