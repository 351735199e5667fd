#include <algorithm>

#include "crm/state.hpp"

namespace yizhan::crm {
namespace {

void append_folded(std::string& out, std::string_view kind, std::string_view id) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    if (kind == "userid")
        std::ranges::transform(id, std::back_inserter(out), lower);
    else
        out += id;
}

}  // namespace

std::string folded(std::string_view kind, std::string_view id) {
    std::string out;
    append_folded(out, kind, id);
    return out;
}

void person_key(std::string_view kind, std::string_view scope, std::string_view id, std::string& into) {
    into.assign(kind).append("\0", 1).append(scope).append("\0", 1);
    append_folded(into, kind, id);
}

std::string person_key(std::string_view kind, std::string_view scope, std::string_view id) {
    std::string key;
    person_key(kind, scope, id, key);
    return key;
}

}  // namespace yizhan::crm
