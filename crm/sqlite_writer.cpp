#include <algorithm>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "crm/sqlite.hpp"
#include "crm/sqlite_aside.hpp"
#include "crm/sqlite_facts.hpp"
#include "crm/sqlite_ready.hpp"
#include "crm/sqlite_schema.hpp"
#include "crm/sqlite_state.hpp"
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

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> list;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        list.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return list;
}

class sqlite_writer final : public state_writer {
public:
    explicit sqlite_writer(const std::filesystem::path& path) : database_(path, access::write) {
        bring_up_to_date();
        prepared_.emplace(database_);
        aside_.emplace(database_);
        auto& row = prepared_->applied.with();
        if (row.next()) applied_ = committed_ = static_cast<std::uint64_t>(row.integer(0));
        row.reset();
    }

    std::uint64_t applied() const override { return committed_; }

    void begin() override {
        database_.run("BEGIN IMMEDIATE");
        touched_.clear();
        active_.clear();
        gone_.clear();
    }

    std::vector<person_facts> commit() override {
        for (const auto& [conversation, last_ms] : active_) prepared_->conversation_last.with(last_ms, conversation).run();
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
        people_.clear();
        woken_.clear();
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
        std::vector<task> taken;
        auto& row = prepared_->ready.with(what.queue, now_ms, static_cast<std::int64_t>(what.count_max));
        while (row.next()) {
            task each;
            each.id = row.integer(0);
            each.queue = what.queue;
            each.priority = static_cast<std::int32_t>(row.integer(1));
            each.attempt = static_cast<std::int32_t>(row.integer(2)) + 1;
            each.enqueued_ms = row.integer(3);
            each.contact = row.integer(4);
            each.conversation = row.integer(5);
            each.skills = split(row.text(6));
            each.event_json = row.text(7);
            taken.push_back(std::move(each));
        }
        row.reset();
        for (const task& each : taken) {
            prepared_->take.with(now_ms + what.ack_wait_ms, what.consumer, what.key_name, each.id).run();
            hold(each.conversation, control::agent, 0);
        }
        return taken;
    }

    error_code acknowledge(std::int64_t task, std::int32_t attempt) override {
        const auto held = claimed(task, attempt);
        if (!held) return held.error();
        prepared_->set_status.with(2, 0, "", task).run();
        release(*held);
        return {};
    }

    error_code give_back(std::int64_t task, std::int32_t attempt, std::int64_t delay_ms, std::int64_t now_ms,
                         std::string_view reason) override {
        const auto held = claimed(task, attempt);
        if (!held) return held.error();
        return_or_bury(task, *held, now_ms + delay_ms, reason.empty() ? "given back" : reason);
        return {};
    }

    void unclaim(std::int64_t task, std::int32_t attempt) override {
        const auto held = claimed(task, attempt);
        if (!held) return;
        prepared_->forget_claim.with(task).run();
        release(*held);
    }

    error_code extend(std::int64_t task, std::int32_t attempt, std::int64_t ack_wait_ms, std::int64_t now_ms) override {
        const auto held = claimed(task, attempt);
        if (!held) return held.error();
        prepared_->lengthen.with(now_ms + ack_wait_ms, task).run();
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
        std::vector<std::int64_t> late;
        auto& row = prepared_->late.with(now_ms);
        while (row.next()) late.push_back(row.integer(0));
        row.reset();
        for (const std::int64_t task : late)
            if (const auto held = claimed(task, 0)) return_or_bury(task, *held, 0, "not acknowledged in time");
        std::vector<std::int64_t> lapsed;
        auto& over = prepared_->lapsed.with(now_ms);
        while (over.next()) lapsed.push_back(over.integer(0));
        over.reset();
        for (const std::int64_t conversation : lapsed) hold(conversation, control::rule, 0);
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
        if (!is_dead_task(id)) return errc::not_found;
        prepared_->revive.with(now_ms, id).run();
        wake_queue_of(id);
        return {};
    }

    error_code drop_dead_letter(letter_kind kind, std::int64_t id) override {
        if (kind == letter_kind::record) {
            const auto sequence = static_cast<std::uint64_t>(id);
            if (aside_->status_of(sequence) != sqlite_aside::status::dead) return errc::not_found;
            aside_->remove(sequence);
            return {};
        }
        if (!is_dead_task(id)) return errc::not_found;
        prepared_->set_status.with(2, 0, "dropped by somebody", id).run();
        return {};
    }

