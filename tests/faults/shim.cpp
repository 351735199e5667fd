// Preloaded into a server under test: does to its system calls what fault_control.hpp says. Nothing of the product
// knows of it.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tests/support/fault_control.hpp"

namespace {

using yizhan::test::fault_control;

fault_control* control() {
    static fault_control* const shared = [] {
        const char* const path = ::getenv("FAULTS_CONTROL");
        const int opened = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
        if (opened < 0) return static_cast<fault_control*>(nullptr);
        void* const at = ::mmap(nullptr, sizeof(fault_control), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
        ::close(opened);
        return at == MAP_FAILED ? nullptr : static_cast<fault_control*>(at);
    }();
    return shared;
}

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

/// An open file's path; empty when it has none.
struct path_of {
    char text[256] = {};
    explicit path_of(int descriptor) {
        char name[32];
        std::snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
        if (::readlink(name, text, sizeof text - 1) < 0) text[0] = '\0';
    }
};

bool is_meant(const fault_control& by, int descriptor) {
    return by.path[0] == '\0' || ::strstr(path_of(descriptor).text, by.path) != nullptr;
}

int fail(fault_control& by, int descriptor, int reason) {
    ::strcpy(by.failed_path, path_of(descriptor).text);
    errno = reason;
    return -1;
}

int sync_with(int (*real_sync)(int), int descriptor) {
    fault_control* const by = control();
    if (!by || !is_meant(*by, descriptor)) return real_sync(descriptor);
    const std::int64_t number = ++by->syncs;
    const bool is_last = number == by->kill_sync_at;
    if (is_last && by->kill_behind) real_sync(descriptor);
    if (is_last) ::kill(::getpid(), SIGKILL);
    if (const std::int64_t delay = by->delay_sync_us; delay > 0) ::usleep(static_cast<useconds_t>(delay));
    static std::atomic<ino_t> failed{0};
    struct stat about {};
    if (::fstat(descriptor, &about) == 0 && failed == about.st_ino) ++by->syncs_again;
    if (number != by->fail_sync_at) return real_sync(descriptor);
    failed = about.st_ino;
    return fail(*by, descriptor, EIO);
}

}  // namespace

extern "C" {

int fsync(int descriptor) {
    static const auto its = real<int (*)(int)>("fsync");
    return sync_with(its, descriptor);
}

int fdatasync(int descriptor) {
    static const auto its = real<int (*)(int)>("fdatasync");
    return sync_with(its, descriptor);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
    static const auto its = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
    fault_control* const by = control();
    if (by && is_meant(*by, descriptor) && ++by->writes == by->fail_write_at) return fail(*by, descriptor, by->write_errno);
    return its(descriptor, bytes, count, at);
}

ssize_t pread(int descriptor, void* into, size_t count, off_t at) {
    static const auto its = real<ssize_t (*)(int, void*, size_t, off_t)>("pread");
    fault_control* const by = control();
    if (!by || by->unread_times <= 0 || at >= by->unread_until || !is_meant(*by, descriptor)) return its(descriptor, into, count, at);
    const std::int64_t from = by->unread_from;
    if (at >= from) {
        --by->unread_times;
        return fail(*by, descriptor, EIO);
    }
    return its(descriptor, into, std::min(count, static_cast<size_t>(from - at)), at);
}

ssize_t pread64(int descriptor, void* into, size_t count, off_t at) { return pread(descriptor, into, count, at); }

int sqlite3_bind_text(void* statement, int at, const char* text, int length, void (*destroy)(void*)) {
    static const auto its = real<int (*)(void*, int, const char*, int, void (*)(void*))>("sqlite3_bind_text");
    const fault_control* const by = control();
    if (by && by->crash_on[0] && text && length > 0 && ::memmem(text, static_cast<size_t>(length), by->crash_on, ::strlen(by->crash_on)))
        ::abort();
    return its(statement, at, text, length, destroy);
}

int clock_gettime(clockid_t which, struct timespec* into) {
    static const auto its = real<int (*)(clockid_t, struct timespec*)>("clock_gettime");
    const int outcome = its(which, into);
    fault_control* const by = which == CLOCK_REALTIME ? control() : nullptr;
    if (outcome != 0 || !by) return outcome;
    const std::int64_t us = static_cast<std::int64_t>(into->tv_sec) * 1000000 + into->tv_nsec / 1000 + by->clock_offset_us;
    into->tv_sec = us / 1000000;
    into->tv_nsec = us % 1000000 * 1000;
    return 0;
}

}  // extern "C"
