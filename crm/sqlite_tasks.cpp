#include "crm/sqlite_tasks.hpp"

#include <algorithm>

#include "crm/sqlite_ready.hpp"

namespace yizhan::crm {
namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> list;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        list.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return list;
}

}  // namespace

sqlite_tasks::sqlite_tasks(const sqlite_connection& in, sqlite_conversations& conversations)
    : conversations_(conversations),
      add_(in, "INSERT INTO task(queue, priority, skills, contact, conversation, sequence, enqueued_ms, status, previous)"
               " VALUES(?,?,?,?,?,?,?,?,?)"),
      ready_(in, sqlite_ready),
      take_(in, "UPDATE task SET status = 1, attempt = attempt + 1, until_ms = ?, consumer = ?, key_name = ? WHERE id = ?"),
      state_(in, "SELECT status, attempt, conversation, queue FROM task WHERE id = ?"),
      set_status_(in, "UPDATE task SET status = ?, available_ms = ?, reason = ?, until_ms = 0 WHERE id = ?"),
      stand_(in, "UPDATE task SET status = ? WHERE id = ?"),
      set_previous_(in, "UPDATE task SET previous = ? WHERE id = ?"),
      open_(in, "SELECT status, queue, previous FROM task WHERE id = ?"),
      forget_claim_(in, "UPDATE task SET status = 0, attempt = attempt - 1, until_ms = 0, key_name = '' WHERE id = ?"),
      lengthen_(in, "UPDATE task SET until_ms = ? WHERE id = ?"),
      late_(in, "SELECT id FROM task WHERE status = 1 AND until_ms <= ? ORDER BY until_ms LIMIT 500"),
      revive_(in, "UPDATE task SET status = 0, attempt = 0, available_ms = ?, reason = '' WHERE id = ?"),
      claimed_(in, "SELECT 1 FROM task WHERE status = 1 AND conversation = ? LIMIT 1"),
      erase_(in, "UPDATE task SET status = 2, contact = 0, conversation = 0, previous = 0, key_name = '', consumer = '',"
                 " reason = '' WHERE contact = ?") {}

void sqlite_tasks::add(const fresh& what) {
    std::int64_t before = 0;
    status as = pending;
    if (what.conversation != 0) {
        before = conversations_.of(what.conversation).open_task;
        if (has_open(what.conversation, what.queue)) as = in_line;
    }
    add_.with(what.queue, what.priority, what.skills, what.contact, what.conversation, what.sequence, what.enqueued_ms, as,
              before)
        .run();
    if (what.conversation != 0) conversations_.change(what.conversation).open_task = add_.last_row();
    woken_.insert(std::string(what.queue));
}

std::vector<task> sqlite_tasks::claim(const claim_request& what, std::int64_t now_ms) {
    std::vector<task> taken;
    auto& row = ready_.with(what.queue, now_ms, static_cast<std::int64_t>(what.count_max));
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
    for (const task& each : taken) take_.with(now_ms + what.ack_wait_ms, what.consumer, what.key_name, each.id).run();
    return taken;
}

result<sqlite_tasks::held> sqlite_tasks::claimed(std::int64_t task, std::int32_t attempt) {
    auto& row = state_.with(task);
    if (!row.next()) return row.reset(), errc::not_found;
    const std::int64_t status = row.integer(0);
    held claim{row.integer(2), static_cast<std::int32_t>(row.integer(1)), row.text(3)};
    row.reset();
    if (status != claimed_by_somebody || (attempt != 0 && attempt != claim.attempt)) return errc::conflict;
    return claim;
}

std::vector<std::int64_t> sqlite_tasks::late(std::int64_t now_ms) {
    std::vector<std::int64_t> all;
    auto& row = late_.with(now_ms);
    while (row.next()) all.push_back(row.integer(0));
    row.reset();
    return all;
}

void sqlite_tasks::lengthen(std::int64_t task, std::int64_t until_ms) { lengthen_.with(until_ms, task).run(); }

void sqlite_tasks::complete(std::int64_t task, const held& claim) { end(task, claim, ended, ""); }

void sqlite_tasks::return_or_bury(std::int64_t task, const held& claim, std::int64_t available_ms, std::string_view reason) {
    if (claim.attempt >= attempts_max) return end(task, claim, dead, reason);
    set_status_.with(pending, available_ms, reason, task).run();
    line_up(claim.conversation, claim.queue);
}

