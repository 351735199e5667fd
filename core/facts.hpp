#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

/// Who may speak in a conversation now. Exactly one.
enum class control { rule, bot, agent, platform };

constexpr std::string_view name_of(control who) {
    switch (who) {
        case control::rule:
            return "rule";
        case control::bot:
            return "bot";
        case control::agent:
            return "agent";
        case control::platform:
            return "platform";
    }
    return "rule";
}

constexpr std::optional<control> control_of(std::string_view name) {
    for (const control who : {control::rule, control::bot, control::agent, control::platform})
        if (name_of(who) == name) return who;
    return std::nullopt;
}

/// How a customer may still be written to: as the answer to the very callback, or later as well.
enum class budget : std::uint8_t { none = 0, passive = 1, open = 2 };

constexpr std::string_view name_of(budget what) {
    return what == budget::none ? "none" : what == budget::passive ? "passive" : "open";
}
constexpr std::optional<budget> budget_of(std::string_view name) {
    for (const budget each : {budget::none, budget::passive, budget::open})
        if (name_of(each) == name) return each;
    return std::nullopt;
}

/// What is known of a contact when one of their events is decided. A contact we know nothing special of, or
/// have never met, has exactly these defaults.
struct facts {
    std::int64_t contact = 0;  // 0: not met yet.
    std::string name, stage;
    std::vector<std::string> tags;
    yizhan::control control = yizhan::control::rule;
    bool may_answer = false, may_write = false;  // The budget, where a rule asks for it.
    std::int64_t control_until_ms = 0;  // When control falls back to `rule` by itself; 0: it does not.

    bool has_budget(budget what) const {
        if (what == budget::none) return !may_answer && !may_write;
        return what == budget::passive ? may_answer : may_write;
    }
    bool has_tag(std::string_view tag) const { return std::ranges::find(tags, tag) != tags.end(); }
    yizhan::control control_at(std::int64_t now_ms) const {
        return control_until_ms != 0 && now_ms >= control_until_ms ? yizhan::control::rule : control;
    }
};

}  // namespace yizhan
