#include "gateway/rebuild.hpp"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "crm/applier.hpp"
#include "crm/sqlite_state.hpp"

namespace yizhan::gateway {

std::uint64_t apply_journal(const std::filesystem::path& journal, std::size_t segment_bytes,
                            const std::filesystem::path& state) {
    auto writer = crm::open_sqlite_writer(state);
    stream::file_journal::options reading;
    reading.directory = journal;
    reading.segment_bytes = segment_bytes;
    reading.scan_from_sequence = writer->applied() + 1;
    reading.deliver_to = [](std::vector<stream::append_outcome> outcomes) {
        for (stream::append_outcome& each : outcomes) each.tell();
    };
    stream::file_journal log(std::move(reading), [](auto...) {});
    if (log.oldest() > writer->applied() + 1)
        throw std::runtime_error("the journal begins at sequence " + std::to_string(log.oldest()) + ", the state ends at " +
                                 std::to_string(writer->applied()) + ": begin with a backup (--base)");

    std::mutex mutex;
    std::string trouble;
    crm::applier::options applying;
    applying.mark_file = state.string() + ".applying";
    applying.time = crm::applier::time_of::records;
    applying.publish = [](std::vector<crm::person_facts>, const std::function<void()>& current) { current(); };
    applying.wake = [](std::vector<std::string>) {};
    applying.on_set_aside = [](std::uint64_t, const std::string&) {};
    applying.on_trouble = [&](const std::string& why) {
        const std::lock_guard lock(mutex);
        trouble = why;
    };
    crm::applier all(log, std::move(writer), std::move(applying));
    all.start();
    while (all.applied() < log.durable()) {
        {
            const std::lock_guard lock(mutex);
            if (!trouble.empty()) throw std::runtime_error(trouble);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    all.stop(0);
    std::filesystem::remove(state.string() + ".applying");
    return all.applied();
}

}  // namespace yizhan::gateway
