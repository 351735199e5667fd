#pragma once
#include <atomic>
#include <cstdint>

/// What the preloaded library (tests/faults/shim.cpp) does to a server's system calls, in memory that the test shares
/// with it through the file that FAULTS_CONTROL names: it can be changed while the server runs.
namespace yizhan::test {

struct fault_control {
    char path[128];  // Only files whose path contains this are touched; empty: all.

    std::atomic<std::int64_t> syncs;          // fsync and fdatasync calls so far.
    std::atomic<std::int64_t> fail_sync_at;   // The call with this number fails with EIO (1 is the first); 0: none.
    std::atomic<std::int64_t> kill_sync_at;   // With the call of this number the process is killed: before it, or
    std::atomic<int> kill_behind;             // behind it.
    std::atomic<std::int64_t> delay_sync_us;  // How much longer each takes.
    std::atomic<std::int64_t> syncs_again;    // Calls for a file after one for it has failed.

    std::atomic<std::int64_t> writes;         // pwrite calls so far.
    std::atomic<std::int64_t> fail_write_at;  // As above; with `write_errno`.
    std::atomic<int> write_errno;

    // What of a file the disk does not give back: EIO where a read begins in there, and those before it end there.
    std::atomic<std::int64_t> unread_from, unread_until;  // Offsets.
    std::atomic<std::int64_t> unread_times;               // How many reads are yet to fail.

    char failed_path[256];  // Of the file whose sync or write failed last.

    char crash_on[32];  // The process aborts when this is written into its state; empty: never.

    std::atomic<std::int64_t> clock_offset_us;  // Added to the clock that people set. Never to the one that nobody sets.
};

}  // namespace yizhan::test
