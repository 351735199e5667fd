// Row 3: whatever a crash leaves on the disk of all that the journal wrote and had not synced, the journal
// opens with every record that was reported kept, in order, and with nothing else than what was appended.
//
// The libc calls of this program that touch the traced directory are written down in order. From that each
// image that a crash may leave is built again: what a file's sync covered is there; of later writes any
// 512-byte sectors; of later renames and removals any; and a failed sync covers nothing, nor does a later one
// of that file.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "tests/support/fault_program.hpp"
#include "tests/support/kept_journal.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace yizhan;

namespace {

constexpr std::size_t sector = 512, segment_bytes = std::size_t{1} << 20;

struct operation {
    enum class what { create, write, sync, failed_sync, rename, unlink, sync_directory } it;
    int file = 0;             // By the order of their creation.
    std::string name, other;  // Of create, rename and unlink: names in the directory.
    std::uint64_t at = 0;
    std::string bytes;  // Empty for a run of zeros.
    std::uint64_t size = 0;
};

/// What was done so far, and who of this program's threads may add to it.
struct trace {
    std::mutex mutex;
    std::string root;  // Ends in a slash; empty: nothing is traced.
    std::vector<operation> operations;
    std::map<int, int> descriptors;    // Open descriptor → file; -1: the directory.
    std::map<std::string, int> names;  // As the running system sees them.
    int files = 0;
    std::size_t blank = 0;  // Operations that write nothing but zeros.
    std::int64_t syncs = 0, fail_sync_at = 0;

    bool is_inside(const char* path) const {
        return !root.empty() && std::strncmp(path, root.c_str(), root.size()) == 0;
    }
    void add(operation what) { operations.push_back(std::move(what)); }
};
trace& traced() {
    static trace one;
    return one;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int traced_sync(const char* name, int descriptor) {
    const auto its = real<int (*)(int)>(name);
    trace& to = traced();
    const std::lock_guard lock(to.mutex);
    const auto known = to.descriptors.find(descriptor);
    if (known == to.descriptors.end()) return its(descriptor);
    if (known->second < 0) return to.add({operation::what::sync_directory, {}, {}, {}, {}, {}, {}}), 0;
    const bool fails = ++to.syncs == to.fail_sync_at;
    to.add({fails ? operation::what::failed_sync : operation::what::sync, known->second, {}, {}, {}, {}, {}});
    return fails ? (errno = EIO, -1) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = flags & O_CREAT ? static_cast<mode_t>(va_arg(rest, int)) : 0;
    va_end(rest);
    static const auto its = real<int (*)(const char*, int, ...)>("open");
    trace& to = traced();
    const std::lock_guard lock(to.mutex);
    const int opened = its(path, flags, mode);
    if (opened < 0 || to.root.empty()) return opened;
    if (to.root == std::string(path) + "/") return to.descriptors[opened] = -1, opened;
    if (!to.is_inside(path) || !(flags & O_CREAT)) return opened;
    const std::string name = path + to.root.size();
    const int file = to.files++;
    to.add({operation::what::create, file, name, {}, {}, {}, {}});
    to.names[name] = file;
    to.descriptors[opened] = file;
    return opened;
}

int close(int descriptor) {
    static const auto its = real<int (*)(int)>("close");
    trace& to = traced();
    const std::lock_guard lock(to.mutex);
    to.descriptors.erase(descriptor);
    return its(descriptor);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
    static const auto its = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
    trace& to = traced();
    const std::lock_guard lock(to.mutex);
    const ssize_t written = its(descriptor, bytes, count, at);
    const auto known = to.descriptors.find(descriptor);
    if (written <= 0 || known == to.descriptors.end()) return written;
    std::string what(static_cast<const char*>(bytes), static_cast<std::size_t>(written));
    const bool is_blank = what.find_first_not_of('\0') == std::string::npos;
    if (is_blank) what.clear(), ++to.blank;
    to.add({operation::what::write,
            known->second,
            {},
            {},
            static_cast<std::uint64_t>(at),
            std::move(what),
            static_cast<std::uint64_t>(written)});
    return written;
}

int fsync(int descriptor) { return traced_sync("fsync", descriptor); }
int fdatasync(int descriptor) { return traced_sync("fdatasync", descriptor); }

int rename(const char* from, const char* to_path) noexcept {
    static const auto its = real<int (*)(const char*, const char*)>("rename");
    trace& to = traced();
    const std::lock_guard lock(to.mutex);
    const int outcome = its(from, to_path);
    if (outcome != 0 || !to.is_inside(from)) return outcome;
    const std::string old_name = from + to.root.size(), name = to_path + to.root.size();
    to.names[name] = to.names[old_name];
    to.names.erase(old_name);
    to.add({operation::what::rename, to.names[name], name, old_name, {}, {}, {}});
    return outcome;
}

int unlink(const char* path) noexcept {
    static const auto its = real<int (*)(const char*)>("unlink");
    trace& to = traced();
    const std::lock_guard lock(to.mutex);
    const int outcome = its(path);
    if (outcome == 0 && to.is_inside(path)) {
        to.names.erase(path + to.root.size());
        to.add({operation::what::unlink, 0, path + to.root.size(), {}, {}, {}, {}});
    }
    return outcome;
}

int remove(const char* path) noexcept { return ::unlink(path); }  // The standard library's, for files.

}  // extern "C"

namespace {

/// What is kept of one file through all crashes from here on, and what may be or not.
struct disk_file {
    std::string durable;                         // As far as its last sync goes.
    std::map<std::uint64_t, std::string> loose;  // Sectors written since, by offset, as they would be now.
    bool sync_failed = false;

