#include "gateway/admission.hpp"

#include <algorithm>
#include <chrono>

namespace yizhan::gateway {
namespace {

// What the journal takes in one turn (stream/file_journal.hpp).
constexpr std::size_t turn_records_max = 512, turn_bytes_max = std::size_t{1} << 20;

}  // namespace

const char* name_of(overload why) {
    switch (why) {
        case overload::none:
            return "none";
        case overload::journal_slow:
            return "journal_slow";
        case overload::loop_late:
            return "loop_late";
        case overload::memory:
            return "memory";
    }
    return "none";
}

void admission::ask_loop(std::int64_t now_us) { loop_asked_us_ = now_us; }

void admission::loop_answered(std::int64_t now_us) {
    loop_delay_us_ = now_us - loop_asked_us_;
    loop_asked_us_ = 0;
}

std::int64_t admission::loop_delay_us(std::int64_t now_us) const {
    return std::max(loop_delay_us_, loop_asked_us_ ? now_us - loop_asked_us_ : 0);
}

void admission::appended(std::size_t bytes, std::int64_t now_us) {
    if (records_ == 0) {
        turn_begun_us_ = now_us;
        turn_records_ = 1;
        turn_bytes_ = bytes;
    }
    ++records_;
    bytes_ += bytes;
}

void admission::kept(std::size_t bytes, std::int64_t turn, std::int64_t now_us) {
    not_kept(bytes);
    if (turn != turn_) {
        turn_ = turn;
        // A slow turn is remembered for a while: the next may be as slow.
        turn_length_us_ = std::max(now_us - turn_begun_us_, turn_length_us_ * 3 / 4);
        turn_begun_us_ = now_us;
    }
    turn_records_ = std::min(records_, turn_records_max);
    turn_bytes_ = std::min(bytes_, turn_bytes_max);
}

void admission::not_kept(std::size_t bytes) {
    --records_;
    bytes_ -= bytes;
}

std::int64_t admission::journal_wait_us(std::int64_t now_us) const {
    if (records_ == 0) return 0;
    const std::int64_t elapsed = now_us - turn_begun_us_;
    const std::int64_t length = std::max(turn_length_us_, elapsed);
    const std::size_t before = std::max((records_ - std::min(records_, turn_records_)) / turn_records_max,
                                        (bytes_ - std::min(bytes_, turn_bytes_)) / turn_bytes_max);
    return length - elapsed + (static_cast<std::int64_t>(before) + 1) * length;
}

overload admission::at_the_gate(std::int64_t now_us) const {
    return loop_delay_us(now_us) > loop_delay_max_us ? overload::loop_late : overload::none;
}

overload admission::before_keeping(std::int64_t now_us, std::int64_t patience_ms) const {
    return journal_wait_us(now_us) > patience_ms * 750 ? overload::journal_slow : overload::none;
}

bool admission::room::change(std::size_t bytes, std::size_t of_all_max) {
    if (bytes > bytes_ && of_.held_ - bytes_ + bytes > of_all_max) return false;
    of_.held_ = of_.held_ - bytes_ + bytes;
    bytes_ = bytes;
    return true;
}

}  // namespace yizhan::gateway
