#include "core/memory_reserve.hpp"

#include <sys/mman.h>

#include <atomic>
#include <mutex>
#include <new>

namespace yizhan::memory_reserve {
namespace {

std::mutex mutex;  // Whoever lets go, or keeps anew.
std::atomic<void*> kept{nullptr};
std::atomic<bool> is_kept{false};
std::atomic<std::size_t> spent{0};

/// What `operator new` calls before it tries again.
void let_go() {
    thread_local std::size_t seen = 0;  // Of what was spent, by this thread or another.
    const std::lock_guard lock(mutex);
    if (void* const last = kept.exchange(nullptr)) {
        ++spent;
        ::munmap(last, bytes);
    } else if (seen == spent) {
        throw std::bad_alloc();
    }
    seen = spent;
}

}  // namespace

void keep() {
    is_kept = true;
    renew();
    std::set_new_handler(let_go);
}

std::size_t times_spent() { return spent; }

bool renew() {
    if (!is_kept.load(std::memory_order_relaxed) || kept.load(std::memory_order_relaxed)) return true;
    const std::lock_guard lock(mutex);
    if (kept) return true;  // Somebody else was quicker.
    // From the system, never touched: it is room in the address space that runs out, and what malloc takes from one thread
    // it keeps for that one.
    void* const more = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) return false;
    kept = more;
    return true;
}

}  // namespace yizhan::memory_reserve
