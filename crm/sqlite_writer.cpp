#include <algorithm>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "crm/sqlite.hpp"
#include "crm/sqlite_aside.hpp"
#include "crm/sqlite_conversations.hpp"
#include "crm/sqlite_facts.hpp"
#include "crm/sqlite_fetches.hpp"
#include "crm/sqlite_outbox.hpp"
#include "crm/sqlite_schema.hpp"
#include "crm/sqlite_state.hpp"
#include "crm/sqlite_tasks.hpp"
#include "stream/feed.hpp"

namespace yizhan::crm {
namespace {

constexpr std::size_t people_cached_max = 100000;
// 转发到客服: after half an hour without the platform's agent, messages come to us again.
constexpr std::int64_t platform_desk_ms = 30 * 60 * 1000;
// How long a record that was refused rests before it is tried again, by the attempts so far.
constexpr std::int64_t rest_ms[] = {0, 500, 1000, 2000, 4000};
static_assert(std::size(rest_ms) == attempts_max);
constexpr std::size_t tried_at_once_max = 50;

std::string joined(const std::vector<std::string_view>& list) {
    std::string out;
    for (const std::string_view each : list) out.append(out.empty() ? "" : "\n").append(each);
    return out;
}

class sqlite_writer final : public state_writer {
public:
    explicit sqlite_writer(const std::filesystem::path& path) : database_(path, access::write) {
        bring_up_to_date();
        prepared_.emplace(database_);
        conversations_.emplace(database_);
        tasks_.emplace(database_, *conversations_);
        outbox_.emplace(database_);
        fetches_.emplace(database_);
        aside_.emplace(database_);
        auto& row = prepared_->applied.with();
        if (row.next()) applied_ = committed_ = static_cast<std::uint64_t>(row.integer(0));
        row.reset();
    }

    std::uint64_t applied() const override { return committed_; }

    void begin() override {
        database_.run("BEGIN IMMEDIATE");
        touched_.clear();
        gone_.clear();
    }

    std::vector<person_facts> commit() override {
        conversations_->flush();
        if (applied_ != committed_) prepared_->set_applied.with(applied_).run();
        std::vector<person_facts> changed;
        // Whoever was erased may have been met again since.
        for (std::string& person : gone_) changed.emplace_back().person = std::move(person);
        for (const std::int64_t contact : touched_)
            for (person_facts& each : prepared_->facts.of_contact(contact)) changed.push_back(std::move(each));
        database_.run("COMMIT");
        committed_ = applied_;
        return changed;
    }

    void roll_back() override {
        try_rollback();
        applied_ = committed_;
        forget_people();
        tasks_->forget_woken();
        aside_->forget();
    }

    void pass(std::uint64_t sequence) override { applied_ = std::max(applied_, sequence); }

    void apply(const stream::record& from, const stream::kept_callback& what) override {
        if (aside_->holds_up(what))
            aside_->add(from, sqlite_aside::status::behind, 0, 0, "behind an earlier record of the same person");
        else
            apply_now(from, what);
        pass(from.last());
    }

    void set_aside(const stream::record& what, const std::string& reason, aside how) override {
        const bool is_dead = how == aside::for_good;
        aside_->add(what, is_dead ? sqlite_aside::status::dead : sqlite_aside::status::next, 1,
                    what.time_us / 1000 + rest_ms[1], reason);
    }

    std::vector<task> claim(const claim_request& what, std::int64_t now_ms) override {
        std::vector<task> taken = tasks_->claim(what, now_ms);
        for (const task& each : taken) hold(each.conversation, control::agent, 0);
        return taken;
    }

    error_code acknowledge(std::int64_t task, std::int32_t attempt) override {
        const auto claim = tasks_->claimed(task, attempt);
        if (!claim) return claim.error();
        tasks_->complete(task, *claim);
        release(*claim);
        return {};
    }

    error_code give_back(std::int64_t task, std::int32_t attempt, std::int64_t delay_ms, std::int64_t now_ms,
                         std::string_view reason) override {
        const auto claim = tasks_->claimed(task, attempt);
        if (!claim) return claim.error();
        tasks_->return_or_bury(task, *claim, now_ms + delay_ms, reason.empty() ? "given back" : reason);
        release(*claim);
        return {};
    }

    void unclaim(std::int64_t task, std::int32_t attempt) override {
        const auto claim = tasks_->claimed(task, attempt);
        if (!claim) return;
        tasks_->unclaim(task, *claim);
        release(*claim);
    }

