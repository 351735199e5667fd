#pragma once
#include <cstddef>
#include <cstdint>

namespace yizhan::gateway {

/// Why a callback is turned away though nothing is wrong with it.
enum class overload { none, journal_slow, loop_late, memory };
const char* name_of(overload why);

/// Whether one more callback can be taken. What could not be answered in time, or has no room in memory, is
/// turned away at once: the platform tries again, while a place at the end of too long a queue helps nobody.
///
/// Promises: what is admitted is expected to be durable within three quarters of the time its platform waits,
/// by how long the journal's last turns took and how much waits before it; what sessions hold stays within
/// their share of `limits.memory`. One record is always admitted, so that a journal that is quick again is
/// noticed.
///
/// Asks no clock: it is told the time, by `steady_us`, and what happened. One thread, that of the door.
class admission {
public:
    /// What came longer ago than this before it was read is turned away.
    static constexpr std::int64_t loop_delay_max_us = 500000;

    /// Of `limits.memory`; what is held already stays.
    void set_memory(std::size_t bytes_max) { held_max_ = bytes_max / 8 * 3; }

    // The event loop: asked now and then, through the same queue that requests come through, how late it is.
    void ask_loop(std::int64_t now_us);
    void loop_answered(std::int64_t now_us);
    bool is_loop_asked() const { return loop_asked_us_ != 0; }
    /// How long what is read now may have lain unread before.
    std::int64_t loop_delay_us(std::int64_t now_us) const;

    // The journal: what was handed to it, and what came back. Records of one turn (one sync) have one `turn`.
    void appended(std::size_t bytes, std::int64_t now_us);
    void kept(std::size_t bytes, std::int64_t turn, std::int64_t now_us);
    void not_kept(std::size_t bytes);
    /// How long one more record would wait.
    std::int64_t journal_wait_us(std::int64_t now_us) const;

    /// Before anything was looked into.
    overload at_the_gate(std::int64_t now_us) const;
    /// Before it goes into the journal, with how long its platform still waits.
    overload before_keeping(std::int64_t now_us, std::int64_t patience_ms) const;

    /// What a session has taken of the sessions' memory. It is given back when this goes.
    class room {
    public:
        explicit room(admission& of) : of_(of) {}
        ~room() { of_.held_ -= bytes_; }
        room(const room&) = delete;
        /// What every session needs. False when there is not so much.
        bool enter(std::size_t bytes) { return change(bytes, of_.held_max_); }
        /// What it needs now, altogether. False, and nothing changed, when there is not so much; less can be
        /// had always. Long bodies leave a third to those who only want to enter.
        bool take(std::size_t bytes) { return change(bytes, of_.held_max_ / 3 * 2); }

    private:
        bool change(std::size_t bytes, std::size_t of_all_max);
        admission& of_;
        std::size_t bytes_ = 0;
    };

private:
    std::size_t held_ = 0, held_max_ = SIZE_MAX;
    std::int64_t loop_asked_us_ = 0, loop_delay_us_ = 0;
    // Between the door and the disk; of those, what is in the turn that the journal is at.
    std::size_t records_ = 0, bytes_ = 0, turn_records_ = 0, turn_bytes_ = 0;
    std::int64_t turn_ = 0, turn_begun_us_ = 0, turn_length_us_ = 0;
};

}  // namespace yizhan::gateway
