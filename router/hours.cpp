#include "router/hours.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

namespace yizhan::router {
namespace {

class database_zone final : public time_zone {
public:
    explicit database_zone(absl::TimeZone zone) : zone_(zone) {}

    local at(std::int64_t unix_ms) const override {
        const absl::CivilSecond here = zone_.At(absl::FromUnixMillis(unix_ms)).cs;
        const absl::CivilDay day(here);
        return {day - absl::CivilDay(1970, 1, 1), static_cast<unsigned>(absl::GetWeekday(day)),
                static_cast<unsigned>(here.hour() * 60 + here.minute())};
    }

private:
    absl::TimeZone zone_;
};

}  // namespace

std::shared_ptr<const time_zone> time_zone::named(const std::string& name) {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(name, &zone)) return nullptr;
    return std::make_shared<database_zone>(zone);
}

bool hours::is_working(std::int64_t day, unsigned weekday) const {
    if (workdays.count(day)) return true;
    return !holidays.count(day) && (weekdays >> weekday & 1u) != 0;
}

bool hours::open_at(std::int64_t unix_ms, const time_zone& zone) const {
    const time_zone::local here = zone.at(unix_ms);
    if (from_minute < to_minute)
        return is_working(here.day, here.weekday) && here.minute >= from_minute && here.minute < to_minute;
    // Over midnight: the small hours belong to the day before.
    if (here.minute >= from_minute) return is_working(here.day, here.weekday);
    return here.minute < to_minute && is_working(here.day - 1, (here.weekday + 6) % 7);
}

}  // namespace yizhan::router
