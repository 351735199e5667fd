#include <algorithm>

#include "core/json_text.hpp"
#include "crm/sqlite.hpp"
#include "crm/sqlite_facts.hpp"
#include "crm/sqlite_outbox.hpp"
#include "crm/sqlite_ready.hpp"
#include "crm/sqlite_state.hpp"
#include "stream/feed.hpp"

namespace yizhan::crm {

sqlite_facts::sqlite_facts(const sqlite_connection& in)
    : contact_(in, "SELECT name, stage FROM contact WHERE id = ?"),
      tags_(in, "SELECT tag FROM contact_tag WHERE contact = ?"),
      held_(in, "SELECT account, control, until_ms FROM conversation WHERE contact = ? AND control <> 'rule'"),
      identities_(in, "SELECT kind, scope, id FROM identity WHERE contact = ?") {}

std::vector<person_facts> sqlite_facts::of_contact(std::int64_t contact) {
    person_facts known;
    known.contact = contact;
    if (contact_.with(contact).next()) {
        known.name = contact_.text(0);
        known.stage = contact_.text(1);
    }
    contact_.reset();
    tags_.with(contact);
    while (tags_.next()) known.tags.push_back(tags_.text(0));
    tags_.reset();
    held_.with(contact);
    while (held_.next())
        known.conversations.push_back(
            {held_.text(0), control_of(held_.text(1)).value_or(control::rule), held_.integer(2)});
    held_.reset();
    known.special = !known.name.empty() || !known.stage.empty() || !known.tags.empty() || !known.conversations.empty();

    std::vector<person_facts> all;
    identities_.with(contact);
    while (identities_.next()) {
        known.person = person_key(identities_.text(0), identities_.text(1), identities_.text(2));
        all.push_back(known);
    }
    identities_.reset();
    return all;
}

namespace {

std::string grant_query(const char* where) {
    return std::string("SELECT account, kind, party, value, at_ms, expires_ms FROM platform_grant ") + where;
}
std::string media_query(const char* where) {
    return std::string("SELECT sequence, contact, bytes, account, id, url, status, attempt, digest, type, reason FROM media ") + where;
}
std::string outbox_query(const char* where) {
    return std::string("SELECT ") + sqlite_outbox_columns + " FROM outbox o " + where;
}

class sqlite_reader final : public state_reader {
public:
    explicit sqlite_reader(const std::filesystem::path& path) : database_(path, access::read), facts_(database_) {}

    std::vector<queue_figures> queues() override {
        std::vector<queue_figures> all;
        for (queues_.with(); queues_.next();)
            all.push_back({queues_.text(0), queues_.integer(1), queues_.integer(2), queues_.integer(3)});
        queues_.reset();
        return all;
    }

    std::optional<contact> find_contact(std::int64_t id) override {
        contact found;
        found.id = id;
        const bool is_there = contact_.with(id).next();
        if (is_there) found.name = contact_.text(0), found.stage = contact_.text(1);
        contact_.reset();
        if (!is_there) return std::nullopt;
        for (identities_.with(id); identities_.next();)
            found.identities.push_back({identities_.text(0), identities_.text(1), identities_.text(2)});
        identities_.reset();
        for (tags_.with(id); tags_.next();) found.tags.push_back(tags_.text(0));
        tags_.reset();
        for (conversations_.with(id); conversations_.next();)
            found.conversations.push_back({conversations_.integer(0), conversations_.integer(3), conversations_.text(1),
                                           control_of(conversations_.text(2)).value_or(control::rule)});
        conversations_.reset();
        for (profiles_.with(id); profiles_.next();) found.profiles.push_back({profiles_.text(0), profiles_.text(1), profiles_.integer(2)});
        profiles_.reset();
        return found;
    }

    std::vector<std::int64_t> find_identity(std::string_view kind, std::string_view id) override {
        std::vector<std::int64_t> all;
        const std::string as_is = folded("", id), small = folded("userid", id);
        for (by_identity_.with(as_is, small, kind); by_identity_.next();) {
            const std::int64_t contact = by_identity_.integer(0);
            if (std::ranges::find(all, contact) == all.end()) all.push_back(contact);
        }
        by_identity_.reset();
        return all;
    }

    timeline_page timeline(std::int64_t contact, const positions& from, std::size_t limit) override {
        positions left = from;
        if (left.empty()) {
            for (newest_.with(contact); newest_.next();) left.insert(static_cast<std::uint64_t>(newest_.integer(0)));
            newest_.reset();
        }
        return back_from(std::move(left), contact, limit);
    }

