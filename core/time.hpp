#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yizhan {

/// Unix time now, from the machine's clock. Only sessions, threads and commands ask; everything else is told.
std::int64_t now_us();
inline std::int64_t now_ms() { return now_us() / 1000; }

/// The same, but it neither jumps nor goes back when somebody sets the machine's clock: for whatever waits, grows old or
/// runs out. It begins with the clock as it is when the process begins, and follows one that was set later by going at
/// most half a percent faster or slower (`follow_clock`).
std::int64_t steady_us();
inline std::int64_t steady_ms() { return steady_us() / 1000; }
/// Called now and then, from one thread.
void follow_clock();

/// Appends RFC 3339 in UTC: `2026-11-22T08:00:00Z`, with milliseconds unless they are zero and `short_form`.
enum class time_form { seconds, milliseconds };
void append_time(std::string& out, std::int64_t unix_ms, time_form form);
std::string time_text(std::int64_t unix_ms, time_form form = time_form::milliseconds);

/// Unix milliseconds of such a text, with or without a fraction; nothing when it is none.
std::optional<std::int64_t> time_of(std::string_view text);

/// Days since 1970-01-01 of a date of the Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day);

/// Decimal digits only; nothing else, no sign, no blanks.
std::optional<std::int64_t> decimal(std::string_view digits);

}  // namespace yizhan
