#include <rapidjson/document.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <vector>

#include "core/json_text.hpp"
#include "core/time.hpp"
#include "crm/sqlite_state.hpp"
#include "gateway/commands/commands.hpp"
#include "stream/file.hpp"
#include "stream/journal_reader.hpp"

namespace yizhan::gateway {
namespace {

namespace fs = std::filesystem;

constexpr const char* manifest_name = "manifest.json";

struct kept_file {
    std::string name;  // Relative to the backup.
    std::uint64_t bytes = 0;
    std::string digest;
};

kept_file describe(const fs::path& directory, const std::string& name) {
    return {name, fs::file_size(directory / name), stream::digest_of_file(directory / name)};
}

/// A file that never changes, only goes: a second name for it where the backup lies on the same disk. False: it has gone.
bool link_or_copy(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    fs::create_hard_link(from, to, failed);
    if (!failed) return true;
    if (!fs::exists(from)) return false;
    stream::copy_synced(from, to);
    return true;
}

/// The journal's files in order; one that retention deletes meanwhile was of no use any more.
std::vector<kept_file> copy_journal(const fs::path& from, const fs::path& to) {
    std::vector<kept_file> all;
    fs::create_directories(to / "journal");
    for (const stream::file_summary& each : stream::survey_files(from, [](const stream::record&) {})) {
        if (!each.in_use || !fs::exists(each.path)) continue;
        const std::string name = "journal/" + each.path.filename().string();
        // The newest is being written: a copy with a hole that the journal does not have is made again.
        do {
            fs::remove(to / name);
            stream::copy_synced(each.path, to / name);
        } while (each.damages.empty() && stream::has_hole(to / name));
        all.push_back(describe(to, name));
    }
    stream::sync_directory(to / "journal");
    return all;
}

void sync_parents(const fs::path& under, const std::vector<kept_file>& files) {
    std::set<fs::path> all;
    for (const kept_file& each : files)
        for (fs::path at = fs::path(each.name).parent_path(); !at.empty(); at = at.parent_path()) all.insert(under / at);
    for (const fs::path& each : all) stream::sync_directory(each);
}

/// What customers sent (desk/media_store): what is erased meanwhile was to go anyway.
std::vector<kept_file> copy_media(const fs::path& from, const fs::path& to) {
    std::vector<kept_file> all;
    if (!fs::exists(from)) return all;
    std::error_code failed, ignored;
    for (fs::recursive_directory_iterator each(from, failed), end; !failed && each != end; each.increment(failed)) {
        const std::string name = "media/" + fs::relative(each->path(), from).string();
        if (!each->is_regular_file(ignored) || each->path().filename().string().starts_with('.')) continue;
        fs::create_directories((to / name).parent_path());
        if (link_or_copy(each->path(), to / name)) all.push_back(describe(to, name));
    }
    if (failed) throw std::runtime_error("cannot read " + from.string() + ": " + failed.message());
    sync_parents(to, all);
    return all;
}

/// How far the sinks are, and the webhooks that were made through the API. Not the origin: what is restored is another
/// journal, and writes under another name.
std::vector<kept_file> copy_sinks(const fs::path& from, const fs::path& to) {
    std::vector<kept_file> all;
    if (!fs::exists(from)) return all;
    fs::create_directories(to / "sinks");
    for (const auto& each : fs::directory_iterator(from)) {
        const std::string kind = each.path().extension();
        if (kind != ".json" && kind != ".webhook") continue;
        const std::string name = "sinks/" + each.path().filename().string();
        stream::copy_synced(each.path(), to / name);
        all.push_back(describe(to, name));
    }
    stream::sync_directory(to / "sinks");
    return all;
}

void write_manifest(const fs::path& directory, const crm::sqlite_digest& state, const std::vector<kept_file>& files) {
    std::string out = "{\"version\":1,\"made_at\":" + json::quoted(time_text(now_ms())) +
                      ",\"applied\":" + std::to_string(state.applied) + ",\"state_digest\":" + json::quoted(state.digest) +
                      ",\"files\":[";
    for (const kept_file& each : files)
        out.append(out.back() == '[' ? "\n" : ",\n")
            .append("{\"name\":" + json::quoted(each.name) + ",\"bytes\":" + std::to_string(each.bytes) + ",\"xxh3_128\":" +
                    json::quoted(each.digest) + "}");
    out += "\n]}\n";
    // Written last and put in its place whole: a backup without it is none.
    const fs::path unfinished = directory / "manifest.json.new";
    std::ofstream written(unfinished, std::ios::binary);
    if (!(written << out).flush()) throw std::runtime_error("cannot write " + unfinished.string());
    written.close();
    stream::copy_synced(unfinished, directory / manifest_name);
    fs::remove(unfinished);
    stream::sync_directory(directory);
}

std::vector<kept_file> read_manifest(const fs::path& directory) {
    std::ifstream opened(directory / manifest_name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(opened), {}};
    rapidjson::Document read;
    read.Parse(text.data(), text.size());
    const bool is_ours = !read.HasParseError() && read.IsObject() && read.HasMember("version") && read["version"].IsInt() && read["version"].GetInt() == 1 &&
                         read.HasMember("files") && read["files"].IsArray();
    if (!is_ours) throw std::runtime_error(directory.string() + " is no backup of ours, or one that was not finished");
    std::vector<kept_file> files;
    for (const auto& each : read["files"].GetArray())
        files.push_back({each["name"].GetString(), each["bytes"].GetUint64(), each["xxh3_128"].GetString()});
    return files;
}

void say(const backup_options& options, const char* done, const crm::sqlite_digest& state, std::size_t files) {
    if (options.json)
        std::cout << "{\"directory\":" << json::quoted(options.directory) << ",\"applied\":" << state.applied
                  << ",\"state_digest\":" << json::quoted(state.digest) << ",\"files\":" << files << "}\n";
    else
        std::cout << done << " " << options.directory << ": state applied to sequence " << state.applied << ", "
                  << files - 1 << " other files, digest " << state.digest << "\n";
}

}  // namespace

int backup_command(const config& settings, const backup_options& options) {
    const fs::path to = options.directory;
    if (fs::exists(to) && !fs::is_empty(to)) throw std::runtime_error(to.string() + " is not empty");
    fs::create_directories(to);
    fs::permissions(to, fs::perms::owner_all);
    // First the state and the sinks, then the journal: so it reaches at least as far as they are.
    crm::copy_sqlite(settings.data_dir / "state.db", to / "state.db");
    const crm::sqlite_digest state = crm::digest_of_sqlite(to / "state.db");
    for (const char* left : {"state.db-wal", "state.db-shm"}) fs::remove(to / left);
    std::vector<kept_file> files{describe(to, "state.db")};
    for (kept_file& each : copy_sinks(settings.data_dir / "sinks", to)) files.push_back(std::move(each));
    for (kept_file& each : copy_journal(settings.data_dir / "journal", to)) files.push_back(std::move(each));
    for (kept_file& each : copy_media(settings.data_dir / "media", to)) files.push_back(std::move(each));  // A file is there before its record.
    write_manifest(to, state, files);
    say(options, "backed up to", state, files.size());
    return 0;
}

int restore_command(const config& settings, const backup_options& options) {
    const fs::path from = options.directory, to = settings.data_dir;
    const std::vector<kept_file> files = read_manifest(from);
    const stream::file lock = stream::lock_directory(to);
    for (const char* taken : {"state.db", "journal", "media", "sinks"})
        if (fs::exists(to / taken)) throw std::runtime_error((to / taken).string() + " is there already; restore where nothing is");
    for (const kept_file& each : files) {
        if (each.name.find("..") != std::string::npos || each.name.starts_with('/'))
            throw std::runtime_error("the backup names a file outside of it: " + each.name);
        const kept_file found = describe(from, each.name);
        if (found.bytes != each.bytes || found.digest != each.digest)
            throw std::runtime_error((from / each.name).string() + " is not as it was when the backup was made");
    }
    fs::create_directories(to / "journal");
    // The state last and under another name until it is whole: without it `serve` would make a new one, with it all is there.
    const auto unfinished = [&](const std::string& name) { return to / (name + (name == "state.db" ? ".restored" : "")); };
    for (const kept_file& each : files) {
        fs::create_directories(unfinished(each.name).parent_path());
        stream::copy_synced(from / each.name, unfinished(each.name));
    }
    sync_parents(to, files);
    fs::remove(to / "applying");
    // What the backup had still to send may have been sent since: `serve` does not send it (desk/dispatcher).
    stream::copy_synced(from / manifest_name, to / "restored");
    fs::rename(unfinished("state.db"), to / "state.db");
    stream::sync_directory(to);
    const crm::sqlite_digest state = crm::digest_of_sqlite(to / "state.db");
    say(options, "restored from", state, files.size());
    return 0;
}

}  // namespace yizhan::gateway
