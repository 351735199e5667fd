#include "crm/applying_mark.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "stream/file.hpp"

namespace yizhan::crm {
namespace {

constexpr int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
std::atomic<applying_mark::span*> marked{nullptr};
struct sigaction before[std::size(crashes)];

/// Leaves a word, and lets the signal do what it would have done without us.
void note_crash(int number, siginfo_t* about, void*) {
    const bool is_ours = !about || about->si_code > 0 || about->si_pid == ::getpid();  // And not sent from outside.
    if (applying_mark::span* const at = marked.load(); at && is_ours) at->crashed = 1;
    for (std::size_t index = 0; index < std::size(crashes); ++index)
        if (crashes[index] == number) ::sigaction(number, &before[index], nullptr);
    const bool comes_again = about && about->si_code > 0;  // The instruction that failed is tried once more.
    if (!comes_again) ::raise(number);
}

void listen_for_crashes() {
    struct sigaction noting {};
    noting.sa_sigaction = note_crash;
    noting.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (std::size_t index = 0; index < std::size(crashes); ++index) ::sigaction(crashes[index], &noting, &before[index]);
}

}  // namespace

applying_mark::applying_mark(const std::filesystem::path& path) {
    const stream::file opened(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    // Allocated, not only lengthened: a full disk must show here and not as a signal later.
    void* const at = opened && ::posix_fallocate(opened.get(), 0, sizeof(span)) == 0
                         ? ::mmap(nullptr, sizeof(span), PROT_READ | PROT_WRITE, MAP_SHARED, opened.get(), 0)
                         : MAP_FAILED;
    if (at == MAP_FAILED) throw std::runtime_error("cannot write " + path.string());
    shared_ = static_cast<span*>(at);
    if (shared_->first != 0 && std::exchange(shared_->crashed, 0) != 0) {
        ++shared_->deaths;
        left_ = *shared_;
    }
    marked = shared_;
    static const bool listens = (listen_for_crashes(), true);
    static_cast<void>(listens);
}

applying_mark::~applying_mark() {
    marked = nullptr;
    ::munmap(shared_, sizeof(span));
}

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