void sqlite_tasks::unclaim(std::int64_t task, const held& claim) {
    forget_claim_.with(task).run();
    line_up(claim.conversation, claim.queue);
}

void sqlite_tasks::end(std::int64_t task, const held& claim, status as, std::string_view reason) {
    take_out(task, claim.conversation);
    set_status_.with(as, 0, reason, task).run();
    line_up(claim.conversation, claim.queue);
}

bool sqlite_tasks::is_dead(std::int64_t task) {
    auto& row = state_.with(task);
    const bool is = row.next() && row.integer(0) == dead;
    row.reset();
    return is;
}

void sqlite_tasks::revive(std::int64_t task, std::int64_t now_ms) {
    revive_.with(now_ms, task).run();
    auto& row = state_.with(task);
    row.next();
    const std::int64_t conversation = row.integer(2);
    const std::string queue = row.text(3);
    row.reset();
    put_in(task, conversation);
    line_up(conversation, queue);
    woken_.insert(queue);
}

void sqlite_tasks::drop(std::int64_t task) { set_status_.with(ended, 0, "dropped by somebody", task).run(); }

bool sqlite_tasks::is_claimed(std::int64_t conversation) {
    const bool is = claimed_.with(conversation).next();
    claimed_.reset();
    return is;
}

std::vector<std::string> sqlite_tasks::open_queues(std::int64_t conversation) {
    std::set<std::string> all;
    for (open_task& each : thread(conversation)) all.insert(std::move(each.queue));
    return {all.begin(), all.end()};
}

void sqlite_tasks::erase(std::int64_t contact) { erase_.with(contact).run(); }

std::vector<std::string> sqlite_tasks::woken_queues() {
    std::vector<std::string> all(woken_.begin(), woken_.end());
    woken_.clear();
    return all;
}

/// Newest first.
std::vector<sqlite_tasks::open_task> sqlite_tasks::thread(std::int64_t conversation) {
    std::vector<open_task> all;
    for (std::int64_t id = conversation ? conversations_.of(conversation).open_task : 0; id != 0;) {
        auto& row = open_.with(id);
        if (!row.next()) break;
        all.push_back({id, row.integer(0), row.text(1)});
        id = row.integer(2);
    }
    open_.reset();
    return all;
}

bool sqlite_tasks::has_open(std::int64_t conversation, std::string_view queue) {
    bool has = false;
    for (std::int64_t id = conversations_.of(conversation).open_task; id != 0 && !has;) {
        auto& row = open_.with(id);
        if (!row.next()) break;
        has = row.text(1) == queue;
        id = row.integer(2);
    }
    open_.reset();
    return has;
}

void sqlite_tasks::take_out(std::int64_t task, std::int64_t conversation) {
    if (conversation == 0) return;
    const std::vector<open_task> all = thread(conversation);
    const auto found = std::ranges::find(all, task, &open_task::id);
    if (found == all.end()) return;
    const std::int64_t before = std::next(found) == all.end() ? 0 : std::next(found)->id;
    if (found == all.begin())
        conversations_.change(conversation).open_task = before;
    else
        set_previous_.with(before, std::prev(found)->id).run();
    set_previous_.with(0, task).run();
}

void sqlite_tasks::put_in(std::int64_t task, std::int64_t conversation) {
    if (conversation == 0) return;
    const std::vector<open_task> all = thread(conversation);
    const auto older = std::ranges::find_if(all, [&](const open_task& each) { return each.id < task; });
    set_previous_.with(older == all.end() ? 0 : older->id, task).run();
    if (older == all.begin())
        conversations_.change(conversation).open_task = task;
    else
        set_previous_.with(task, std::prev(older)->id).run();
}

/// The oldest can be claimed, the others wait behind it.
void sqlite_tasks::line_up(std::int64_t conversation, std::string_view queue) {
    std::vector<open_task> line = thread(conversation);
    std::erase_if(line, [&](const open_task& each) { return each.queue != queue; });
    for (const open_task& each : line) {
        const status wanted = &each == &line.back() ? pending : in_line;
        if (each.status != claimed_by_somebody && each.status != wanted) stand_.with(wanted, each.id).run();
    }
}

}  // namespace yizhan::crm
