#include "adapters/weibo/time.hpp"

#include <algorithm>
#include <array>

#include "core/time.hpp"

namespace yizhan::adapters::weibo {

std::int64_t created_at_ms(std::string_view text) {
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::array<std::string_view, 6> words;  // Tue | Mar | 05 | 14:07:09 | +0800 | 2024
    for (std::string_view& word : words) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
    }
    const auto month = std::ranges::find(months, words[1]);
    const std::string_view clock = words[3], zone = words[4];
    if (month == months.end() || clock.size() != 8 || zone.size() != 5) return 0;
    const auto day = decimal(words[2]), year = decimal(words[5]), hour = decimal(clock.substr(0, 2)),
               minute = decimal(clock.substr(3, 2)), second = decimal(clock.substr(6, 2)),
               zone_hours = decimal(zone.substr(1, 2)), zone_minutes = decimal(zone.substr(3, 2));
    if (!day || !year || !hour || !minute || !second || !zone_hours || !zone_minutes) return 0;
    if (*day < 1 || *day > 31 || *year < 1970 || *year > 9999 || *hour > 23 || *minute > 59 || *second > 60)
        return 0;

    const auto month_number = static_cast<unsigned>(month - months.begin() + 1);
    const std::int64_t days = days_from_civil(*year, month_number, static_cast<unsigned>(*day));
    const std::int64_t ahead = (*zone_hours * 3600 + *zone_minutes * 60) * (zone[0] == '-' ? -1 : 1);
    return (days * 86400 + *hour * 3600 + *minute * 60 + *second - ahead) * 1000;
}

}  // namespace yizhan::adapters::weibo