    void write(const operation& what) {
        const std::uint64_t end = what.at + what.size;
        for (std::uint64_t at = what.at / sector * sector; at < end; at += sector) {
            auto [mine, is_new] = loose.try_emplace(at, std::string());
            if (is_new) mine->second = at < durable.size() ? durable.substr(at, sector) : std::string();
            mine->second.resize(sector);
            const std::uint64_t from = std::max(at, what.at), to = std::min(at + sector, end);
            for (std::uint64_t each = from; each < to; ++each)
                mine->second[each - at] = what.bytes.empty() ? '\0' : what.bytes[each - what.at];
        }
    }
    static void put(std::string& into, std::uint64_t at, const std::string& bytes) {
        if (into.size() < at + bytes.size()) into.resize(at + bytes.size());
        into.replace(at, bytes.size(), bytes);
    }
    void sync() {
        if (sync_failed) return;
        for (const auto& [at, bytes] : loose) put(durable, at, bytes);
        loose.clear();
    }
};

/// The directory and its files after so many operations.
struct disk {
    std::map<int, disk_file> files;
    std::map<std::string, int> names;    // As far as the directory's last sync goes.
    std::vector<operation> loose_names;  // Since.

    static void apply(std::map<std::string, int>& to, const operation& what) {
        if (what.it == operation::what::rename) to.erase(what.other);
        if (what.it == operation::what::unlink)
            to.erase(what.name);
        else
            to[what.name] = what.file;
    }
    void follow(const operation& what) {
        using of = operation::what;
        if (what.it == of::create) files[what.file];
        if (what.it == of::write) files[what.file].write(what);
        if (what.it == of::sync) files[what.file].sync();
        if (what.it == of::failed_sync) files[what.file].sync_failed = true;
        if (what.it == of::create || what.it == of::rename || what.it == of::unlink)
            loose_names.push_back(what);
        if (what.it != of::sync_directory) return;
        for (const operation& each : loose_names) apply(names, each);
        loose_names.clear();
        std::set<int> named;
        for (const auto& [name, file] : names) named.insert(file);
        std::erase_if(files, [&](const auto& each) { return !named.count(each.first); });
    }
};

/// Which of the loose things reached the disk: asked for each, in order.
using chooser = std::function<bool()>;

bool is_unfinished(const std::string& name) { return name.ends_with(".new"); }  // Nobody reads these.

/// Lays the files down as a crash may have left them.
void build(const disk& from, const std::filesystem::path& into, const chooser& reached) {
    std::map<std::string, int> names = from.names;
    for (const operation& each : from.loose_names)
        if (reached()) disk::apply(names, each);
    for (const auto& [name, number] : names) {
        std::string bytes;
        if (const auto found = from.files.find(number); found != from.files.end() && !is_unfinished(name)) {
            bytes = found->second.durable;
            for (const auto& [at, sector_bytes] : found->second.loose)
                if (reached()) disk_file::put(bytes, at, sector_bytes);
        }
        std::ofstream(into / name, std::ios::binary) << bytes;
    }
}

/// How many loose things there are to choose from, at most.
std::size_t loose_count(const disk& of) {
    std::map<std::string, int> names = of.names;
    for (const operation& each : of.loose_names) disk::apply(names, each);
    names.insert(of.names.begin(), of.names.end());
    std::set<int> named;
    for (const auto& [name, file] : names)
        if (!is_unfinished(name)) named.insert(file);
    std::size_t count = of.loose_names.size();
    for (const int each : named)
        if (const auto found = of.files.find(each); found != of.files.end())
            count += found->second.loose.size();
    return count;
}

/// The images to look at for one crash: all when there are few, else the ends, prefixes and random ones.
std::vector<chooser> choosers(std::size_t loose, std::mt19937& random, std::size_t images_max) {
    std::vector<chooser> all;
    if (loose < 20 && (std::size_t{1} << loose) <= images_max) {
        for (std::size_t bits = 0; bits < (std::size_t{1} << loose); ++bits)
            all.push_back([bits]() mutable { return std::exchange(bits, bits >> 1) & 1; });
        return all;
    }
    all.push_back([] { return false; });
    all.push_back([] { return true; });
    while (all.size() < images_max) {
        const std::size_t until = random() % loose;
        const std::uint32_t seed = static_cast<std::uint32_t>(random());
        const bool is_suffix = random() % 2;
        if (all.size() % 3 == 0)
            all.push_back(
                [until, is_suffix, at = std::size_t{0}]() mutable { return (at++ < until) != is_suffix; });
        else
            all.push_back([coin = std::minstd_rand(seed)]() mutable { return coin() % 8 < 4; });
    }
    return all;
}

/// What was appended, and what was reported kept when so many operations were done.
struct story {
    struct promise {
        std::string payload;
        std::size_t operations = 0;
    };
    std::set<std::string> appended;
    std::map<std::uint64_t, promise> kept;  // By sequence.
    std::vector<std::pair<std::size_t, std::uint64_t>>
        retained;  // From that operation on, all before may be gone.
};

std::string payload_of(std::uint64_t number, std::size_t size) {
    std::string out = "record " + std::to_string(number) + " ";
    while (out.size() < size) out += static_cast<char>('a' + (number * 7 + out.size()) % 26);
    return out;
}

std::size_t operations_done() {
    const std::lock_guard lock(traced().mutex);
    return traced().operations.size();
}

std::size_t operations_that_count() {
    const std::lock_guard lock(traced().mutex);
    return traced().operations.size() - traced().blank;
}

struct letter final : stream::append_waiter {
    void kept(error_code its_failed, const stream::appended& its_where, std::string) override {
        const std::size_t done_by_now = operations_done();
        const std::lock_guard lock(mutex);
        operations = done_by_now, failed = its_failed, where = its_where, done = true;
        changed.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return done; });
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::size_t operations = 0;
    error_code failed;
    stream::appended where;
    std::string payload;
};

/// Runs a journal in short lives, one after the other, until as many operations are done. Every fourth life
/// ends with a failed sync. What the next one then finds in the page cache is known to it, so that it counts
/// as kept.
story live(const std::filesystem::path& directory, std::size_t operations_wanted) {
    story told;
    std::mt19937 random(20261126);
    std::uint64_t number = 0;
    for (int lives = 0; operations_that_count() < operations_wanted; ++lives) {
        test::kept_journal here(directory, segment_bytes);
        for (const auto& each : here.found)
            told.kept.try_emplace(each.sequence, story::promise{each.payload, operations_done()});
        if (lives % 4 == 3) {
            const std::lock_guard lock(traced().mutex);
            traced().fail_sync_at = traced().syncs + 40;
        }
        bool failed = false;
        for (int batch = 0; batch < 100 && !failed; ++batch) {
            std::vector<letter> letters(1 + random() % 6);
            for (letter& each : letters) {
                // Some fill a good part of a segment, so that there are many segments.
                each.payload =
                    payload_of(++number, random() % 8 == 0 ? 20000 + random() % 60000 : random() % 900);
                told.appended.insert(each.payload);
                here.log->append({each.payload, 1, static_cast<std::uint16_t>(1 + random() % 3), &each});
            }
            for (letter& each : letters) {
                each.wait();
                failed |= static_cast<bool>(each.failed);
                if (!each.failed) told.kept[each.where.sequence] = {each.payload, each.operations};
            }
            if (batch % 20 != 19) continue;
            const std::size_t before = operations_done();
            here.log->retain(INT64_MAX, here.log->durable());
            told.retained.emplace_back(before, here.log->oldest());
        }
    }
    return told;
}

/// What is wrong with what the journal makes of an image; empty when nothing is.
std::string fault_of(const std::filesystem::path& image, const story& told, std::size_t operations) {
    std::uint64_t oldest = 0;
    for (const auto& [from, first] : told.retained)
        if (from <= operations) oldest = first;
    try {
        test::kept_journal here(image, segment_bytes);
        if (!here.log->damages().empty()) return "damage reported: " + here.log->damages().front().where;
        std::set<std::uint64_t> found;
        for (const auto& each : here.found) {
            if (!found.empty() && each.sequence <= *found.rbegin()) return "out of order";
            found.insert(each.sequence);
            const auto known = told.kept.find(each.sequence);
            if (known != told.kept.end() && known->second.payload != each.payload)
                return "another record than was kept";
            if (!told.appended.count(each.payload)) return "a record that nobody appended";
        }
        std::uint64_t last = 0;
        for (const auto& [sequence, promise] : told.kept) {
            if (promise.operations > operations) continue;
            last = sequence;
            if (sequence >= oldest && !found.count(sequence))
                return "record " + std::to_string(sequence) + " is lost";
        }
        if (here.append("after").sequence <= last || here.last_failure)
            return "it does not go on behind what was kept";
    } catch (const std::runtime_error& why) {
        return std::string("it does not open: ") + why.what();
    }
    return {};
}

}  // namespace

