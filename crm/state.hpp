#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/facts.hpp"
#include "stream/kept.hpp"
#include "stream/segment.hpp"

/// What follows from the journal: contacts, conversations, tasks. Ids outside are texts: `c7` a contact, `v7`
/// a conversation, `t7` a task.
namespace yizhan::crm {

/// What is known of one person, for the cache at the door.
struct person_facts {
    std::string person;    // person_key of one of the contact's identities.
    bool special = false;  // False: back to the defaults.
    std::int64_t contact = 0;
    std::string name, stage;
    std::vector<std::string> tags;
    struct held {
        std::string account;
        yizhan::control control;
        std::int64_t until_ms;
    };
    std::vector<held> conversations;  // Only those that are not under `rule`.
    std::vector<std::string> open_in;  // The accounts in which they may be written to now; only where that was asked for.
};

/// One person within their scope, as a key. WeCom's userids are compared without letter case ("成员管理").
std::string person_key(std::string_view kind, std::string_view scope, std::string_view id);
void person_key(std::string_view kind, std::string_view scope, std::string_view id, std::string& into);
std::string folded(std::string_view kind, std::string_view id);

struct task {
    std::int64_t id = 0, contact = 0, conversation = 0, enqueued_ms = 0;
    std::string queue, event_json;
    std::int32_t priority = 0, attempt = 0;
    std::vector<std::string> skills;
};

struct queue_figures {
    std::string name;
    std::int64_t pending = 0, claimed = 0,
                 oldest_ms = 0;  // oldest_ms: when the oldest open task came; 0: none.
};

struct identity {
    std::string kind, id, account;
};
struct conversation {
    std::int64_t id = 0, last_ms = 0;
    std::string account;
    yizhan::control control = yizhan::control::rule;
};
/// Who they are at an account, as its platform says.
struct kept_profile {
    std::string account, json;
    std::int64_t at_ms = 0;
};
struct contact {
    std::int64_t id = 0;
    std::string name, stage;
    std::vector<identity> identities;
    std::vector<std::string> tags;
    std::vector<conversation> conversations;
    std::vector<kept_profile> profiles;
};

/// What a platform handed over, still good. `value` is a secret.
struct held_grant {
    std::string account, kind, party, value;
    std::int64_t at_ms = 0, expires_ms = 0;
};

struct claim_request {
    std::string queue, consumer, key_name;
    std::size_t count_max = 1;
    std::int64_t ack_wait_ms = 30000;
};

/// Who serves a party, by what it gave for good (`grants_of`), and what is known of it besides: of several the first.
struct served {
    std::string via, detail;
};
inline served served_by(const std::vector<held_grant>& given) {
    served made;
    for (const held_grant& each : given)
        if (made.via.empty() && each.kind != "agent_id") made.via = each.account;
    for (const held_grant& each : given)
        if (each.kind == "agent_id" && each.account == made.via) made.detail = each.value;
    return made;
}

constexpr std::int32_t attempts_max = 5;

/// What gave up after `attempts_max` attempts and waits for a person: a task that nobody finished, or a record of the
/// journal that the state does not take (`id` is its sequence).
enum class letter_kind : std::uint8_t { task = 1, record = 2 };
struct dead_letter {
    letter_kind kind = letter_kind::task;
    std::int64_t id = 0, contact = 0, at_ms = 0;  // at_ms: when it was enqueued or received.
    std::int32_t attempt = 0;
    std::string queue, reason;
    std::vector<std::string> events;  // JSON.
};

/// A message of ours on its way.
struct outgoing {
    std::int64_t sequence = 0, conversation = 0, available_ms = 0;
    event_id id{};
    std::string account, person_kind, person, message;  // message: JSON (core/reply_json).
    stream::delivery_status status = stream::delivery_status::pending;
    std::int32_t attempt = 0;  // How many have begun.
    bool is_doubtful = false;  // One of them may have come through.
    std::string reason, platform_id;
};

/// Something of a customer's that is to be fetched, or was. The numbers stand in databases.
enum class media_status : std::uint8_t { wanted = 0, kept = 1, gone = 2 };
struct media {
    std::int64_t sequence = 0, contact = 0, bytes = 0;  // sequence: of its event.
    std::string account, id, url;
    media_status status = media_status::wanted;
    std::int32_t attempt = 0;
    std::string digest, type, reason;  // digest: SHA-256 in hex, its name on disk. type: such as image/png.
};

/// A person to be asked for at their platform.
struct wanted_profile {
    std::int64_t contact = 0;
    std::string account, kind, id;
    std::int32_t attempt = 0;
};

/// What the last commits left for somebody to do.
struct errands {
    bool messages = false;  // One of ours came to its turn.
    bool codes = false;     // One can be exchanged.
    bool fetches = false;   // Media or profiles.
    std::vector<std::string> freed = {};  // Media that nobody has any more, by their digests.