    error_code erase_contact(std::int64_t contact) override {
        const std::size_t others_gone = gone_.size();
        note_gone(contact);
        aside_->erase({gone_.begin() + static_cast<std::ptrdiff_t>(others_gone), gone_.end()});
        prepared_->erase_contact.with(contact).run();
        if (database_.changes() == 0) return errc::not_found;
        for (sqlite_statement* each : {&prepared_->erase_identities, &prepared_->erase_tags, &prepared_->erase_tasks,
                                       &prepared_->erase_events, &prepared_->erase_conversations})
            each->with(contact).run();
        people_.clear();
        return {};
    }

    std::vector<std::string> woken_queues() override {
        std::vector<std::string> all(woken_.begin(), woken_.end());
        woken_.clear();
        return all;
    }

private:
    struct person {
        std::int64_t contact = 0, conversation = 0;
    };
    struct held_task {
        std::int64_t conversation = 0;
        std::int32_t attempt = 0;
        std::string queue;
    };

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
            people_.clear();  // Whoever was met in it was not.
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

    bool is_dead_task(std::int64_t id) {
        auto& row = prepared_->task_state.with(id);
        const bool is_dead = row.next() && row.integer(0) == 3;
        row.reset();
        return is_dead;
    }

    void wake_queue_of(std::int64_t id) {
        auto& row = prepared_->task_state.with(id);
        if (row.next()) woken_.insert(row.text(3));
        row.reset();
    }

    void apply_one(std::uint64_t sequence, std::int64_t recorded_us, const stream::kept_callback& what,
                   const stream::effects& each) {
        if (is_known(each)) return;  // Beyond what the door remembers.
        json_.clear();
        stream::append_event(json_, each, sequence, recorded_us);
        person who;
        if (!each.person_id.empty() && each.only_named) who.contact = contact_of(each);
        else if (!each.person_id.empty()) who = meet(each, what.account, recorded_us / 1000);
        prepared_->add_event.with(sequence, each.at_ms / 1000, each.id, who.contact, who.conversation, json_).run();

        if (!each.granted.kind.empty()) note_grant(what.account, each);
        if (who.conversation) active_[who.conversation] = std::max(active_[who.conversation], recorded_us / 1000);
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
        if (each.queue.empty() || each.drop) return;
        const std::string skills = joined(each.skills);
        prepared_->add_task
            .with(each.queue, each.priority, skills, who.contact, who.conversation, sequence, recorded_us / 1000)
            .run();
        woken_.insert(std::string(each.queue));
    }