int main(int count, char** words) {
    const test::fault_arguments form(count, words);
    const std::size_t operations_wanted = form.pick<std::size_t>(4000, 12000);
    const std::size_t images_max = form.pick<std::size_t>(6, 8), every = form.pick<std::size_t>(13, 1);
    if (std::filesystem::is_directory("/dev/shm"))
        ::setenv("TMPDIR", "/dev/shm", 0);  // No disk is needed here.
    test::temporary_directory directory;
    const std::filesystem::path root = directory.path() / "journal";
    std::filesystem::create_directory(root);
    traced().root = root.string() + "/";
    const story told = live(root, operations_wanted);
    traced().root.clear();
    const std::vector<operation> operations = std::move(traced().operations);

    disk now;
    std::mt19937 random(7);
    std::size_t points = 0, images = 0, faults = 0, counted = 0;
    std::map<operation::what, std::size_t> kinds;
    for (std::size_t done = 1; done <= operations.size(); ++done) {
        const operation& last = operations[done - 1];
        now.follow(last);
        const bool is_blank = last.it == operation::what::write && last.bytes.empty();
        if (is_blank) continue;
        ++kinds[last.it];
        const bool is_rare = last.it != operation::what::write && last.it != operation::what::sync;
        if (++counted % every != 0 && !(is_rare && counted % 3 == 0)) continue;
        ++points;
        for (const chooser& each : choosers(loose_count(now), random, images_max)) {
            test::temporary_directory image;
            build(now, image.path(), each);
            const std::string fault = fault_of(image.path(), told, done);
            ++images;
            if (!fault.empty() && ++faults <= 3)
                std::printf("after operation %zu, image %zu: %s\n", done, images, fault.c_str());
        }
    }
    char figures[300];
    std::snprintf(figures, sizeof figures,
                  "%zu operations (%zu syncs, %zu of them failed; %zu renames, %zu removals; zeros not "
                  "counted), %zu records kept: "
                  "%zu crash points, %zu images, %zu of them wrong",
                  counted, kinds[operation::what::sync] + kinds[operation::what::failed_sync],
                  kinds[operation::what::failed_sync], kinds[operation::what::rename],
                  kinds[operation::what::unlink], told.kept.size(), points, images, faults);
    return test::report_row("3", faults == 0 && images > 0 && kinds[operation::what::failed_sync] > 0,
                            figures);
}