    bool any() const { return messages || codes || fetches || !freed.empty(); }
};

/// One way in which a conversation's customer may be written to.
struct reply_window {
    std::uint8_t what = 0;
    std::int64_t until_ms = 0;
    std::int64_t left = 0;  // -1: as many as one likes.
};

/// Whom a conversation is with, through which account.
struct counterpart {
    std::int64_t conversation = 0, contact = 0;
    std::string account, kind, scope, id;
    std::string via, detail;  // The configured account that serves `account`, and what it wants to know of it; where there is one.
};

/// The state refuses this one record; others may well be taken. Everything else that is thrown is trouble with the state
/// as a whole.
struct state_refuses : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// How what was set aside is tried again. `carefully`: the process ended once when this was done, so one record only;
/// `blamed`: it ended again, so that one is not tried any more.
enum class trying { allowed, carefully, blamed };

/// Who may change the state: one thread, which calls everything below between `begin` and `commit`. Whatever
/// fails to be written throws state_refuses or std::runtime_error; then `roll_back`, and nothing since `begin` has
/// happened. The state follows from the calls and their arguments alone: no clock is asked.
class state_writer {
public:
    virtual ~state_writer() = default;

    virtual std::uint64_t applied() const = 0;
    virtual void begin() = 0;
    /// Returns the facts that changed since `begin`.
    virtual std::vector<person_facts> commit() = 0;
    virtual void roll_back() = 0;

    /// Applies one record. An event that is known already has no effect. Behind a record of the same person that is set
    /// aside it is set aside too, so that their order stays.
    virtual void apply(const stream::record& from, const stream::kept_callback& what) = 0;
    /// Sets a record aside that the state refuses: it is tried again a few times, then it is a dead letter. `for_good`:
    /// at once.
    enum class aside { for_a_while, for_good };
    virtual void set_aside(const stream::record& what, const std::string& reason, aside how) = 0;
    /// For records that are nothing to us: only the position moves.
    virtual void pass(std::uint64_t sequence) = 0;

    /// Higher priority first, then the oldest; of one conversation the oldest open task only, and none while
    /// another of it is claimed.
    virtual std::vector<task> claim(const claim_request& what, std::int64_t now_ms) = 0;
    /// `attempt` 0: any. Errors: not_found, conflict (not claimed, or another attempt's claim).
    virtual error_code acknowledge(std::int64_t task, std::int32_t attempt) = 0;
    virtual error_code give_back(std::int64_t task, std::int32_t attempt, std::int64_t delay_ms,
                                 std::int64_t now_ms, std::string_view reason) = 0;
    /// As if it had never been claimed, unless that claim has ended already.
    virtual void unclaim(std::int64_t task, std::int32_t attempt) = 0;
    virtual error_code extend(std::int64_t task, std::int32_t attempt, std::int64_t ack_wait_ms,
                              std::int64_t now_ms) = 0;
    /// Claims that were not acknowledged in time return to their place, or die after the last attempt;
    /// control that was given for a time goes back to the rules; what platforms granted for a time is
    /// forgotten; records that are set aside are tried again. So many at a time: again as long as `due` says so.
    virtual void expire(std::int64_t now_ms, trying how) = 0;
    virtual bool due(std::int64_t now_ms) = 0;
    virtual error_code erase_contact(std::int64_t contact) = 0;
    /// From the first attempt on. Errors: not_found.
    virtual error_code retry_dead_letter(letter_kind kind, std::int64_t id, std::int64_t now_ms) = 0;
    virtual error_code drop_dead_letter(letter_kind kind, std::int64_t id) = 0;

    /// The next attempt with a message of ours begins. Errors: not_found, conflict (it is not pending).
    virtual error_code begin_sending(std::int64_t sequence) = 0;
    /// An attempt ended without an end: the next may begin then. Errors as above (it is not being sent).
    /// `doubtful`: that one, or one before, may have come through.
    virtual error_code send_later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason, bool doubtful) = 0;

    /// How far an account's messages were pulled.
    virtual void move_cursor(std::string_view account, std::string_view place, std::string_view cursor) = 0;

    /// Queues that got a task since the last call.
    virtual std::vector<std::string> woken_queues() = 0;
    /// Since the last call.
    virtual errands take_errands() = 0;

    /// Instead of any of the same kind and party; `value` is a secret. Errors: conflict (the party has taken it back since, or
    /// given a newer one).
    virtual error_code keep_grant(const held_grant& what) = 0;
    /// In the place of that value, if it is still there: as old as that. Errors: conflict.
    virtual error_code renew_grant(const held_grant& what, std::string_view instead_of) = 0;
    virtual void drop_grant(std::string_view account, std::string_view kind, std::string_view value) = 0;