    error_code extend(std::int64_t task, std::int32_t attempt, std::int64_t ack_wait_ms, std::int64_t now_ms) override {
        const auto claim = tasks_->claimed(task, attempt);
        if (!claim) return claim.error();
        tasks_->lengthen(task, now_ms + ack_wait_ms);
        return {};
    }

    bool due(std::int64_t now_ms) override {
        if (aside_->is_due(now_ms)) return true;
        auto& row = prepared_->due.with(now_ms);
        const bool is_due = row.next() && row.integer(0) != 0;
        row.reset();
        return is_due;
    }

    void expire(std::int64_t now_ms, trying how) override {
        for (const std::int64_t task : tasks_->late(now_ms)) {
            const auto claim = tasks_->claimed(task, 0);
            if (!claim) continue;
            tasks_->return_or_bury(task, *claim, 0, "not acknowledged in time");
            release(*claim);
        }
        std::vector<std::int64_t> lapsed;
        auto& over = prepared_->lapsed.with(now_ms);
        while (over.next()) lapsed.push_back(over.integer(0));
        over.reset();
        for (const std::int64_t conversation : lapsed) give_back_control(conversation);
        prepared_->forget_grants.with(now_ms).run();
        for (std::size_t tried = 0; tried < (how == trying::allowed ? tried_at_once_max : 1); ++tried) {
            const auto next = aside_->next(now_ms);
            if (!next) break;
            try_again(*next, now_ms, how);
        }
    }

    error_code retry_dead_letter(letter_kind kind, std::int64_t id, std::int64_t now_ms) override {
        if (kind == letter_kind::record) {
            const auto sequence = static_cast<std::uint64_t>(id);
            if (aside_->status_of(sequence) != sqlite_aside::status::dead) return errc::not_found;
            aside_->change(sequence, sqlite_aside::status::next, 0, now_ms, "to be tried again, as somebody asked");
            return {};
        }
        if (!tasks_->is_dead(id)) return errc::not_found;
        tasks_->revive(id, now_ms);
        return {};
    }

    error_code drop_dead_letter(letter_kind kind, std::int64_t id) override {
        if (kind == letter_kind::record) {
            const auto sequence = static_cast<std::uint64_t>(id);
            if (aside_->status_of(sequence) != sqlite_aside::status::dead) return errc::not_found;
            aside_->remove(sequence);
            return {};
        }
        if (!tasks_->is_dead(id)) return errc::not_found;
        tasks_->drop(id);
        return {};
    }

    error_code erase_contact(std::int64_t contact) override {
        const std::size_t others_gone = gone_.size();
        note_gone(contact);
        aside_->erase({gone_.begin() + static_cast<std::ptrdiff_t>(others_gone), gone_.end()});
        prepared_->erase_contact.with(contact).run();
        if (database_.changes() == 0) return errc::not_found;
        conversations_->flush();  // Their threads are followed.
        tasks_->erase(contact);
        outbox_->erase(contact);
        fetches_->erase(contact);
        for (sqlite_statement* each : {&prepared_->erase_identities, &prepared_->erase_tags, &prepared_->erase_events,
                                       &prepared_->erase_windows, &prepared_->erase_conversations})
            each->with(contact).run();
        forget_people();
        return {};
    }

    error_code begin_sending(std::int64_t sequence) override { return outbox_->begin(sequence); }
    error_code send_later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason, bool doubtful) override {
        return outbox_->later(sequence, at_ms, reason, doubtful);
    }

    std::vector<std::string> woken_queues() override { return tasks_->woken_queues(); }
    void move_cursor(std::string_view account, std::string_view place, std::string_view cursor) override {
        prepared_->set_cursor.with(account, place, cursor).run();
    }
    errands take_errands() override { return {outbox_->has_woken(), std::exchange(has_new_code_, false), fetches_->has_woken(), fetches_->take_freed()}; }

    error_code keep_grant(const held_grant& what) override {
        auto& newer = prepared_->newer_or_revoked.with(what.account, what.party, what.at_ms, what.kind);
        const bool is_late = newer.next();
        newer.reset();
        if (is_late) return errc::conflict;
        prepared_->replace_grants.with(what.account, what.kind, what.party).run();
        prepared_->replace_grants.with(what.account, "revoked", what.party).run();
        prepared_->add_grant.with(what.account, what.kind, what.party, what.value, what.at_ms, what.expires_ms).run();
        return {};
    }
    error_code renew_grant(const held_grant& what, std::string_view instead_of) override {
        prepared_->renew_grant.with(what.value, what.account, what.kind, what.party, instead_of).run();
        return database_.changes() ? error_code() : errc::conflict;
    }
    void drop_grant(std::string_view account, std::string_view kind, std::string_view value) override {
        prepared_->drop_grant.with(account, kind, value).run();
    }

