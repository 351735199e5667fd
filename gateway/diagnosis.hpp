#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/account.hpp"

namespace yizhan::gateway {

/// A callback that was refused, as it came.
struct refused_callback {
    std::string suffix;  // Of the path, behind the account.
    std::string query;   // As it stood in the URL, without the question mark.
    std::string body;
    bool is_check = false;  // GET: the platform's check of our address.
};

/// When a callback came, and what would be taken. Told, the time is what the machine's clock said then;
/// otherwise it is only when we look.
struct reception {
    std::int64_t at_ms = 0;
    bool is_told = false;
    std::size_t body_max = SIZE_MAX;
};

/// What can be wrong with a callback. The names are part of the contract of `yizhan doctor --json`.
struct finding {
    std::string_view name;
    std::string_view part;    // token, key, receive_id, query, body, clock, account; empty for `nothing`.
    std::string_view advice;  // What to do about it.
};

/// All of them, `nothing` first.
std::span<const finding> all_findings();

/// The one thing that is wrong.
struct diagnosis {
    const finding* what = nullptr;
    /// Everything verifies once this one thing is put right, or what does verify leaves no other explanation.
    bool is_proved = false;
    std::string account;  // Another configured account that it points at; mostly empty.
    std::string how;      // Of `body_rewritten`: what was done to the body.
    std::string says;     // One sentence with what is known of this callback. Never a secret.
};

/// Why `at` refuses this callback: tries one explanation after the other until everything verifies, and else
/// concludes from what does verify. `all`: every configured account. No clock, no I/O.
diagnosis diagnose(std::span<const account> all, const account& at, const refused_callback& came,
                   const reception& when);

}  // namespace yizhan::gateway
