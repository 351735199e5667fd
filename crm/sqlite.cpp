#include "crm/sqlite.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "crm/state.hpp"

namespace yizhan::crm {
namespace {

[[noreturn]] void fail(sqlite3* database, const std::string& doing) {
    const std::string why = doing + ": " + (database ? sqlite3_errmsg(database) : "out of memory");
    constexpr int of_the_value[] = {SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE};
    if (database && std::ranges::find(of_the_value, sqlite3_errcode(database) & 0xff) != std::end(of_the_value))
        throw state_refuses(why);
    throw std::runtime_error(why);
}

/// Before the first connection: SQLite keeps no count of its memory, which takes a lock for every piece of it.
void configure_once() {
    [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

sqlite_connection::sqlite_connection(const std::string& path, access how) {
    configure_once();
    const int flags =
        (how == access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
        SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
        const std::string why = database_ ? sqlite3_errmsg(database_) : "out of memory";
        sqlite3_close(database_);
        throw std::runtime_error("cannot open " + path + ": " + why);
    }
    sqlite3_busy_timeout(database_, 2000);
    if (how == access::write) {
        // An event has about a kilobyte: of a page of the usual 4 KiB a fifth stays empty, and is written twice. Only a new
        // database heeds it.
        run("PRAGMA page_size=8192");
        run("PRAGMA journal_mode=WAL");
        run("PRAGMA synchronous=FULL");
        run("PRAGMA wal_autocheckpoint=8000");
        run("PRAGMA cache_size=-65536");
        run("PRAGMA temp_store=MEMORY");
    } else if (how == access::read) {
        sqlite3_wal_autocheckpoint(database_, 0);
        sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        run("PRAGMA cache_size=-4096");
    }
}

sqlite_connection::~sqlite_connection() { sqlite3_close(database_); }

void sqlite_connection::run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(database_, "state database");
}

std::int64_t sqlite_connection::changes() const { return sqlite3_changes64(database_); }
std::int64_t sqlite_connection::last_row() const { return sqlite3_last_insert_rowid(database_); }

sqlite_statement::sqlite_statement(const sqlite_connection& in, const char* sql) : database_(in.get()) {
    if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK)
        fail(database_, std::string("preparing \"") + sql + "\"");
}

sqlite_statement::~sqlite_statement() { sqlite3_finalize(statement_); }

bool sqlite_statement::next() {
    const int outcome = sqlite3_step(statement_);
    if (outcome == SQLITE_ROW) return true;
    if (outcome == SQLITE_DONE) return false;
    sqlite3_reset(statement_);
    fail(database_, "state database");
}

void sqlite_statement::reset() { sqlite3_reset(statement_); }

std::int64_t sqlite_statement::last_row() const { return sqlite3_last_insert_rowid(database_); }

std::int64_t sqlite_statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string sqlite_statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
                 : "";
}

void sqlite_statement::bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }

void sqlite_statement::bind(int at, const std::array<unsigned char, 16>& value) {
    sqlite3_bind_blob(statement_, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
}

void sqlite_statement::bind(int at, sqlite_blob value) {
    sqlite3_bind_blob(statement_, at, value.bytes.data(), static_cast<int>(value.bytes.size()), SQLITE_STATIC);
}

void sqlite_statement::bind(int at, std::string_view value) {
    sqlite3_bind_text(statement_, at, value.data() ? value.data() : "", static_cast<int>(value.size()),
                      SQLITE_STATIC);
}

}  // namespace yizhan::crm
