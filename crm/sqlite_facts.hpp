#pragma once
#include <vector>

#include "crm/sqlite.hpp"
#include "crm/state.hpp"

namespace yizhan::crm {

/// Reads facts; writer and reader ask the same way.
class sqlite_facts {
public:
    explicit sqlite_facts(const sqlite_connection& in);

    /// One for each identity of the contact.
    std::vector<person_facts> of_contact(std::int64_t contact);

private:
    sqlite_statement contact_, tags_, held_, identities_;
};

}  // namespace yizhan::crm
