#pragma once
#include <re2/re2.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/facts.hpp"
#include "core/fault.hpp"
#include "core/reply.hpp"
#include "router/hours.hpp"
#include "router/template.hpp"

namespace yizhan::router {

/// A reply whose texts are still to be filled in.
struct reply_template {
    reply fixed;         // What is the same for everybody.
    text_template text;  // What is said, or of a card its JSON.
};

/// One line of the rules file as it was read. An empty list is a condition not asked for.
struct rule {
    std::string name;

    std::vector<std::string> channels, accounts, types, event_keys, scenes;
    std::vector<std::string> any_of, all_of, equals;  // Normalised.
    std::unique_ptr<RE2> matches;
    std::vector<std::string> contact_tags, contact_stages;
    std::vector<control> controls;
    std::vector<budget> budgets;
    std::optional<hours> open, closed;  // `hours` and `outside`.

    std::optional<reply_template> reply;
    std::string queue, stage;
    std::int32_t priority = 0;
    std::vector<std::string> skills, tags;
    bool drop = false, goes_on = false;

    bool asks_of_text() const { return !any_of.empty() || !all_of.empty() || !equals.empty() || matches; }
    bool asks_of_contact() const {
        return !contact_tags.empty() || !contact_stages.empty() || !controls.empty() || !budgets.empty();
    }
};

/// Reads the file; every fault is noted.
std::vector<rule> read_rules(const std::string& text, const std::string& file, faults& into);

}  // namespace yizhan::router
