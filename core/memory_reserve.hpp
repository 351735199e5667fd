#pragma once
#include <cstddef>

namespace yizhan {

/// Memory kept back for the moment when there is none left: it is let go then, so that what has begun can end, and nothing
/// has to be undone in the middle of it. From any thread, for any; `operator new` only.
namespace memory_reserve {

constexpr std::size_t bytes = std::size_t{4} << 20;

/// Once, at start. Without it running out of memory is a std::bad_alloc at once.
void keep();

/// How often it was needed.
std::size_t times_spent();

/// Keeps as much back anew, if it is gone. False while there is not so much: then nothing new should be begun.
bool renew();

}  // namespace memory_reserve
}  // namespace yizhan
