#pragma once
#include <list>
#include <string>
#include <unordered_map>

#include "core/keyed_hash.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// What the door knows of contacts, bounded, the least recently asked for out first. Of most contacts there
/// is nothing to know, and they take no room: as long as nobody had to be put out, one that is not here has
/// the defaults. One thread.
class facts_cache {
public:
    explicit facts_cache(std::size_t people_max = 200000) : people_max_(people_max) {}

    void update(person_facts about);

    enum class answer { known, plain, unknown };  // `unknown`: the state has to be asked.
    answer find(const std::string& person, std::string_view account, facts& into);

    /// From now on not everybody special is here.
    void mark_incomplete() { complete_ = false; }
    std::size_t size() const { return people_.size(); }

private:
    std::size_t people_max_;
    bool complete_ = true;
    std::list<person_facts> recent_;  // The last asked for first.
    std::unordered_map<std::string, std::list<person_facts>::iterator, keyed_hash> people_;
};

/// These facts as they are for a conversation on this account.
facts facts_for(const person_facts& about, std::string_view account);

}  // namespace yizhan::crm