    timeline_page messages(std::int64_t conversation, const positions& from, std::size_t limit) override {
        positions left = from;
        std::int64_t contact = 0;
        if (ends_.with(conversation).next()) {
            contact = ends_.integer(0);
            if (left.empty() && ends_.integer(1) != 0) left.insert(static_cast<std::uint64_t>(ends_.integer(1)));
        }
        ends_.reset();
        return back_from(std::move(left), contact, limit);
    }

    std::vector<outgoing> due_messages(std::int64_t now_ms, std::size_t count_max, std::span<const std::string> without) override {
        std::string names = "[";
        for (const std::string& each : without) names.append(names.size() > 1 ? "," : "").append(json::quoted(each));
        names += ']';
        return outgoing_of(due_messages_.with(now_ms, static_cast<std::int64_t>(count_max), names));
    }
    std::int64_t next_due_ms(std::int64_t now_ms) override {
        const std::int64_t next = next_due_.with(now_ms).next() ? next_due_.integer(0) : 0;
        next_due_.reset();
        return next;
    }
    std::vector<outgoing> open_messages() override { return outgoing_of(open_messages_.with()); }
    std::optional<outgoing> find_message(const event_id& id) override {
        std::vector<outgoing> found = outgoing_of(one_message_.with(id));
        if (found.empty()) return std::nullopt;
        return std::move(found.front());
    }
    std::optional<counterpart> find_conversation(std::int64_t id) override {
        std::optional<counterpart> found;
        if (counterpart_.with(id).next())
            found = counterpart{id, counterpart_.integer(0), counterpart_.text(1), counterpart_.text(2), counterpart_.text(3), counterpart_.text(4), {}, {}};
        counterpart_.reset();
        if (!found) return found;
        served by = served_by(grants_of(found->account));
        found->via = std::move(by.via), found->detail = std::move(by.detail);
        return found;
    }
    std::optional<std::string> cursor(std::string_view account, std::string_view place) override {
        std::optional<std::string> found;
        if (cursor_.with(account, place).next()) found = cursor_.text(0);
        cursor_.reset();
        return found;
    }
    std::vector<reply_window> open_windows(std::int64_t conversation, std::int64_t now_ms) override {
        std::vector<reply_window> all;
        for (windows_.with(conversation, now_ms); windows_.next();)
            all.push_back({static_cast<std::uint8_t>(windows_.integer(0)), windows_.integer(1), windows_.integer(2)});
        windows_.reset();
        return all;
    }

    bool has_had_task_of(std::string_view key_name, std::int64_t contact) override {
        const bool has = held_.with(contact, key_name).next();
        held_.reset();
        return has;
    }

    std::vector<held_grant> grants() override { return grants_in(grants_.with()); }
    std::vector<held_grant> grants_of(std::string_view party) override { return grants_in(lasting_.with(party)); }
    std::optional<held_grant> find_grant(std::string_view account, std::string_view kind, std::string_view party) override {
        std::vector<held_grant> found = grants_in(one_grant_.with(account, kind, party));
        if (found.empty()) return std::nullopt;
        return std::move(found.front());
    }

    std::vector<media> wanted_media(std::int64_t now_ms, std::size_t count_max) override {
        std::vector<media> all;
        for (wanted_media_.with(now_ms, static_cast<std::int64_t>(count_max)); wanted_media_.next();) all.push_back(media_in(wanted_media_));
        wanted_media_.reset();
        return all;
    }
    std::optional<media> find_media(const event_id& event) override {
        std::optional<media> found;
        if (one_media_.with(event).next()) found = media_in(one_media_);
        one_media_.reset();
        return found;
    }
    bool is_media_kept(std::string_view digest) override {
        const bool is_kept = by_digest_.with(digest).next();
        by_digest_.reset();
        return is_kept;
    }
    bool has_media_before(std::int64_t at_ms) override {
        const bool has = old_media_.with(at_ms).next();
        old_media_.reset();
        return has;
    }
    std::vector<wanted_profile> wanted_profiles(std::int64_t now_ms, std::size_t count_max) override {
        std::vector<wanted_profile> all;
        for (wanted_profiles_.with(now_ms, static_cast<std::int64_t>(count_max)); wanted_profiles_.next();)
            all.push_back({wanted_profiles_.integer(0), wanted_profiles_.text(1), wanted_profiles_.text(2), wanted_profiles_.text(3),
                           static_cast<std::int32_t>(wanted_profiles_.integer(4))});
        wanted_profiles_.reset();
        return all;
    }
    std::int64_t next_fetch_ms(std::int64_t now_ms) override {
        const std::int64_t next = next_fetch_.with(now_ms).next() ? next_fetch_.integer(0) : 0;
        next_fetch_.reset();
        return next;
    }