    void note_grant(std::string_view account, const stream::effects& from) {
        const stream::granted_secret& given = from.granted;
        if (given.kind == "revoked") {
            prepared_->revoke_grants.with(account, given.party, from.at_ms).run();
            return;
        }
        // Of tickets the newest counts, in whatever order they come; each code is good by itself.
        if (given.kind == "ticket") {
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

    /// Control goes back to the rules when nobody has a task of the conversation any more.
    void release(const held_task& held) {
        if (held.conversation == 0) {
            woken_.insert(held.queue);
            return;
        }
        auto& row = prepared_->still_claimed.with(held.conversation);
        const bool still = row.next();
        row.reset();
        if (!still) hold(held.conversation, control::rule, 0);
        auto& open = prepared_->open_queues.with(held.conversation);  // The conversation's next task may go now.
        while (open.next()) woken_.insert(open.text(0));
        open.reset();
    }

    result<held_task> claimed(std::int64_t task, std::int32_t attempt) {
        auto& row = prepared_->task_state.with(task);
        if (!row.next()) return row.reset(), errc::not_found;
        const std::int64_t status = row.integer(0);
        held_task held{row.integer(2), static_cast<std::int32_t>(row.integer(1)), row.text(3)};
        row.reset();
        if (status != 1 || (attempt != 0 && attempt != held.attempt)) return errc::conflict;
        return held;
    }

    void return_or_bury(std::int64_t task, const held_task& held, std::int64_t available_ms, std::string_view reason) {
        prepared_->set_status.with(held.attempt >= attempts_max ? 3 : 0, available_ms, reason, task).run();
        release(held);
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
        sqlite_statement conversation_last{in_, "UPDATE conversation SET last_ms = max(last_ms, ?) WHERE id = ?"};
        sqlite_statement contact_of{in_, "SELECT contact FROM conversation WHERE id = ?"};
        sqlite_statement find_event{in_, "SELECT 1 FROM event WHERE at_s = ? AND id = ?"};
        sqlite_statement add_event{in_, "INSERT INTO event VALUES(?,?,?,?,?,?)"};
        sqlite_statement set_stage{in_, "UPDATE contact SET stage = ? WHERE id = ?"};
        sqlite_statement add_tag{in_, "INSERT OR IGNORE INTO contact_tag VALUES(?,?)"};
        sqlite_statement set_control{in_, "UPDATE conversation SET control = ?, until_ms = ? WHERE id = ? AND (control <> ? OR until_ms <> ?)"};
        sqlite_statement add_task{in_, "INSERT INTO task(queue, priority, skills, contact, conversation, sequence, enqueued_ms) VALUES(?,?,?,?,?,?,?)"};
        sqlite_statement ready{in_, sqlite_ready};
        sqlite_statement take{in_, "UPDATE task SET status = 1, attempt = attempt + 1, until_ms = ?, consumer = ?, key_name = ? WHERE id = ?"};
        sqlite_statement task_state{in_, "SELECT status, attempt, conversation, queue FROM task WHERE id = ?"};
        sqlite_statement set_status{in_, "UPDATE task SET status = ?, available_ms = ?, reason = ?, until_ms = 0 WHERE id = ?"};
        sqlite_statement revive{in_, "UPDATE task SET status = 0, attempt = 0, available_ms = ?, reason = '' WHERE id = ?"};
        sqlite_statement due{in_,
            "SELECT EXISTS(SELECT 1 FROM task WHERE status = 1 AND until_ms <= ?1)"
            " OR EXISTS(SELECT 1 FROM conversation WHERE control <> 'rule' AND until_ms <> 0 AND until_ms <= ?1)"
            " OR EXISTS(SELECT 1 FROM platform_grant WHERE expires_ms <> 0 AND expires_ms < ?1)"};
        sqlite_statement forget_claim{in_, "UPDATE task SET status = 0, attempt = attempt - 1, until_ms = 0, key_name = '' WHERE id = ?"};
        sqlite_statement lengthen{in_, "UPDATE task SET until_ms = ? WHERE id = ?"};
        sqlite_statement late{in_, "SELECT id FROM task WHERE status = 1 AND until_ms <= ? ORDER BY until_ms LIMIT 500"};
        sqlite_statement still_claimed{in_, "SELECT 1 FROM task WHERE status < 2 AND status = 1 AND conversation = ? LIMIT 1"};
        sqlite_statement open_queues{in_, "SELECT DISTINCT queue FROM task WHERE status < 2 AND conversation = ?"};
        sqlite_statement add_grant{in_, "INSERT OR REPLACE INTO platform_grant VALUES(?,?,?,?,?,?)"};
        sqlite_statement newer_grant{in_, "SELECT 1 FROM platform_grant WHERE account = ? AND kind = ? AND party = ? AND at_ms > ?"};
        sqlite_statement replace_grants{in_, "DELETE FROM platform_grant WHERE account = ? AND kind = ? AND party = ?"};
        sqlite_statement revoke_grants{in_, "DELETE FROM platform_grant WHERE account = ? AND party = ? AND kind <> 'ticket' AND at_ms <= ?"};
        sqlite_statement forget_grants{in_, "DELETE FROM platform_grant WHERE expires_ms <> 0 AND expires_ms < ?"};
        sqlite_statement lapsed{in_, "SELECT id FROM conversation WHERE control <> 'rule' AND until_ms <> 0 AND until_ms <= ? LIMIT 500"};
        sqlite_statement identities_of{in_, "SELECT kind, scope, id FROM identity WHERE contact = ?"};
        sqlite_statement erase_contact{in_, "DELETE FROM contact WHERE id = ?"};
        sqlite_statement erase_identities{in_, "DELETE FROM identity WHERE contact = ?"};
        sqlite_statement erase_tags{in_, "DELETE FROM contact_tag WHERE contact = ?"};
        sqlite_statement erase_tasks{in_, "UPDATE task SET status = 2, contact = 0, conversation = 0, key_name = '', consumer = '', reason = '' WHERE contact = ?"};
        // The id stays: what was handled once must not be handled again because somebody was forgotten.
        sqlite_statement erase_events{in_, "UPDATE event SET contact = 0, conversation = 0, json = '' WHERE contact = ?"};
        sqlite_statement erase_conversations{in_, "DELETE FROM conversation WHERE contact = ?"};
    };

    sqlite_connection database_;
    std::optional<statements> prepared_;
    std::optional<sqlite_aside> aside_;
    std::uint64_t applied_ = 0, committed_ = 0;
    std::unordered_map<std::string, person> people_;       // Person and account → rows, as far as we remember.
    std::unordered_map<std::int64_t, std::int64_t> active_;  // Conversation → when it last moved, in this transaction.
    std::set<std::int64_t> touched_;                       // Contacts whose facts changed in it.
    std::vector<std::string> gone_;                        // People erased in it.
    std::set<std::string> woken_;
    std::string json_;
};

}  // namespace

std::unique_ptr<state_writer> open_sqlite_writer(const std::filesystem::path& path) {
    return std::make_unique<sqlite_writer>(path);
}

}  // namespace yizhan::crm
