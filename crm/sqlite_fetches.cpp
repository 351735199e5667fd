#include "crm/sqlite_fetches.hpp"

namespace yizhan::crm {
namespace {

constexpr std::int64_t profile_good_ms = std::int64_t{24} * 3600 * 1000;
constexpr int forgotten_at_once_max = 500;

}  // namespace

sqlite_fetches::sqlite_fetches(const sqlite_connection& in)
    : in_(in),
      want_(in, "INSERT OR IGNORE INTO media(sequence, event, contact, account, id, url, at_ms) VALUES(?,?,?,?,?,?,?)"),
      keep_(in, "UPDATE media SET status = 1, digest = ?, type = ?, bytes = ?, reason = '' WHERE sequence = ? AND status = 0"),
      later_(in, "UPDATE media SET available_ms = ?, attempt = attempt + 1, reason = ? WHERE sequence = ? AND status = 0"),
      give_up_(in, "UPDATE media SET status = 2, reason = ? WHERE sequence = ? AND status = 0"),
      forget_(in, "DELETE FROM media WHERE sequence IN (SELECT sequence FROM media WHERE at_ms < ? ORDER BY at_ms LIMIT ?) RETURNING digest"),
      erase_media_(in, "DELETE FROM media WHERE contact = ? RETURNING digest"),
      is_kept_(in, "SELECT 1 FROM media WHERE digest = ?1 AND digest <> '' LIMIT 1"),
      ask_(in, "INSERT INTO profile(contact, account, kind, id, available_ms) VALUES(?1, ?2, ?3, ?4, 0)"
               " ON CONFLICT DO UPDATE SET status = 0, attempt = 0, available_ms = 0 WHERE status = 1 AND at_ms < ?5"),
      know_(in, "UPDATE profile SET status = 1, attempt = 0, json = ?, at_ms = ? WHERE contact = ? AND account = ?"),
      ask_later_(in, "UPDATE profile SET available_ms = ?, attempt = attempt + 1 WHERE contact = ? AND account = ? AND status = 0"),
      erase_profiles_(in, "DELETE FROM profile WHERE contact = ?") {}

error_code sqlite_fetches::changed() const { return in_.changes() ? error_code() : errc::not_found; }

void sqlite_fetches::want_media(std::uint64_t sequence, const stream::effects& from, std::string_view account, std::int64_t contact) {
    want_.with(sequence, from.id, contact, account, from.media.id, from.media.url, from.at_ms).run();
    woken_ = true;
}

error_code sqlite_fetches::keep_media(std::int64_t sequence, std::string_view digest, std::string_view type, std::int64_t bytes) {
    keep_.with(digest, type, bytes, sequence).run();
    return changed();
}

error_code sqlite_fetches::media_later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason) {
    later_.with(at_ms, reason, sequence).run();
    return changed();
}

error_code sqlite_fetches::give_media_up(std::int64_t sequence, std::string_view reason) {
    give_up_.with(reason, sequence).run();
    return changed();
}

void sqlite_fetches::forget_media(std::int64_t before_ms) {
    note_freed(forget_.with(before_ms, forgotten_at_once_max));
}

/// Their files go too, unless somebody else sent the same.
void sqlite_fetches::note_freed(sqlite_statement& gone) {
    std::vector<std::string> digests;
    while (gone.next()) digests.push_back(gone.text(0));
    gone.reset();
    for (std::string& each : digests) {
        if (each.empty()) continue;
        const bool is_kept = is_kept_.with(each).next();
        is_kept_.reset();
        if (!is_kept) freed_.push_back(std::move(each));
    }
}

void sqlite_fetches::want_profile(const stream::effects& from, std::string_view account, std::int64_t contact, std::int64_t now_ms) {
    ask_.with(contact, account, from.person_kind, from.person_id, now_ms - profile_good_ms).run();
    woken_ |= in_.changes() != 0;
}

error_code sqlite_fetches::keep_profile(std::int64_t contact, std::string_view account, std::string_view json, std::int64_t at_ms) {
    know_.with(json, at_ms, contact, account).run();
    return changed();
}

error_code sqlite_fetches::profile_later(std::int64_t contact, std::string_view account, std::int64_t at_ms) {
    ask_later_.with(at_ms, contact, account).run();
    return changed();
}

void sqlite_fetches::erase(std::int64_t contact) {
    note_freed(erase_media_.with(contact));
    erase_profiles_.with(contact).run();
}

}  // namespace yizhan::crm
