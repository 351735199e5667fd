#pragma once

namespace yizhan::crm {

/// What makes a state of each version (SQLite's user_version) one of the next. A new one goes through all of them.
constexpr const char* sqlite_schema[] = {R"(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contact(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT '', stage TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS identity(
  folded TEXT NOT NULL, kind TEXT NOT NULL, scope TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
  contact INTEGER NOT NULL, PRIMARY KEY(folded, kind, scope)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS identity_contact ON identity(contact);
CREATE TABLE IF NOT EXISTS contact_tag(
  contact INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY(contact, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conversation(
  id INTEGER PRIMARY KEY AUTOINCREMENT, contact INTEGER NOT NULL, account TEXT NOT NULL,
  control TEXT NOT NULL DEFAULT 'rule', until_ms INTEGER NOT NULL DEFAULT 0, last_ms INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS conversation_of ON conversation(contact, account);
CREATE INDEX IF NOT EXISTS conversation_held ON conversation(control) WHERE control <> 'rule';
CREATE TABLE IF NOT EXISTS event(
  sequence INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, id BLOB NOT NULL, contact INTEGER NOT NULL, conversation INTEGER NOT NULL,
  json TEXT NOT NULL);
-- A retry carries the time of the first. With it in front, what comes together lies together: ids alone are random.
CREATE UNIQUE INDEX IF NOT EXISTS event_once ON event(at_s, id);
CREATE INDEX IF NOT EXISTS event_contact ON event(contact, sequence);
CREATE TABLE IF NOT EXISTS task(
  id INTEGER PRIMARY KEY, queue TEXT NOT NULL, priority INTEGER NOT NULL, skills TEXT NOT NULL,
  contact INTEGER NOT NULL, conversation INTEGER NOT NULL, sequence INTEGER NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,  -- 0 pending, 1 claimed, 2 completed or erased, 3 dead letter (and 4, below)
  attempt INTEGER NOT NULL DEFAULT 0, enqueued_ms INTEGER NOT NULL, available_ms INTEGER NOT NULL DEFAULT 0,
  until_ms INTEGER NOT NULL DEFAULT 0, consumer TEXT NOT NULL DEFAULT '', key_name TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS task_ready ON task(queue, priority DESC, id) WHERE status = 0;
CREATE INDEX IF NOT EXISTS task_open ON task(conversation, queue, id) WHERE status < 2;
CREATE INDEX IF NOT EXISTS task_claimed ON task(until_ms) WHERE status = 1;
CREATE INDEX IF NOT EXISTS task_dead ON task(id) WHERE status = 3;
CREATE TABLE IF NOT EXISTS platform_grant(
  account TEXT NOT NULL, kind TEXT NOT NULL, party TEXT NOT NULL, value TEXT NOT NULL, at_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL, PRIMARY KEY(account, kind, party, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS task_held_by ON task(contact, key_name) WHERE key_name <> '';
)",
                                         R"(
ALTER TABLE task ADD COLUMN reason TEXT NOT NULL DEFAULT '';  -- Why the last attempt ended without an end.
-- Records of the journal that the state refused.
CREATE TABLE aside(
  sequence INTEGER PRIMARY KEY, recorded_us INTEGER NOT NULL, span INTEGER NOT NULL, payload BLOB NOT NULL,
  status INTEGER NOT NULL,  -- 0 to be tried again, 1 behind another of the same person, 2 dead letter
  attempt INTEGER NOT NULL, available_ms INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX aside_next ON aside(available_ms) WHERE status = 0;
)",
                                         R"(
-- Each event and each open task names the one before it in its conversation (sqlite_conversations).
ALTER TABLE event ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN open_task INTEGER NOT NULL DEFAULT 0;
UPDATE event SET previous = before FROM (SELECT sequence AS at,
  lag(sequence, 1, 0) OVER (PARTITION BY contact, conversation ORDER BY sequence) AS before FROM event WHERE contact <> 0)
  WHERE sequence = at;
UPDATE task SET previous = before FROM (SELECT id AS at,
  lag(id, 1, 0) OVER (PARTITION BY conversation ORDER BY id) AS before FROM task WHERE status < 2 AND conversation <> 0)
  WHERE id = at;
UPDATE conversation SET last_event = newest FROM
  (SELECT e.conversation AS its, max(e.sequence) AS newest FROM event e GROUP BY e.conversation) WHERE id = its;
UPDATE conversation SET open_task = newest FROM
  (SELECT t.conversation AS its, max(t.id) AS newest FROM task t WHERE t.status < 2 GROUP BY t.conversation) WHERE id = its;
-- 4: pending, behind an older open task of its conversation in its queue.
UPDATE task SET status = 4 FROM (SELECT id AS at,
  row_number() OVER (PARTITION BY conversation, queue ORDER BY id) AS place FROM task WHERE status < 2 AND conversation <> 0)
  WHERE id = at AND place > 1 AND status = 0;
DROP INDEX event_contact;
DROP INDEX task_ready;
DROP INDEX task_open;
-- What is told of somebody outside a conversation is rare.
CREATE INDEX event_told ON event(contact, sequence) WHERE conversation = 0 AND contact <> 0;
CREATE INDEX task_line ON task(queue, status, priority DESC, id) WHERE status = 0 OR status = 4;
CREATE INDEX task_at_work ON task(conversation) WHERE status = 1;
)",
                                         R"(
-- Messages of ours, by the sequence of their events. Status as in stream/kept.hpp.
CREATE TABLE outbox(
  sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, account TEXT NOT NULL, person_kind TEXT NOT NULL, person TEXT NOT NULL,
  contact INTEGER NOT NULL, conversation INTEGER NOT NULL, message TEXT NOT NULL, at_ms INTEGER NOT NULL,
  status INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0, available_ms INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '', platform_id TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX outbox_id ON outbox(id);
CREATE INDEX outbox_open ON outbox(conversation, sequence) WHERE status < 2;
CREATE INDEX outbox_contact ON outbox(contact);
CREATE TABLE pull_cursor(account TEXT NOT NULL, place TEXT NOT NULL, cursor TEXT NOT NULL, PRIMARY KEY(account, place)) WITHOUT ROWID;
-- Until when, and how often, the customer of a conversation may be written to, by what opened it (core/event.hpp).
CREATE TABLE reply_window(
  conversation INTEGER NOT NULL, what INTEGER NOT NULL, until_ms INTEGER NOT NULL, left INTEGER NOT NULL,
  PRIMARY KEY(conversation, what)) WITHOUT ROWID;
)",
                                         R"(
-- What customers sent and is to be fetched, by the sequence of its event. Status as in crm/state.hpp.
CREATE TABLE media(
  sequence INTEGER PRIMARY KEY, event BLOB NOT NULL, contact INTEGER NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
  url TEXT NOT NULL, at_ms INTEGER NOT NULL, status INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 0,
  available_ms INTEGER NOT NULL DEFAULT 0, digest TEXT NOT NULL DEFAULT '', type TEXT NOT NULL DEFAULT '',
  bytes INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX media_event ON media(event);
CREATE INDEX media_wanted ON media(available_ms) WHERE status = 0;
CREATE INDEX media_contact ON media(contact);
CREATE INDEX media_digest ON media(digest) WHERE digest <> '';
CREATE INDEX media_at ON media(at_ms);
-- Who somebody is at an account, as its platform says. Status 0: to be asked for.
CREATE TABLE profile(
  contact INTEGER NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0, available_ms INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL DEFAULT '',
  at_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(contact, account)) WITHOUT ROWID;
CREATE INDEX profile_wanted ON profile(available_ms) WHERE status = 0;
CREATE INDEX grant_party ON platform_grant(party, kind);
ALTER TABLE outbox ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;  -- An attempt may have come through.
)"};

}  // namespace yizhan::crm