    bool has_ready(std::string_view queue, std::int64_t now_ms) override {
        const bool has = ready_.with(queue, now_ms, 1).next();
        ready_.reset();
        return has;
    }

    std::int64_t count_dead_letters() override {
        dead_.with().next();
        const std::int64_t count = dead_.integer(0);
        dead_.reset();
        return count;
    }

    std::vector<dead_letter> dead_letters(std::size_t count_max) override {
        std::vector<dead_letter> all;
        for (dead_tasks_.with(0, static_cast<std::int64_t>(count_max)); dead_tasks_.next();) all.push_back(dead_task());
        dead_tasks_.reset();
        for (dead_records_.with(0, static_cast<std::int64_t>(count_max)); dead_records_.next();) all.push_back(dead_record());
        dead_records_.reset();
        std::ranges::stable_sort(all, {}, &dead_letter::at_ms);
        if (all.size() > count_max) all.resize(count_max);
        return all;
    }

    std::optional<dead_letter> find_dead_letter(letter_kind kind, std::int64_t id) override {
        sqlite_statement& row = kind == letter_kind::task ? dead_tasks_ : dead_records_;
        std::optional<dead_letter> found;
        if (row.with(id, 1).next()) found = kind == letter_kind::task ? dead_task() : dead_record();
        row.reset();
        return found;
    }

    std::optional<person_facts> facts_of(std::string_view person, std::int64_t budget_at_ms) override {
        const std::size_t first = person.find('\0'), second = person.find('\0', first + 1);
        const std::string_view kind = person.substr(0, first), scope = person.substr(first + 1, second - first - 1),
                               id = person.substr(second + 1);
        const bool is_there = one_identity_.with(id, kind, scope).next();
        const std::int64_t contact = is_there ? one_identity_.integer(0) : 0;
        one_identity_.reset();
        if (!is_there) return std::nullopt;
        for (person_facts& each : facts_.of_contact(contact)) {
            if (each.person != person) continue;
            if (budget_at_ms != 0) {
                for (open_in_.with(contact, budget_at_ms); open_in_.next();) each.open_in.push_back(open_in_.text(0));
                open_in_.reset();
            }
            return std::move(each);
        }
        return std::nullopt;
    }

    std::vector<person_facts> special_facts(std::size_t count_max) override {
        std::vector<std::int64_t> contacts;
        for (special_.with(static_cast<std::int64_t>(count_max)); special_.next();) contacts.push_back(special_.integer(0));
        special_.reset();
        std::vector<person_facts> all;
        for (const std::int64_t contact : contacts)
            for (person_facts& each : facts_.of_contact(contact)) all.push_back(std::move(each));
        return all;
    }

private:
    static std::vector<held_grant> grants_in(sqlite_statement& rows) {
        std::vector<held_grant> all;
        while (rows.next()) all.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.integer(4), rows.integer(5)});
        rows.reset();
        return all;
    }
    static media media_in(const sqlite_statement& row) {
        media made;
        made.sequence = row.integer(0), made.contact = row.integer(1), made.bytes = row.integer(2);
        made.account = row.text(3), made.id = row.text(4), made.url = row.text(5);
        made.status = static_cast<media_status>(row.integer(6));
        made.attempt = static_cast<std::int32_t>(row.integer(7));
        made.digest = row.text(8), made.type = row.text(9), made.reason = row.text(10);
        return made;
    }

    timeline_page back_from(positions left, std::int64_t contact, std::size_t limit) {
        std::string begin = "[";
        for (const std::uint64_t each : left) begin.append(begin.size() > 1 ? "," : "").append(std::to_string(each));
        begin += ']';
        timeline_page page;
        for (timeline_.with(contact, begin, static_cast<std::int64_t>(limit)); timeline_.next();) {
            left.erase(static_cast<std::uint64_t>(timeline_.integer(0)));
            if (const std::int64_t before = timeline_.integer(1)) left.insert(static_cast<std::uint64_t>(before));
            page.events.push_back(timeline_.text(2));
        }
        timeline_.reset();
        if (page.events.size() == limit) page.next = std::move(left);
        return page;
    }

