#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/config.hpp"

namespace yizhan::gateway {

struct send_options {
    std::string account, type = "text", text, from, url, api_url, key_file, message_id;
    std::string body_file, tenant;
    std::vector<std::string> set;  // name=value
    std::uint64_t repeat = 1, duplicate = 0;
    std::string tamper;
    bool explain = false, check = false, json = false, insecure = false, list = false;
    bool as_json = false;  // The callback itself.
};
/// Forges callbacks and posts them; 0 when all were answered with 200 (with --tamper: refused with 403 or
/// 400).
int send_command(const config& settings, const send_options& options);

struct decrypt_options {
    std::string account, query, body_file, suffix;  // `suffix`: of the path, behind the account.
    bool json = false;
};
/// Says step by step what of a callback verifies; 0 when everything does.
int decrypt_command(const config& settings, const decrypt_options& options);

struct doctor_options {
    std::string account, query, body_file, suffix, at;  // `suffix`: of the path, behind the account.
    bool json = false;
};
/// Looks at machine and configuration or, with an account and a query, says which one thing is wrong with a
/// callback that was refused. `file`: the configuration, with its faults if it has any. 0 when nothing is
/// wrong, 2 when the options say nothing sensible.
int doctor_command(const loaded& read, const std::string& file, const doctor_options& options);

struct events_options {
    std::string after, account, type;
    std::uint64_t limit = 0;  // 0: all
    bool json = false, follow = false;
};
/// Prints the events of the journal, beside a running server or without one.
int events_command(const config& settings, const events_options& options);

struct dlq_options {
    enum class action { ls, show, retry, drop };
    action what = action::ls;
    std::string id, api_url, key_file;
    bool json = false, insecure = false;
};
/// Dead letters of the running server: lists, shows, retries, drops.
int dlq_command(const config& settings, const dlq_options& options);

struct sinks_options {
    enum class action { ls, pause, resume, test, retry };
    action what = action::ls;
    std::string name, api_url, key_file;
    bool json = false, insecure = false;
};
/// Sinks of the running server: lists, pauses, resumes, tests, tries again what gave up; 1 when a test fails.
int sinks_command(const config& settings, const sinks_options& options);

struct journal_options {
    enum class action { inspect, verify };
    action what = action::inspect;
    bool json = false;
};
/// Says what the journal's files hold, or reads every record of them; 1 when something is damaged. Beside a running
/// server or without one.
int journal_command(const config& settings, const journal_options& options);

struct backup_options {
    std::string directory;
    bool json = false;
};
/// Copies state and journal, beside a running server or without one, into a directory that is not there yet.
int backup_command(const config& settings, const backup_options& options);
/// Puts a backup where nothing is yet; every file is compared with what the backup says of it.
int restore_command(const config& settings, const backup_options& options);

struct replay_options {
    std::string since, until;         // RFC 3339, or a duration back from now such as 2h.
    std::vector<std::string> filter;  // account=…, type=…
    std::string base;                 // A backup to begin with, where the journal no longer reaches back to the first record.
    bool dry_run = false, check = false, json = false;
};
/// Without options: makes the state anew from the journal. --check: compares instead of replacing. --dry-run: says which
/// decisions the rules of today would make otherwise. Nothing is ever sent.
int replay_command(const config& settings, const replay_options& options);

struct types_options {
    std::string schema_of, write_to;
    bool json = false;
};
/// Lists the types, prints a schema, or writes docs/events.md and docs/schema/.
int types_command(const types_options& options);

}  // namespace yizhan::gateway