    error_code keep_media(std::int64_t sequence, std::string_view digest, std::string_view type, std::int64_t bytes) override {
        return fetches_->keep_media(sequence, digest, type, bytes);
    }
    error_code fetch_media_later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason) override {
        return fetches_->media_later(sequence, at_ms, reason);
    }
    error_code give_media_up(std::int64_t sequence, std::string_view reason) override {
        return fetches_->give_media_up(sequence, reason);
    }
    void forget_media(std::int64_t before_ms) override { fetches_->forget_media(before_ms); }

    error_code keep_profile(std::int64_t contact, std::string_view account, std::string_view name, std::string_view unionid,
                            std::string_view json, std::int64_t at_ms) override {
        if (const error_code failed = fetches_->keep_profile(contact, account, json, at_ms)) return failed;
        if (!name.empty()) {
            prepared_->set_name.with(name, contact).run();
            if (database_.changes()) touched_.insert(contact);
        }
        // Whoever has it already keeps it: who is the same person is not decided here.
        if (!unionid.empty()) prepared_->add_union.with(folded("unionid", unionid), unionid, account, contact).run();
        return {};
    }
    error_code ask_profile_later(std::int64_t contact, std::string_view account, std::int64_t at_ms) override {
        return fetches_->profile_later(contact, account, at_ms);
    }

private:
    struct person {
        std::int64_t contact = 0, conversation = 0;
    };

    void forget_people() {
        people_.clear();
        conversations_->forget();
    }

    void bring_up_to_date() {
        sqlite_statement version(database_, "PRAGMA user_version");
        const auto done = static_cast<std::size_t>(version.next() ? version.integer(0) : 0);
        version.reset();
        for (std::size_t step = done; step < std::size(sqlite_schema); ++step) {
            database_.run("BEGIN IMMEDIATE");
            database_.run(sqlite_schema[step]);
            database_.run(("PRAGMA user_version = " + std::to_string(step + 1)).c_str());
            database_.run("COMMIT");
        }
    }

    void apply_now(const stream::record& from, const stream::kept_callback& what) {
        std::uint64_t sequence = from.sequence;
        for (const stream::effects& each : what.events) apply_one(sequence++, from.time_us, what, each);
    }

    /// Whether the record was taken; otherwise nothing of it was.
    std::optional<std::string> refusal_of(const sqlite_aside::kept_record& what) {
        conversations_->flush();
        database_.run("SAVEPOINT trial");
        try {
            const auto kept = stream::kept_of(what.payload);
            if (!kept) throw state_refuses("it cannot be read");
            apply_now(what.as_record(), *kept);
            database_.run("RELEASE trial");
            return std::nullopt;
        } catch (const state_refuses& why) {
            database_.run("ROLLBACK TO trial");
            database_.run("RELEASE trial");
            forget_people();  // Whoever was met in it was not.
            return why.what();
        }
    }

    /// One attempt with a record that is set aside. When that is the end of it, whoever waits next is tried next: in an
    /// attempt of their own, so that the blame stays with the one that deserves it.
    void try_again(const sqlite_aside::kept_record& what, std::int64_t now_ms, trying how) {
        const auto refusal = how == trying::blamed ? std::optional<std::string>("the process ended while this was applied")
                                                   : refusal_of(what);
        const std::int32_t attempt = what.attempt + 1;
        if (refusal && how != trying::blamed && attempt < attempts_max) {
            aside_->change(what.sequence, sqlite_aside::status::next, attempt, now_ms + rest_ms[attempt], *refusal);
            return;
        }
        if (refusal)
            aside_->change(what.sequence, sqlite_aside::status::dead, attempt, 0, *refusal);
        else
            aside_->remove(what.sequence);
        aside_->promote(now_ms);
    }