    static std::vector<outgoing> outgoing_of(sqlite_statement& rows) {
        std::vector<outgoing> all;
        while (rows.next()) all.push_back(outgoing_in(rows));
        rows.reset();
        return all;
    }

    dead_letter dead_task() const {
        dead_letter made;
        made.kind = letter_kind::task;
        made.id = dead_tasks_.integer(0);
        made.attempt = static_cast<std::int32_t>(dead_tasks_.integer(1));
        made.at_ms = dead_tasks_.integer(2);
        made.contact = dead_tasks_.integer(3);
        made.queue = dead_tasks_.text(4);
        made.reason = dead_tasks_.text(5);
        if (std::string json = dead_tasks_.text(6); !json.empty()) made.events.push_back(std::move(json));
        return made;
    }

    dead_letter dead_record() const {
        dead_letter made;
        made.kind = letter_kind::record;
        made.id = dead_records_.integer(0);
        made.attempt = static_cast<std::int32_t>(dead_records_.integer(1));
        made.at_ms = dead_records_.integer(2) / 1000;
        made.reason = dead_records_.text(3);
        const std::string payload = dead_records_.text(4);
        const auto kept = stream::kept_of(payload);
        auto sequence = static_cast<std::uint64_t>(made.id);
        if (kept)
            for (const stream::effects& each : kept->events)
                stream::append_event(made.events.emplace_back(), each, sequence++, dead_records_.integer(2));
        return made;
    }

