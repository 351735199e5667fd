#include "adapters/table.hpp"

#include <algorithm>
#include <cstring>

namespace yizhan::adapters {
namespace {

constexpr char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

event_id first_half(const crypto::sha256_digest& digest) {
    event_id id;
    std::memcpy(id.data(), digest.data(), id.size());
    return id;
}

constexpr std::string_view separator("\0", 1);

}  // namespace

bool same_letters(std::string_view one, std::string_view other) {
    return one.size() == other.size() &&
           std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

const row* find_row(std::span<const row> table, std::string_view type, std::string_view name) {
    const auto names_it = [&](const row& each) {
        return same_letters(each.type, type) && same_letters(each.name, name);
    };
    const auto found = std::ranges::find_if(table, names_it);
    return found == table.end() ? nullptr : &*found;
}

event_id id_by_message(crypto::hasher& with, std::string_view account, std::string_view sender,
                       std::string_view message_id) {
    const std::string_view parts[] = {"message", separator, account,   separator,
                                      sender,    separator, message_id};
    return first_half(with.sha256(parts));
}

event_id id_by_body(crypto::hasher& with, std::string_view account, std::string_view body) {
    const std::string_view parts[] = {"body", separator, account, separator, body};
    return first_half(with.sha256(parts));
}

}  // namespace yizhan::adapters
