#include "crm/facts_cache.hpp"

namespace yizhan::crm {

facts facts_for(const person_facts& about, std::string_view account) {
    facts made;
    made.contact = about.contact, made.name = about.name, made.stage = about.stage, made.tags = about.tags;
    for (const person_facts::held& each : about.conversations) {
        if (each.account != account) continue;
        made.control = each.control;
        made.control_until_ms = each.until_ms;
    }
    return made;
}

void facts_cache::update(person_facts about) {
    const auto known = people_.find(about.person);
    if (known != people_.end()) {
        recent_.erase(known->second);
        people_.erase(known);
    }
    // Once somebody was put out, even the plain are worth remembering: it saves the question.
    if (!about.special && complete_) return;
    recent_.push_front(std::move(about));
    people_[recent_.front().person] = recent_.begin();
    if (people_.size() <= people_max_) return;
    people_.erase(recent_.back().person);
    recent_.pop_back();
    complete_ = false;
}

facts_cache::answer facts_cache::find(const std::string& person, std::string_view account, facts& into) {
    const auto known = people_.find(person);
    if (known == people_.end()) return complete_ ? answer::plain : answer::unknown;
    recent_.splice(recent_.begin(), recent_, known->second);
    into = facts_for(*known->second, account);
    return answer::known;
}

}  // namespace yizhan::crm
