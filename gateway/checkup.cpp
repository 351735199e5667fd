#include "gateway/checkup.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "core/time.hpp"
#include "gateway/commands/api_client.hpp"
#include "gateway/probes.hpp"
#include "net/fetch.hpp"
#include "stream/journal_reader.hpp"
#include "stream/kept.hpp"

namespace yizhan::gateway {
namespace {

constexpr std::chrono::milliseconds journal_patience{3000}, sync_patience{1000};

/// What reading the journal told.
struct journal_facts {
    std::uint64_t records = 0, bytes = 0, unreadable = 0;
    std::int64_t oldest_us = 0, newest_us = 0;
    std::vector<std::string> damages;
    bool is_whole = true;  // Read to its end.
    std::string failed;    // Why it cannot be read at all.
};

/// Ends a walk over the journal that takes too long.
struct out_of_time {};

void read_some(const std::filesystem::path& directory, std::uint64_t from, journal_facts& into) {
    const auto until = std::chrono::steady_clock::now() + journal_patience;
    const auto visit = [&](const stream::record& each, std::size_t) {
        ++into.records;
        if (into.oldest_us == 0) into.oldest_us = each.time_us;
        into.newest_us = std::max(into.newest_us, each.time_us);
        if (each.kind == stream::kind_callback && !stream::kept_of(each.payload)) ++into.unreadable;
        if (into.records % 256 == 0 && std::chrono::steady_clock::now() > until) throw out_of_time();
    };
    const auto gap = [&](std::uint64_t first, std::uint64_t last, std::size_t, std::size_t) {
        into.damages.push_back(std::to_string(first) + " to " + std::to_string(last));
    };
    stream::read_files(directory, from, visit, gap);
}

journal_facts read_journal(const std::filesystem::path& directory) {
    journal_facts found;
    std::error_code failed;
    for (const auto& each : std::filesystem::directory_iterator(directory, failed))
        if (each.path().extension() == ".journal") found.bytes += each.file_size(failed);
    if (failed == std::errc::no_such_file_or_directory) return found;
    if (failed) found.failed = failed.message();
    if (failed) return found;
    try {
        read_some(directory, 0, found);
    } catch (const out_of_time&) {
        found.is_whole = false;
    } catch (const std::filesystem::filesystem_error& error) {
        found.failed = error.code().message();
    }
    if (found.is_whole || !found.failed.empty()) return found;
    try {  // Too much to read all of it; the newest file still tells what time it was.
        read_some(directory, UINT64_MAX, found);
    } catch (const out_of_time&) {
    }
    return found;
}

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

std::string milliseconds(std::int64_t us) {
    const std::string fraction = std::to_string(us % 1000);
    return std::to_string(us / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction + " ms";
}

class checkup {
public:
    checkup(const config& settings, const std::string& config_file)
        : settings_(settings),
          config_file_(config_file),
          server_(server_of(settings.data_dir)),
          journal_(read_journal(settings.data_dir / "journal")),
          written_at_(nearest_existing(settings.data_dir)),
          speed_(measure_syncs(written_at_, sync_patience)) {}

    std::vector<check> run() {
        look_at_clock();
        look_at_permissions();
        look_at_disk();
        look_at_syncs();
        look_at_journal();
        look_at_ports();
        look_at_server();
        look_at_secrets();
        look_at_open_files();
        look_at_addresses();
        return std::move(checks_);
    }

private:
    void look_at_clock();
    void look_at_permissions();
    void look_at_disk();
    void look_at_syncs();
    void look_at_journal();
    void look_at_ports();
    void look_at_port(std::string_view name, const listener_settings& listens);
    void look_at_server();
    void look_at_secrets();
    void look_at_open_files();
    void look_at_addresses();

    void add(std::string_view name, level is, std::string says, std::string_view advice = {}) {
        checks_.push_back({name, is, std::move(says), advice});
    }

    const config& settings_;
    const std::string& config_file_;
    pid_t server_;
    journal_facts journal_;
    std::filesystem::path written_at_;
    result<sync_speed> speed_;
    std::vector<check> checks_;
};

void checkup::look_at_clock() {
    const std::int64_t now = now_us(), built_s = YIZHAN_COMMITTED_S;
    // The journal's own time follows a clock that was set back only slowly: by so little it may be ahead.
    constexpr std::int64_t ahead_max_us = 600000000;
    if (now < journal_.newest_us - ahead_max_us)
        return add("clock", level::fault,
                   "it is " + time_text(now / 1000, time_form::seconds) +
                       " here, and the journal already has a record of " +
                       time_text(journal_.newest_us / 1000, time_form::seconds),
                   "Set the clock and keep it synchronised (chrony or systemd-timesyncd); callbacks are "
                   "refused as stale until then.");
    if (now / 1000000 < built_s)
        return add("clock", level::fault,
                   "it is " + time_text(now / 1000, time_form::seconds) +
                       " here, which is before this program was made",
                   "Set the clock and keep it synchronised (chrony or systemd-timesyncd); callbacks are "
                   "refused as stale until then.");
    timex state{};
    const int outcome = ::adjtimex(&state);
    if (outcome == TIME_ERROR || (outcome >= 0 && (state.status & STA_UNSYNC)))
        return add("clock", level::warn, "nothing synchronises it, as far as the kernel knows",
                   "Run chrony or systemd-timesyncd; a clock that is minutes off refuses every callback.");
    if (outcome < 0) return add("clock", level::warn, "whether it is synchronised cannot be seen here");
    add("clock", level::ok, "synchronised, at most " + std::to_string(state.maxerror / 1000) + " ms off");
}

void checkup::look_at_permissions() {
    bool is_well = speed_.has_value();
    if (!speed_)
        add("permissions", level::fault,
            "nothing can be written in " + written_at_.string() + ": " + speed_.error().message(),
            "Give data_dir to the user the server runs as, on a file system that can be written.");
    std::vector<std::filesystem::path> secret_files = settings_.secret_files;
    if (settings_.holds_secrets) secret_files.push_back(config_file_);
    for (const std::filesystem::path& each : secret_files) {
        if (!others_can_read(each)) continue;
        is_well = false;
        add("permissions", level::fault,
            "every user of this machine can read " + each.string() + ", which holds secrets",
            "chmod 640, with the server's group as its group.");
    }
    // What an earlier run left, perhaps as another user.
    for (const char* name : {"lock", "state.db", "journal"}) {
        const std::filesystem::path kept = settings_.data_dir / name;
        if (::access(kept.c_str(), F_OK) != 0 || ::access(kept.c_str(), W_OK) == 0) continue;
        is_well = false;
        add("permissions", level::fault, kept.string() + " cannot be written by the user who asks",
            "Ask as the user the server runs as; if you do, give everything in data_dir to that user.");
    }
    if (is_well)
        add("permissions", level::ok, "data_dir can be written, secrets are for their owner and group only");
}

void checkup::look_at_disk() {
    const std::filesystem::path& at = written_at_;
    struct statvfs found {};
    if (::statvfs(at.c_str(), &found) != 0)
        return add("disk_space", level::fault, "it cannot be seen at " + at.string());
    const std::uint64_t free = std::uint64_t{found.f_bavail} * found.f_frsize;
    // One file to write to and the next one prepared; at a start the last one is copied besides.
    const std::uint64_t needed = settings_.limits.segment * (server_ ? 1 : 3);
    if (free < needed)
        return add("disk_space", level::fault,
                   megabytes(free) + " free at " + at.string() + ", and the next journal files need " +
                       megabytes(needed),
                   "Make room, move data_dir, or lower `retention`; without room callbacks are turned away.");
    if (found.f_files > 0 && found.f_favail < 100)
        return add("disk_space", level::fault,
                   "no more than " + std::to_string(found.f_favail) + " files can be made at " + at.string(),
                   "Remove small files on this file system, or move data_dir.");
    const std::int64_t span_s = (journal_.newest_us - journal_.oldest_us) / 1000000;
    const bool can_foresee = journal_.is_whole && span_s > 3600;
    const double whole = can_foresee ? static_cast<double>(journal_.bytes) / static_cast<double>(span_s) *
                                           static_cast<double>(settings_.retention_s)
                                     : 0;
    if (can_foresee && whole - static_cast<double>(journal_.bytes) > static_cast<double>(free))
        return add("disk_space", level::warn,
                   megabytes(free) + " free at " + at.string() + "; at the pace so far, `retention` needs " +
                       megabytes(static_cast<std::uint64_t>(whole)),
                   "Make room, move data_dir, or lower `retention` before it is full.");
    add("disk_space", level::ok,
        megabytes(free) + " free at " + at.string() + ", the journal has " + megabytes(journal_.bytes));
}

void checkup::look_at_syncs() {
    constexpr std::int64_t slow_us = 10000, too_slow_us = 100000, late_us = 1000000, stall_us = 4500000,
                           impossible_us = 10;
    if (!speed_) return;  // Said as a matter of permissions.
    const sync_speed* const speed = &*speed_;
    const std::filesystem::path& at = written_at_;
    const std::string says = "writing 4 KiB and fdatasync take " + milliseconds(speed->median_us) +
                             ", at slowest " + milliseconds(speed->slowest_us) + " (" +
                             std::to_string(speed->count) + " tries)";
    if (is_in_memory(at))
        return add("sync_speed", level::warn, says + ": " + at.string() + " is in memory",
                   "Move data_dir to a disk; what is in memory only is lost with the power.");
    if (speed->median_us < impossible_us)
        return add("sync_speed", level::warn, says + ", faster than a disk can be",
                   "See whether the disk, its controller or the virtual machine leaves out flushing.");
    if (speed->median_us > too_slow_us || speed->slowest_us > stall_us)
        return add("sync_speed", level::fault, says + "; every answer waits for one",
                   "Move data_dir to a faster or less busy disk: platforms wait 5 s at most, some 1 s.");
    if (speed->median_us > slow_us || speed->slowest_us > late_us)
        return add("sync_speed", level::warn, says + "; every answer waits for one",
                   "A disk that syncs within 10 ms answers in time under load as well.");
    add("sync_speed", level::ok, says);
}

void checkup::look_at_journal() {
    if (!journal_.failed.empty())
        return add("journal", level::fault, "it cannot be read: " + journal_.failed,
                   "Ask as the user the server runs as.");
    const std::string amount = std::to_string(journal_.records) + " records in " + megabytes(journal_.bytes);
    if (!journal_.damages.empty()) {
        std::string which = journal_.damages.front();
        if (journal_.damages.size() > 1)
            which += " and " + std::to_string(journal_.damages.size() - 1) + " more ranges";
        return add("journal", level::fault, "damaged: sequences " + which + " cannot be read, of " + amount,
                   "See to the disk; the rest is served. Restore the files from a backup, or ask the "
                   "platform for these messages.");
    }
    if (journal_.unreadable > 0)
        return add("journal", level::fault,
                   std::to_string(journal_.unreadable) + " of " + amount + " are whole and not understood",
                   "Another version wrote them: serve with that one.");
    if (!journal_.is_whole)
        return add("journal", level::ok,
                   "undamaged as far as it was read: " + amount + ", in " +
                       std::to_string(journal_patience.count() / 1000) + " s");
    add("journal", level::ok, journal_.records == 0 ? "empty" : "undamaged: " + amount);
}

void checkup::look_at_ports() {
    look_at_port("callback_port", settings_.callbacks);
    look_at_port("api_port", settings_.api);
}

void checkup::look_at_port(std::string_view name, const listener_settings& listens) {
    const std::string where = listens.host + ":" + std::to_string(listens.port);
    if (listens.port == 0) return add(name, level::ok, "any that is free, at " + listens.host);
    const port_state found = state_of_port(listens.host, listens.port);
    if (!found.failed && server_ != 0)
        return add(
            name, level::warn,
            where + " is free, though process " + std::to_string(server_) + " serves from this data_dir",
            "Restart it: `listen` changes with a restart only.");
    if (!found.failed) return add(name, level::ok, where + " is free");
    if (found.failed != boost::system::errc::address_in_use)
        return add(name, level::fault, where + " cannot be used: " + found.failed.message(),
                   "Listen on an address of this machine; ports below 1024 need CAP_NET_BIND_SERVICE.");
    if (server_ != 0 && found.owner == server_)
        return add(name, level::ok, where + " is our own server's, process " + std::to_string(server_));
    const std::string owner = found.owner == 0
                                  ? "another process"
                                  : found.owner_name + " (process " + std::to_string(found.owner) + ")";
    add(name, level::fault, where + " is taken by " + owner, "End that process, or listen on another port.");
}

void checkup::look_at_server() {
    if (server_ == 0) return add("server", level::ok, "none serves from this data_dir now");
    const std::string who = "process " + std::to_string(server_);
    if (settings_.api.port == 0)
        return add("server", level::ok,
                   who + " serves from this data_dir; its API has no fixed port to ask at");
    net::fetch_request request;
    request.url = base_url(settings_.api) + "/readyz?verbose";
    request.patience = std::chrono::seconds(2);
    request.verify_peer = false;  // Its certificate is for the name that others call it by.
    const auto answer = net::fetch(request);
    if (!answer)
        return add(
            "server", level::fault,
            who + " has the data_dir and does not answer at " + request.url + ": " + answer.error().message(),
            "See its log; it may still be reading the journal.");
    std::string says = answer->body;
    while (!says.empty() && says.back() == '\n') says.pop_back();
    for (std::size_t at; (at = says.find('\n')) != std::string::npos;) says.replace(at, 1, ", ");
    const bool is_damaged = says.find("damaged: ") != std::string::npos;
    if (answer->status != 200 || is_damaged)
        return add("server", level::fault, who + ": " + says,
                   "docs/operations.md says what the reason means.");
    add("server", level::ok, who + ": " + says);
}

void checkup::look_at_secrets() {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const std::size_t count_before = checks_.size();
    for (const account& each : settings_.accounts) {
        const bool is_envelope = each.channel == "wechat" || each.channel == "wecom";
        for (const std::string& token : each.tokens)
            if (is_envelope &&
                (token.size() < 3 || token.size() > 32 || !std::ranges::all_of(token, is_plain)))
                add("keys", level::fault,
                    "a token of the account \"" + each.id + "\" has " + std::to_string(token.size()) +
                        " characters, or others than letters and digits",
                    "The platforms take 3 to 32 letters and digits: copy it anew, without blanks or line "
                    "ends.");
        for (const std::string& key : each.aes_keys)
            if (!std::ranges::all_of(key, is_plain))
                add("keys", level::fault,
                    "an EncodingAESKey of the account \"" + each.id + "\" has others than letters and digits",
                    "Copy it anew.");
        for (const std::string& secret : each.app_secrets)
            if (std::ranges::any_of(secret, [](char c) { return c <= ' '; }))
                add("keys", level::fault,
                    "an app secret of the account \"" + each.id + "\" has blanks or line ends",
                    "Copy it anew.");
    }
    std::set<std::string_view> known;
    for (const api_key& each : settings_.api_keys) {
        const std::set<char> letters(each.key.begin(), each.key.end());
        if (!known.insert(each.key).second)
            add("keys", level::fault, "the API key \"" + each.name + "\" is also another one's",
                "Give each its own: openssl rand -hex 24.");
        if (letters.size() < 4)
            add("keys", level::warn, "the API key \"" + each.name + "\" is of few letters over and over",
                "openssl rand -hex 24 makes one that nobody guesses.");
    }
    if (checks_.size() == count_before)
        add("keys", level::ok,
            "tokens, EncodingAESKeys and " + std::to_string(settings_.api_keys.size()) +
                " API keys have the right lengths");
}

void checkup::look_at_open_files() {
    rlimit allowed{};
    const bool is_servers = server_ > 0 && ::prlimit(server_, RLIMIT_NOFILE, nullptr, &allowed) == 0;
    if (!is_servers) ::getrlimit(RLIMIT_NOFILE, &allowed);
    const rlim_t wanted = settings_.limits.connections + 1024;
    const std::string limit =
        allowed.rlim_max == RLIM_INFINITY ? "any number of" : std::to_string(allowed.rlim_max);
    if (allowed.rlim_max < wanted)
        return add("open_files", level::warn,
                   limit + " open files are allowed to " +
                       (is_servers ? "the server" : "a server started here") +
                       ", and `limits.connections` may need " + std::to_string(wanted),
                   "Raise it (LimitNOFILE= of the unit, ulimit -n), or lower `limits.connections`.");
    add("open_files", level::ok, limit + " allowed, " + std::to_string(wanted) + " needed at most");
}

void checkup::look_at_addresses() {
    std::string open_to_all;
    for (const account& each : settings_.accounts)
        if (body_is_unsigned(each) && each.allow_from.empty())
            open_to_all.append(open_to_all.empty() ? "" : ", ").append(each.id);
    if (!open_to_all.empty())
        return add(
            "allow_from", level::warn,
            "signatures do not cover the body of callbacks to " + open_to_all + ", which come from anywhere",
            "Name the platform's addresses in `allow_from`, or those of the proxy in front.");
    add("allow_from", level::ok, "no account takes unsigned bodies from anywhere");
}

}  // namespace

std::string_view name_of(level of) {
    switch (of) {
        case level::ok:
            return "ok";
        case level::warn:
            return "warn";
        case level::fault:
            return "fault";
    }
    return "fault";
}

std::vector<check> look_at_all(const config& settings, const std::string& config_file) {
    return checkup(settings, config_file).run();
}

}  // namespace yizhan::gateway
