#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "gateway/checkup.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/diagnosis.hpp"

namespace yizhan::gateway {
namespace {

constexpr int well = 0, unwell = 1, wrong_usage = 2;

/// Seconds since 1970, or RFC 3339 in UTC.
std::optional<std::int64_t> time_of(const std::string& text) {
    if (const auto seconds = decimal(text); seconds && *seconds < std::int64_t{1} << 40)
        return *seconds * 1000;
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, length = 0;
    const int found = std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &year, &month, &day, &hour,
                                  &minute, &second, &length);
    if (found != 6 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    std::string_view rest = std::string_view(text).substr(static_cast<std::size_t>(length));
    if (rest.starts_with('.'))
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
    if (rest != "Z" && rest != "+00:00") return std::nullopt;
    const std::int64_t days = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
    return ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000;
}

std::string read_all(const std::string& name) {
    if (name == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream opened(name, std::ios::binary);
    if (!opened) throw std::runtime_error("cannot read " + name);
    return {std::istreambuf_iterator<char>(opened), {}};
}

/// What the options say of the callback. The query may be given as the whole URL, which then tells the path.
refused_callback callback_of(const doctor_options& options, const account& at) {
    refused_callback came;
    std::string_view url = options.query;
    const std::size_t question = url.find('?');
    const std::string_view path =
        question == std::string_view::npos ? std::string_view{} : url.substr(0, question);
    came.query = question == std::string_view::npos ? url : url.substr(question + 1);
    came.suffix = options.suffix;
    const std::string_view place = "/callback/";
    if (const std::size_t found = path.find(place);
        options.suffix.empty() && found != std::string_view::npos) {
        const std::string_view behind = path.substr(found + place.size());
        came.suffix = behind.substr(std::min(behind.find('/'), behind.size()));
    }
    // Of the data push the check is a POST as well.
    came.is_check = options.body_file.empty() && at.kind != "data_push";
    if (!options.body_file.empty()) came.body = read_all(options.body_file);
    return came;
}

int say(const diagnosis& found, const account& at, bool as_json) {
    const bool is_well = found.what->part.empty();
    if (as_json) {
        std::string out = std::string("{\"ok\":") + (is_well ? "true" : "false");
        const auto member = [&](std::string_view name, std::string_view text) {
            out.append(",\"").append(name).append("\":");
            json::append_string(out, text);
        };
        member("account", at.id);
        member("finding", found.what->name);
        member("part", found.what->part);
        out.append(",\"proved\":").append(found.is_proved ? "true" : "false");
        if (!found.how.empty()) member("how", found.how);
        if (!found.account.empty()) member("other_account", found.account);
        member("says", found.says);
        member("advice", found.what->advice);
        std::cout << out << "}\n";
        return is_well ? well : unwell;
    }
    if (is_well)
        std::cout << "nothing is wrong: " << found.says << "\n";
    else
        std::cout << found.what->name << (found.is_proved ? "" : " (most likely)") << ": " << found.says
                  << "\n  " << found.what->advice << "\n";
    return is_well ? well : unwell;
}

int look_at_callback(const config& settings, const doctor_options& options) {
    const auto at = std::ranges::find(settings.accounts, options.account, &account::id);
    if (at == settings.accounts.end()) throw std::runtime_error("no account \"" + options.account + "\"");
    reception when{now_ms(), false, body_max_of(*at, settings.limits)};
    if (!options.at.empty()) {
        const auto told = time_of(options.at);
        if (!told) {
            std::cerr << "yizhan: --at takes seconds since 1970 or a time such as 2026-11-22T08:00:00Z\n";
            return wrong_usage;
        }
        when.at_ms = *told, when.is_told = true;
    }
    const refused_callback came = callback_of(options, *at);
    return say(diagnose(settings.accounts, *at, came, when), *at, options.json);
}

int say(const std::vector<check>& checks, bool as_json) {
    const auto is_fault = [](const check& each) { return each.is == level::fault; };
    const bool is_well = std::ranges::none_of(checks, is_fault);
    if (as_json) {
        std::string out = std::string("{\"ok\":") + (is_well ? "true" : "false") + ",\"checks\":[";
        for (const check& each : checks) {
            if (out.back() != '[') out += ',';
            out += "{\"check\":" + json::quoted(each.name) + ",\"level\":" + json::quoted(name_of(each.is)) +
                   ",\"says\":" + json::quoted(each.says);
            if (!each.advice.empty()) out += ",\"advice\":" + json::quoted(each.advice);
            out += '}';
        }
        std::cout << out << "]}\n";
        return is_well ? well : unwell;
    }
    for (const check& each : checks) {
        std::string line(name_of(each.is));
        line.resize(7, ' ');
        line += each.name;
        line.resize(std::max<std::size_t>(line.size() + 1, 22), ' ');
        std::cout << line << each.says << "\n";
        if (!each.advice.empty()) std::cout << std::string(22, ' ') << each.advice << "\n";
    }
    return is_well ? well : unwell;
}

}  // namespace

int doctor_command(const loaded& read, const std::string& file, const doctor_options& options) {
    std::vector<check> checks;
    for (const fault& each : read.found)
        checks.push_back(
            {"configuration", level::fault, to_text(each), "Correct it; nothing else is looked at before."});
    if (!read.settings) return say(checks, options.json);
    try {
        if (!options.account.empty()) return look_at_callback(*read.settings, options);
        checks = look_at_all(*read.settings, file);
    } catch (const std::exception& failed) {
        std::cerr << "yizhan: " << failed.what() << "\n";
        return unwell;
    }
    checks.insert(checks.begin(), {"configuration",
                                   level::ok,
                                   std::to_string(read.settings->accounts.size()) + " accounts, " +
                                       std::to_string(read.settings->rules->size()) + " rules",
                                   {}});
    return say(checks, options.json);
}

}  // namespace yizhan::gateway