    sqlite_connection database_;
    sqlite_facts facts_;
    sqlite_statement ready_{database_, sqlite_ready};
    sqlite_statement cursor_{database_, "SELECT cursor FROM pull_cursor WHERE account = ? AND place = ?"};
    sqlite_statement ends_{database_, "SELECT contact, last_event FROM conversation WHERE id = ?"};
    sqlite_statement due_messages_{database_, outbox_query(
        "WHERE status = 0 AND status < 2 AND available_ms <= ?1 AND account NOT IN (SELECT value FROM json_each(?3)) AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.status < 2"
        " AND b.conversation = o.conversation AND b.sequence < o.sequence) ORDER BY sequence LIMIT ?2").c_str()};
    sqlite_statement next_due_{database_, "SELECT min(available_ms) FROM outbox WHERE status = 0 AND status < 2 AND available_ms > ?"};
    sqlite_statement open_messages_{database_, outbox_query("WHERE status < 2 ORDER BY sequence").c_str()};
    sqlite_statement one_message_{database_, outbox_query("WHERE id = ?").c_str()};
    // A person may be known by several names; the account's own comes first.
    sqlite_statement counterpart_{database_,
        "SELECT v.contact, v.account, i.kind, i.scope, i.id FROM conversation v JOIN identity i ON i.contact = v.contact AND i.kind <> 'unionid'"
        " WHERE v.id = ? ORDER BY i.account <> v.account LIMIT 1"};
    sqlite_statement windows_{database_,
        "SELECT what, until_ms, left FROM reply_window WHERE conversation = ? AND until_ms > ? AND left <> 0 ORDER BY until_ms"};
    sqlite_statement open_in_{database_,
        "SELECT DISTINCT v.account FROM conversation v JOIN reply_window w ON w.conversation = v.id"
        " WHERE v.contact = ? AND w.until_ms > ? AND w.left <> 0"};
    // ?1: of this number, 0: any.
    sqlite_statement dead_tasks_{database_,
        "SELECT t.id, t.attempt, t.enqueued_ms, t.contact, t.queue, t.reason, e.json FROM task t"
        " LEFT JOIN event e ON e.sequence = t.sequence WHERE t.status = 3 AND (?1 = 0 OR t.id = ?1) ORDER BY t.id LIMIT ?2"};
    sqlite_statement dead_records_{database_,
        "SELECT sequence, attempt, recorded_us, reason, payload FROM aside"
        " WHERE status = 2 AND (?1 = 0 OR sequence = ?1) ORDER BY sequence LIMIT ?2"};
    sqlite_statement grants_{database_, grant_query("ORDER BY account, kind, party, at_ms").c_str()};
    sqlite_statement one_grant_{database_, grant_query("WHERE account = ? AND kind = ? AND party = ? ORDER BY at_ms DESC LIMIT 1").c_str()};
    sqlite_statement lasting_{database_, grant_query("WHERE party = ? AND kind IN ('refresh_token', 'permanent_code', 'agent_id')").c_str()};
    sqlite_statement profiles_{database_, "SELECT account, json, at_ms FROM profile WHERE contact = ? AND json <> '' ORDER BY account"};
    sqlite_statement wanted_media_{database_, media_query("WHERE status = 0 AND available_ms <= ? ORDER BY available_ms, sequence LIMIT ?").c_str()};
    sqlite_statement one_media_{database_, media_query("WHERE event = ?").c_str()};
    sqlite_statement by_digest_{database_, "SELECT 1 FROM media WHERE digest = ?1 AND digest <> '' LIMIT 1"};
    sqlite_statement old_media_{database_, "SELECT 1 FROM media WHERE at_ms < ? LIMIT 1"};
    sqlite_statement wanted_profiles_{database_,
        "SELECT contact, account, kind, id, attempt FROM profile WHERE status = 0 AND available_ms <= ? ORDER BY available_ms LIMIT ?"};
    sqlite_statement next_fetch_{database_,
        "SELECT min(at) FROM (SELECT min(available_ms) AS at FROM media WHERE status = 0 AND available_ms > ?1"
        " UNION ALL SELECT min(available_ms) FROM profile WHERE status = 0 AND available_ms > ?1)"};
    sqlite_statement queues_{database_,
        "SELECT g.queue, g.pending, g.claimed, t.enqueued_ms FROM"
        " (SELECT queue, sum(pending) AS pending, sum(claimed) AS claimed, min(first) AS first FROM"
        "  (SELECT queue, count(*) AS pending, 0 AS claimed, min(id) AS first FROM task WHERE status = 0 OR status = 4 GROUP BY queue"
        "  UNION ALL SELECT queue, 0, count(*), min(id) FROM task WHERE status = 1 GROUP BY queue) GROUP BY queue) g"
        " JOIN task t ON t.id = g.first ORDER BY g.queue"};
    sqlite_statement contact_{database_, "SELECT name, stage FROM contact WHERE id = ?"};
    sqlite_statement identities_{database_, "SELECT kind, id, account FROM identity WHERE contact = ?"};
    sqlite_statement tags_{database_, "SELECT tag FROM contact_tag WHERE contact = ?"};
    sqlite_statement conversations_{database_,
        "SELECT id, account, control, last_ms FROM conversation WHERE contact = ? ORDER BY id"};
    sqlite_statement by_identity_{database_,
        "SELECT contact FROM identity WHERE ((kind = 'userid' AND folded = ?2) OR (kind <> 'userid' AND folded = ?1))"
        " AND folded IN (?1, ?2) AND (?3 = '' OR kind = ?3)"};
    sqlite_statement one_identity_{database_, "SELECT contact FROM identity WHERE folded = ? AND kind = ? AND scope = ?"};
    // The newest of each conversation, and of what was told outside one.
    sqlite_statement newest_{database_,
        "SELECT last_event FROM conversation WHERE contact = ?1 AND last_event <> 0 UNION ALL"
        " SELECT * FROM (SELECT max(sequence) AS newest FROM event WHERE contact = ?1 AND contact <> 0 AND conversation = 0)"
        " WHERE newest IS NOT NULL"};
    // Several threads, the newest of all of them first.
    sqlite_statement timeline_{database_,
        "WITH RECURSIVE back(sequence, previous, json) AS ("
        " SELECT sequence, previous, json FROM event WHERE contact = ?1 AND sequence IN (SELECT value FROM json_each(?2))"
        " UNION ALL SELECT e.sequence, e.previous, e.json FROM back JOIN event e ON e.sequence = back.previous"
        " ORDER BY 1 DESC LIMIT ?3) SELECT sequence, previous, json FROM back"};
    sqlite_statement held_{database_, "SELECT 1 FROM task WHERE contact = ? AND key_name = ? AND key_name <> '' LIMIT 1"};
    sqlite_statement dead_{database_, "SELECT (SELECT count(*) FROM task WHERE status = 3) + (SELECT count(*) FROM aside WHERE status = 2)"};
    sqlite_statement special_{database_,
        "SELECT id FROM contact WHERE name <> '' OR stage <> '' OR id IN (SELECT contact FROM contact_tag)"
        " OR id IN (SELECT contact FROM conversation WHERE control <> 'rule') ORDER BY id DESC LIMIT ?"};
};

}  // namespace

std::unique_ptr<state_reader> open_sqlite_reader(const std::filesystem::path& path) {
    return std::make_unique<sqlite_reader>(path);
}

}  // namespace yizhan::crm
