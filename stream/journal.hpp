#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace yizhan::stream {

/// Where a record lies: a segment by its number, and the offset in it.
struct place {
    std::uint32_t segment = 0, offset = 0;
    friend bool operator==(const place&, const place&) = default;
};

struct appended {
    std::uint64_t sequence = 0;
    std::int64_t time_us = 0;
    place at;
};

/// Who waits for a record to be durable. Told exactly once, on the thread that `deliver` chooses.
class append_waiter {
public:
    /// `payload` comes back empty, its memory to be used again.
    virtual void kept(error_code failed, const appended& where, std::string payload) = 0;

protected:
    ~append_waiter() = default;
};

struct append_request {
    std::string payload;
    std::uint16_t kind = 1, span = 1;
    append_waiter* waiter = nullptr;
};

struct append_outcome {
    append_waiter* waiter;
    error_code failed;
    appended where;
    std::string payload;

    void tell() {
        payload.clear();
        waiter->kept(failed, where, std::move(payload));
    }
};

/// The durable, ordered log of what was accepted. The only acknowledgement point: what `kept` reports without
/// an error survives a crash and a power cut.
class journal {
public:
    static constexpr std::size_t payload_max = std::size_t{15} << 20;

    virtual ~journal() = default;

    /// From any thread; returns at once. The outcome comes with those of the same sync, through `deliver`. A
    /// payload above `payload_max` is refused with too_large.
    virtual void append(append_request what) = 0;

    /// Why nothing can be accepted now: storage_full (comes back by itself), storage_failed (never),
    /// overloaded.
    virtual error_code refuses() const = 0;

    /// The payload at a place that `appended` or a reader named. Errors: not_found.
    virtual result<std::string> read(place at) const = 0;

    using deliver = std::function<void(std::vector<append_outcome>)>;
};

}  // namespace yizhan::stream