    void apply_one(std::uint64_t sequence, std::int64_t recorded_us, const stream::kept_callback& what,
                   const stream::effects& each) {
        if (is_known(each)) return;  // Beyond what the door remembers.
        json_.clear();
        stream::append_event(json_, each, sequence, recorded_us);
        person who;
        if (!each.person_id.empty() && each.only_named) who.contact = contact_of(each);
        else if (!each.person_id.empty()) who = meet(each, what.account, recorded_us / 1000);
        const std::int64_t before = who.conversation ? conversations_->of(who.conversation).last_event : last_told_of(who.contact);
        prepared_->add_event.with(sequence, each.at_ms / 1000, each.id, who.contact, who.conversation, json_, before).run();

        if (!each.granted.kind.empty()) note_grant(what.via.empty() ? what.account : what.via, each);
        if (who.contact && (!each.media.id.empty() || !each.media.url.empty())) fetches_->want_media(sequence, each, what.account, who.contact);
        if (who.contact && each.wants_profile) fetches_->want_profile(each, what.account, who.contact, recorded_us / 1000);
        if (each.delivered.status != stream::delivery_status::pending) {
            outbox_->note(each.delivered);
            const std::int64_t back = outbox_->ends_handover(each.delivered);
            if (back) give_back_control(back);
        }
        if (who.conversation && each.closes) outbox_->close(who.conversation);
        if (who.conversation && each.opens.what != 0) outbox_->open(who.conversation, each.opens);
        if (who.conversation && !each.outgoing.empty()) outbox_->add(sequence, each, what.account, who.contact, who.conversation);
        if (who.conversation) {
            sqlite_conversations::ends& ends = conversations_->change(who.conversation);
            ends.last_event = static_cast<std::int64_t>(sequence);
            ends.last_ms = std::max(ends.last_ms, recorded_us / 1000);
        }
        if (who.contact && !each.stage.empty()) {
            prepared_->set_stage.with(each.stage, who.contact).run();
            touched_.insert(who.contact);
        }
        for (const std::string_view tag : each.tags) {
            if (!who.contact) break;
            prepared_->add_tag.with(who.contact, tag).run();
            if (database_.changes()) touched_.insert(who.contact);
        }
        if (each.to_platform_desk && who.conversation)
            hold(who.conversation, control::platform, recorded_us / 1000 + platform_desk_ms);
        if (each.from_platform_desk && who.conversation) give_back_control(who.conversation);
        if (each.queue.empty() || each.drop) return;
        const std::string skills = joined(each.skills);
        tasks_->add({each.queue, skills, each.priority, who.contact, who.conversation, recorded_us / 1000, sequence});
    }

    void note_grant(std::string_view account, const stream::effects& from) {
        const stream::granted_secret& given = from.granted;
        if (given.kind == "revoked") {
            prepared_->revoke_grants.with(account, given.party, from.at_ms).run();
            // What is exchanged only now, for a code from before, is worth nothing.
            prepared_->add_grant.with(account, given.kind, given.party, "", from.at_ms, 0).run();
            return;
        }
        if (given.kind == "agent_id") {  // It comes with every message, and is mostly known.
            auto& same = prepared_->has_grant.with(account, given.kind, given.party, given.value);
            const bool is_same = same.next();
            same.reset();
            if (is_same) return;
        }
        has_new_code_ |= given.kind == "auth_code" || given.kind == "ticket";
        // Of tickets the newest counts, in whatever order they come; each code is good by itself.
        if (given.kind != "auth_code") {
            auto& newer = prepared_->newer_grant.with(account, given.kind, given.party, from.at_ms);
            const bool is_late = newer.next();
            newer.reset();
            if (is_late) return;
            prepared_->replace_grants.with(account, given.kind, given.party).run();
        }
        prepared_->add_grant.with(account, given.kind, given.party, given.value, from.at_ms, given.expires_at_ms).run();
    }

    bool is_known(const stream::effects& what) {
        const bool known = prepared_->find_event.with(what.at_ms / 1000, what.id).next();
        prepared_->find_event.reset();
        return known;
    }

    /// The newest of what was told of somebody outside a conversation; 0: nothing was.
    std::int64_t last_told_of(std::int64_t contact) {
        if (contact == 0) return 0;
        auto& row = prepared_->last_told.with(contact);
        const std::int64_t last = row.next() ? row.integer(0) : 0;
        row.reset();
        return last;
    }

    /// Who is meant, if they are known; 0: they are not.
    std::int64_t contact_of(const stream::effects& from) {
        const std::string small = folded(from.person_kind, from.person_id);
        auto& row = prepared_->find_identity.with(small, from.person_kind, from.person_scope);
        const std::int64_t contact = row.next() ? row.integer(0) : 0;
        row.reset();
        return contact;
    }

