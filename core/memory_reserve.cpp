#include "core/memory_reserve.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace yizhan::memory_reserve {
namespace {

std::atomic<void*> kept{nullptr};
std::atomic<bool> is_kept{false};
std::atomic<std::size_t> spent{0};

/// What `operator new` calls before it tries again.
void let_go() {
    void* const last = kept.exchange(nullptr);
    if (!last) throw std::bad_alloc();
    ++spent;
    std::free(last);
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
    void* const more = std::malloc(bytes);  // Never touched: it is room in the address space that runs out.
    void* none = nullptr;
    if (more && !kept.compare_exchange_strong(none, more)) std::free(more);  // Somebody else was quicker.
    return more != nullptr;
}

}  // namespace yizhan::memory_reserve
