#include "crm/applying_mark.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "stream/file.hpp"

namespace yizhan::crm {

applying_mark::applying_mark(const std::filesystem::path& path) {
    const stream::file opened(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    // Allocated, not only lengthened: a full disk must show here and not as a signal later.
    void* const at = opened && ::posix_fallocate(opened.get(), 0, sizeof(span)) == 0
                         ? ::mmap(nullptr, sizeof(span), PROT_READ | PROT_WRITE, MAP_SHARED, opened.get(), 0)
                         : MAP_FAILED;
    if (at == MAP_FAILED) throw std::runtime_error("cannot write " + path.string());
    shared_ = static_cast<span*>(at);
    if (shared_->first == 0) return;
    ++shared_->deaths;
    left_ = *shared_;
}

applying_mark::~applying_mark() { ::munmap(shared_, sizeof(span)); }

void applying_mark::begin(std::uint64_t first, std::uint64_t last) {
    const bool is_the_same = left_.first == first && left_.last == last;
    end();
    shared_->last = last;
    shared_->deaths = is_the_same ? left_.deaths : 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);  // Whenever the process ends, what is there belongs together.
    shared_->first = first;
}

void applying_mark::end() {
    shared_->first = 0;
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace yizhan::crm