    /// The contact and conversation of whoever sent this; made when they are new.
    person meet(const stream::effects& from, std::string_view account, std::int64_t now_ms) {
        std::string key = person_key(from.person_kind, from.person_scope, from.person_id);
        key.append("\0", 1).append(account);
        if (const auto known = people_.find(key); known != people_.end()) return known->second;

        person who;
        who.contact = contact_of(from);
        if (who.contact == 0) {
            const std::string small = folded(from.person_kind, from.person_id);
            prepared_->add_contact.with(now_ms).run();
            who.contact = database_.last_row();
            prepared_->add_identity
                .with(small, from.person_kind, from.person_scope, from.person_id, account, who.contact)
                .run();
        }
        auto& found = prepared_->find_conversation.with(who.contact, account);
        if (found.next()) who.conversation = found.integer(0);
        found.reset();
        if (who.conversation == 0) {
            prepared_->add_conversation.with(who.contact, account, now_ms).run();
            who.conversation = database_.last_row();
        }
        if (people_.size() >= people_cached_max) people_.clear();
        return people_[key] = who;
    }

    void hold(std::int64_t conversation, control who, std::int64_t until_ms) {
        if (conversation == 0) return;
        prepared_->set_control.with(name_of(who), until_ms, conversation, name_of(who), until_ms).run();
        if (database_.changes() == 0) return;
        auto& row = prepared_->contact_of.with(conversation);
        if (row.next()) touched_.insert(row.integer(0));
        row.reset();
    }

    /// To the agent who has a task of the conversation, or else to the rules.
    void give_back_control(std::int64_t conversation) {
        hold(conversation, tasks_->is_claimed(conversation) ? control::agent : control::rule, 0);
    }

    /// Control goes back to the rules when nobody has a task of the conversation any more.
    void release(const sqlite_tasks::held& claim) {
        if (claim.conversation == 0) return tasks_->wake(claim.queue);
        if (!tasks_->is_claimed(claim.conversation)) hold(claim.conversation, control::rule, 0);
        // The conversation's next task may go now.
        for (const std::string& each : tasks_->open_queues(claim.conversation)) tasks_->wake(each);
    }

    void note_gone(std::int64_t contact) {
        auto& row = prepared_->identities_of.with(contact);
        while (row.next()) gone_.push_back(person_key(row.text(0), row.text(1), row.text(2)));
        row.reset();
    }

    void try_rollback() {
        try {
            database_.run("ROLLBACK");
        } catch (const std::runtime_error&) {
            // There was no transaction left: SQLite had rolled back by itself.
        }
    }