    /// Media of the event with this sequence were fetched, are to be fetched later, or will never be.
    virtual error_code keep_media(std::int64_t sequence, std::string_view digest, std::string_view type, std::int64_t bytes) = 0;
    virtual error_code fetch_media_later(std::int64_t sequence, std::int64_t at_ms, std::string_view reason) = 0;
    virtual error_code give_media_up(std::int64_t sequence, std::string_view reason) = 0;
    /// Of events from before then; so many at a time.
    virtual void forget_media(std::int64_t before_ms) = 0;

    /// An empty `json`: the platform does not say.
    virtual error_code keep_profile(std::int64_t contact, std::string_view account, std::string_view name, std::string_view unionid,
                                    std::string_view json, std::int64_t at_ms) = 0;
    virtual error_code ask_profile_later(std::int64_t contact, std::string_view account, std::int64_t at_ms) = 0;
};

/// Questions. Any thread, one at a time; each sees the last commit.
class state_reader {
public:
    virtual ~state_reader() = default;
    virtual std::vector<queue_figures> queues() = 0;
    virtual std::optional<contact> find_contact(std::int64_t id) = 0;
    /// `kind` empty: of any kind.
    virtual std::vector<std::int64_t> find_identity(std::string_view kind, std::string_view id) = 0;
    using positions = std::set<std::uint64_t>;  // One in each thread that is left.
    struct timeline_page {
        std::vector<std::string> events;  // JSON, newest first.
        positions next;                   // Where to go on; empty: that was all.
    };
    /// `from`: the `next` of the page before; empty: from the newest.
    virtual timeline_page timeline(std::int64_t contact, const positions& from, std::size_t limit) = 0;
    /// Whether a task of this contact was ever claimed with the API key of this name.
    virtual bool has_had_task_of(std::string_view key_name, std::int64_t contact) = 0;
    /// Whether a claim would get something now.
    virtual bool has_ready(std::string_view queue, std::int64_t now_ms) = 0;
    virtual std::int64_t count_dead_letters() = 0;
    /// Oldest first.
    virtual std::vector<dead_letter> dead_letters(std::size_t count_max) = 0;
    virtual std::optional<dead_letter> find_dead_letter(letter_kind kind, std::int64_t id) = 0;
    virtual std::vector<held_grant> grants() = 0;
    /// The newest of a kind that a party gave; nullopt: there is none.
    virtual std::optional<held_grant> find_grant(std::string_view account, std::string_view kind, std::string_view party) = 0;
    /// What this party gave to those who serve it, for good.
    virtual std::vector<held_grant> grants_of(std::string_view party) = 0;
    virtual std::vector<media> wanted_media(std::int64_t now_ms, std::size_t count_max) = 0;
    virtual std::optional<media> find_media(const event_id& event) = 0;
    virtual bool is_media_kept(std::string_view digest) = 0;
    virtual bool has_media_before(std::int64_t at_ms) = 0;
    virtual std::vector<wanted_profile> wanted_profiles(std::int64_t now_ms, std::size_t count_max) = 0;
    /// When the next of either is due that is not yet; 0: none waits.
    virtual std::int64_t next_fetch_ms(std::int64_t now_ms) = 0;
    /// Messages whose turn it is: of each conversation the oldest that is open, when its time has come. Oldest first.
    /// `without`: accounts that are not asked for.
    virtual std::vector<outgoing> due_messages(std::int64_t now_ms, std::size_t count_max, std::span<const std::string> without = {}) = 0;
    /// When the next is due that is not yet; 0: none waits.
    virtual std::int64_t next_due_ms(std::int64_t now_ms) = 0;
    /// Those that have no end yet: pending, or being sent.
    virtual std::vector<outgoing> open_messages() = 0;
    virtual std::optional<outgoing> find_message(const event_id& id) = 0;
    virtual std::optional<counterpart> find_conversation(std::int64_t id) = 0;
    /// Those that are open: not over, and with something left.
    virtual std::vector<reply_window> open_windows(std::int64_t conversation, std::int64_t now_ms) = 0;
    /// A conversation's events, newest first, as `timeline`.
    virtual timeline_page messages(std::int64_t conversation, const positions& from, std::size_t limit) = 0;
    /// None: nothing was pulled yet.
    virtual std::optional<std::string> cursor(std::string_view account, std::string_view place) = 0;
    /// `budget_at_ms`: with what is open then; 0: without.
    virtual std::optional<person_facts> facts_of(std::string_view person, std::int64_t budget_at_ms = 0) = 0;
    /// The special ones, the newest contacts first.
    virtual std::vector<person_facts> special_facts(std::size_t count_max) = 0;
};

}  // namespace yizhan::crm
