#include <rapidjson/document.h>

#include <iostream>
#include <optional>
#include <stdexcept>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "crm/sqlite_state.hpp"
#include "gateway/commands/api_client.hpp"
#include "gateway/commands/commands.hpp"
#include "gateway/rebuild.hpp"
#include "gateway/redecide.hpp"
#include "stream/feed.hpp"
#include "stream/file.hpp"

namespace yizhan::gateway {
namespace {

namespace fs = std::filesystem;

/// Removes a database that nobody has open. What is known of a record that ended the process stays: the next try passes
/// over it.
void remove_state(const fs::path& state) {
    for (const char* part : {"", "-wal", "-shm"}) fs::remove(state.string() + part);
}

/// `2026-11-26T08:00:00Z`, or `2h` for two hours ago; in microseconds.
std::int64_t moment_of(const std::string& text) {
    if (const auto at = time_of(text)) return *at * 1000;
    constexpr std::pair<char, std::int64_t> units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const auto number = decimal(std::string_view(text).substr(0, text.empty() ? 0 : text.size() - 1));
    for (const auto& [letter, seconds] : units)
        if (number && text.back() == letter) return now_us() - *number * seconds * 1000000;
    throw std::runtime_error("\"" + text + "\" is neither a time such as 2026-11-26T08:00:00Z nor a duration such as 2h");
}

int dry_run(const config& settings, const replay_options& options) {
    stream::feed_filter filter;
    for (const std::string& each : options.filter) {
        if (each.starts_with("account=")) filter.account = each.substr(8);
        else if (each.starts_with("type=")) filter.type = each.substr(5);
        else throw std::runtime_error("--filter takes account=ID or type=GLOB, not \"" + each + "\"");
    }
    const std::int64_t since_us = options.since.empty() ? 0 : moment_of(options.since);
    const std::int64_t until_us = options.until.empty() ? INT64_MAX : moment_of(options.until);
    std::size_t looked_at = 0, differ = 0;
    auto workspace = settings.rules->make_workspace();
    const auto decide_again = [&](const stream::record& each, std::size_t) {
        const auto kept = stream::kept_of(each.payload);
        if (each.kind != stream::kind_callback || !kept || each.time_us < since_us || each.time_us >= until_us) return;
        std::uint64_t sequence = each.sequence;
        for (const stream::effects& event : kept->events) {
            const std::uint64_t its = sequence++;
            if (!filter.lets_pass(*kept, event.type)) continue;
            ++looked_at;
            const redecision again = redecide(*settings.rules, *kept, event, each.time_us / 1000, workspace);
            if (again.before == again.after) continue;
            ++differ;
            if (options.json)
                std::cout << "{\"cursor\":" << json::quoted(stream::cursor_of(its)) << ",\"id\":\"" << hex(event.id)
                          << "\",\"type\":" << json::quoted(event.type) << ",\"before\":" << again.before
                          << ",\"after\":" << again.after << "}\n";
            else
                std::cout << stream::cursor_of(its) << "  " << time_text(each.time_us / 1000) << "  " << event.type << "\n    was      "
                          << again.before << "\n    would be " << again.after << "\n";
        }
    };
    const auto missing = [](std::uint64_t first, std::uint64_t last, std::size_t, std::size_t) {
        std::cerr << "yizhan: sequences " << first << " to " << last << " cannot be read\n";
    };
    stream::read_files(settings.data_dir / "journal", 0, decide_again, missing);
    if (options.json)
        std::cout << "{\"events\":" << looked_at << ",\"differ\":" << differ << "}\n";
    else
        std::cout << looked_at << " events, " << differ << " would be decided otherwise\n";
    return 0;
}

void say_state(const replay_options& options, const char* what, const crm::sqlite_digest& state) {
    if (options.json) return;
    std::cout << what << ": applied to sequence " << state.applied << ", digest " << state.digest << "\n";
}

int rebuild(const config& settings, const replay_options& options) {
    const fs::path data = settings.data_dir, state = data / "state.db", made = data / "state.replayed.db";
    const stream::file lock = stream::lock_directory(data);
    remove_state(made);
    if (!options.base.empty()) crm::copy_sqlite(fs::path(options.base) / "state.db", made);
    apply_journal(data / "journal", settings.limits.segment, made);
    const crm::sqlite_digest after = crm::digest_of_sqlite(made);
    std::optional<crm::sqlite_digest> before;
    if (fs::exists(state)) {
        // Both as far as the journal reaches.
        const fs::path caught_up = data / "state.compared.db";
        remove_state(caught_up);
        crm::copy_sqlite(state, caught_up);
        apply_journal(data / "journal", settings.limits.segment, caught_up);
        before = crm::digest_of_sqlite(caught_up);
        remove_state(caught_up);
        say_state(options, "state as it is     ", *before);
    }
    say_state(options, "state made anew    ", after);
    const bool are_equal = before == after;
    if (options.json)
        std::cout << "{\"applied\":" << after.applied << ",\"digest\":" << json::quoted(after.digest) << ",\"before\":"
                  << (before ? json::quoted(before->digest) : "null") << ",\"equal\":" << (are_equal ? "true" : "false")
                  << ",\"replaced\":" << (options.check ? "false" : "true") << "}\n";
    if (options.check) {
        remove_state(made);
        if (!options.json) std::cout << (are_equal ? "equal" : "DIFFERENT") << "\n";
        return are_equal ? 0 : 1;
    }
    if (before) {
        const fs::path aside = data / "state.before-replay.db";
        remove_state(aside);
        crm::copy_sqlite(state, aside);
        if (!options.json) std::cout << "the state as it was is kept as " << aside.string() << "\n";
    }
    // A copy is one whole file without a log beside it: it takes the place of the old one in one step.
    const fs::path whole = data / "state.whole.db";
    remove_state(whole);
    crm::copy_sqlite(made, whole);
    remove_state(made);
    for (const char* part : {"-wal", "-shm"}) fs::remove(whole.string() + part), fs::remove(state.string() + part);
    fs::rename(whole, state);
    fs::remove(data / "applying");
    stream::sync_directory(data);
    return 0;
}

}  // namespace

int replay_command(const config& settings, const replay_options& options) {
    const bool selects = !options.since.empty() || !options.until.empty() || !options.filter.empty();
    if (options.dry_run) return dry_run(settings, options);
    if (selects) throw std::runtime_error("--since, --until and --filter go with --dry-run: a state is made of the whole journal");
    return rebuild(settings, options);
}

}  // namespace yizhan::gateway
