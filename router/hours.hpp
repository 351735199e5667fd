#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace yizhan::router {

/// A time zone of the machine's database, such as Asia/Shanghai.
class time_zone {
public:
    /// Nothing when the database has none of this name.
    static std::shared_ptr<const time_zone> named(const std::string& name);
    virtual ~time_zone() = default;

    struct local {
        std::int64_t day;  // Days since 1970-01-01 there.
        unsigned weekday;  // 0 Monday … 6 Sunday.
        unsigned minute;   // Of that day.
    };
    virtual local at(std::int64_t unix_ms) const = 0;
};

/// Opening hours: weekdays, holidays and the working days that make up for them (调休).
struct hours {
    std::string name;
    unsigned weekdays = 0x7f;                       // Bit 0 Monday.
    unsigned from_minute = 0, to_minute = 24 * 60;  // `to` before `from`: over midnight.
    std::set<std::int64_t> holidays, workdays;      // Days since 1970-01-01.

    bool open_at(std::int64_t unix_ms, const time_zone& zone) const;

private:
    bool is_working(std::int64_t day, unsigned weekday) const;
};

}  // namespace yizhan::router
