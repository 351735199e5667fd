#include "adapters/table.hpp"

#include <algorithm>
#include <cstring>

#include "core/glob.hpp"

namespace yizhan::adapters {
namespace {

constexpr char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

/// How names are compared: letter case aside, and a blank is an underscore.
constexpr char folded(char letter) { return letter == ' ' ? '_' : lower(letter); }

bool same_word(std::string_view one, std::string_view other) {
    return one.size() == other.size() &&
           std::ranges::equal(one, other, [](char a, char b) { return folded(a) == folded(b); });
}

bool is_named(std::string_view row_name, std::string_view name, std::string_view subtype) {
    const std::size_t slash = std::min(row_name.find('/'), row_name.size());
    return same_word(row_name.substr(0, slash), name) &&
           same_word(row_name.substr(std::min(slash + 1, row_name.size())), subtype);
}

std::size_t hash_of(std::string_view type, std::string_view name, std::string_view subtype) {
    std::uint64_t sum = 14695981039346656037u;  // FNV-1a
    const auto add = [&](char letter) { sum = (sum ^ static_cast<unsigned char>(letter)) * 1099511628211u; };
    for (const std::string_view part : {type, name, subtype}) {
        for (const char letter : part) add(folded(letter));
        add('/');
    }
    return static_cast<std::size_t>(sum);
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

table::table(std::span<const row> rows) : rows_(rows) {
    std::size_t size = 16;
    while (size < 2 * rows.size()) size *= 2;
    slots_.resize(size);
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const std::string_view name = rows[at].name;
        if (name.find('*') != std::string_view::npos) families_.push_back(&rows[at]);
        const std::size_t slash = std::min(name.find('/'), name.size());
        const std::string_view subtype = name.substr(std::min(slash + 1, name.size()));
        std::size_t slot = hash_of(rows[at].type, name.substr(0, slash), subtype) % size;
        while (slots_[slot] != 0) slot = (slot + 1) % size;
        slots_[slot] = static_cast<std::uint16_t>(at + 1);
    }
}

const row* table::find(std::string_view type, std::string_view name, std::string_view subtype) const {
    for (std::size_t slot = hash_of(type, name, subtype) % slots_.size(); slots_[slot] != 0;
         slot = (slot + 1) % slots_.size()) {
        const row& each = rows_[slots_[slot] - 1];
        if (same_word(each.type, type) && is_named(each.name, name, subtype)) return &each;
    }
    for (const row* each : families_)
        if (same_word(each->type, type) && subtype.empty() && matches_glob(each->name, name)) return each;
    return nullptr;
}

void apply(const row* known, const document& sent, event& into) {
    if (!known) return;
    into.type = known->ours;
    into.shows = known->shows;
    known->takes.read(sent, into);
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