    struct statements {
        explicit statements(const sqlite_connection& in) : facts(in), in_(in) {}
        sqlite_facts facts;
        const sqlite_connection& in_;
        sqlite_statement applied{in_, "SELECT value FROM meta WHERE key = 'applied'"};
        sqlite_statement set_applied{in_, "INSERT INTO meta VALUES('applied', ?1) ON CONFLICT(key) DO UPDATE SET value = ?1"};
        sqlite_statement find_identity{in_, "SELECT contact FROM identity WHERE folded = ? AND kind = ? AND scope = ?"};
        sqlite_statement add_contact{in_, "INSERT INTO contact(created_ms) VALUES(?)"};
        sqlite_statement add_identity{in_, "INSERT INTO identity(folded, kind, scope, id, account, contact) VALUES(?,?,?,?,?,?)"};
        sqlite_statement find_conversation{in_, "SELECT id FROM conversation WHERE contact = ? AND account = ?"};
        sqlite_statement add_conversation{in_, "INSERT INTO conversation(contact, account, last_ms) VALUES(?,?,?)"};
        sqlite_statement contact_of{in_, "SELECT contact FROM conversation WHERE id = ?"};
        sqlite_statement find_event{in_, "SELECT 1 FROM event WHERE at_s = ? AND id = ?"};
        sqlite_statement add_event{in_, "INSERT INTO event(sequence, at_s, id, contact, conversation, json, previous) VALUES(?,?,?,?,?,?,?)"};
        sqlite_statement set_cursor{in_, "INSERT INTO pull_cursor VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET cursor = ?3"};
        sqlite_statement last_told{in_, "SELECT max(sequence) FROM event WHERE contact = ? AND contact <> 0 AND conversation = 0"};
        sqlite_statement set_stage{in_, "UPDATE contact SET stage = ? WHERE id = ?"};
        sqlite_statement add_tag{in_, "INSERT OR IGNORE INTO contact_tag VALUES(?,?)"};
        sqlite_statement set_control{in_, "UPDATE conversation SET control = ?, until_ms = ? WHERE id = ? AND (control <> ? OR until_ms <> ?)"};
        sqlite_statement due{in_,
            "SELECT EXISTS(SELECT 1 FROM task WHERE status = 1 AND until_ms <= ?1)"
            " OR EXISTS(SELECT 1 FROM conversation WHERE control <> 'rule' AND until_ms <> 0 AND until_ms <= ?1)"
            " OR EXISTS(SELECT 1 FROM platform_grant WHERE expires_ms <> 0 AND expires_ms < ?1)"};
        sqlite_statement add_grant{in_, "INSERT OR REPLACE INTO platform_grant VALUES(?,?,?,?,?,?)"};
        sqlite_statement newer_grant{in_, "SELECT 1 FROM platform_grant WHERE account = ? AND kind = ? AND party = ? AND at_ms > ?"};
        sqlite_statement replace_grants{in_, "DELETE FROM platform_grant WHERE account = ? AND kind = ? AND party = ?"};
        sqlite_statement renew_grant{in_, "UPDATE platform_grant SET value = ? WHERE account = ? AND kind = ? AND party = ? AND value = ?"};
        sqlite_statement newer_or_revoked{in_,
            "SELECT 1 FROM platform_grant WHERE account = ?1 AND party = ?2 AND ((kind = 'revoked' AND at_ms >= ?3) OR (kind = ?4 AND at_ms > ?3))"};
        sqlite_statement has_grant{in_, "SELECT 1 FROM platform_grant WHERE account = ? AND kind = ? AND party = ? AND value = ?"};
        sqlite_statement drop_grant{in_, "DELETE FROM platform_grant WHERE account = ? AND kind = ? AND value = ?"};
        sqlite_statement set_name{in_, "UPDATE contact SET name = ?1 WHERE id = ?2 AND name <> ?1"};
        sqlite_statement add_union{in_, "INSERT OR IGNORE INTO identity(folded, kind, scope, id, account, contact) VALUES(?,'unionid','',?,?,?)"};
        sqlite_statement revoke_grants{in_, "DELETE FROM platform_grant WHERE account = ? AND party = ? AND kind <> 'ticket' AND at_ms <= ?"};
        sqlite_statement forget_grants{in_, "DELETE FROM platform_grant WHERE expires_ms <> 0 AND expires_ms < ?"};
        sqlite_statement lapsed{in_, "SELECT id FROM conversation WHERE control <> 'rule' AND until_ms <> 0 AND until_ms <= ? LIMIT 500"};
        sqlite_statement identities_of{in_, "SELECT kind, scope, id FROM identity WHERE contact = ?"};
        sqlite_statement erase_contact{in_, "DELETE FROM contact WHERE id = ?"};
        sqlite_statement erase_identities{in_, "DELETE FROM identity WHERE contact = ?"};
        sqlite_statement erase_tags{in_, "DELETE FROM contact_tag WHERE contact = ?"};
        // The id stays: what was handled once must not be handled again because somebody was forgotten.
        sqlite_statement erase_events{in_,
            "WITH RECURSIVE theirs(sequence) AS (SELECT last_event FROM conversation WHERE contact = ?1"
            " UNION SELECT sequence FROM event WHERE contact = ?1 AND contact <> 0 AND conversation = 0"
            " UNION SELECT e.previous FROM theirs t JOIN event e ON e.sequence = t.sequence)"
            " UPDATE event SET contact = 0, conversation = 0, previous = 0, json = '' WHERE sequence IN theirs"};
        sqlite_statement erase_windows{in_, "DELETE FROM reply_window WHERE conversation IN (SELECT id FROM conversation WHERE contact = ?)"};
        sqlite_statement erase_conversations{in_, "DELETE FROM conversation WHERE contact = ?"};
    };

    sqlite_connection database_;
    std::optional<statements> prepared_;
    std::optional<sqlite_conversations> conversations_;
    std::optional<sqlite_tasks> tasks_;
    std::optional<sqlite_outbox> outbox_;
    std::optional<sqlite_fetches> fetches_;
    std::optional<sqlite_aside> aside_;
    bool has_new_code_ = false;
    std::uint64_t applied_ = 0, committed_ = 0;
    std::unordered_map<std::string, person> people_;       // Person and account → rows, as far as we remember.
    std::set<std::int64_t> touched_;                       // Contacts whose facts changed in it.
    std::vector<std::string> gone_;                        // People erased in it.
    std::string json_;
};

}  // namespace

std::unique_ptr<state_writer> open_sqlite_writer(const std::filesystem::path& path) {
    return std::make_unique<sqlite_writer>(path);
}

}  // namespace yizhan::crm
