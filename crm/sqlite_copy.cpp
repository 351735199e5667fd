#include <sqlite3.h>

#include <stdexcept>
#include <vector>

#include "crm/sqlite.hpp"
#include "crm/sqlite_state.hpp"
#include "stream/content_digest.hpp"

namespace yizhan::crm {

void copy_sqlite(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (std::filesystem::exists(to)) throw std::runtime_error(to.string() + " is there already");
    const sqlite_connection source(from, access::read);
    const sqlite_connection target(to, access::fill);
    sqlite3_backup* const copy = sqlite3_backup_init(target.get(), "main", source.get(), "main");
    // All at once: in pieces, every commit in between would begin it anew.
    const int outcome = copy ? sqlite3_backup_step(copy, -1) : SQLITE_ERROR;
    if (copy) sqlite3_backup_finish(copy);
    if (outcome != SQLITE_DONE)
        throw std::runtime_error("cannot copy " + from.string() + ": " + sqlite3_errmsg(target.get()));
}

sqlite_digest digest_of_sqlite(const std::filesystem::path& path) {
    sqlite_connection database(path, access::read);
    database.run("BEGIN");
    stream::content_digest digest;
    std::vector<std::string> tables;
    sqlite_statement listing(database, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
    while (listing.next()) tables.push_back(listing.text(0));
    listing.reset();
    for (const std::string& table : tables) {
        const std::string columns_sql = "SELECT count(*) FROM pragma_table_info('" + table + "')";
        sqlite_statement counting(database, columns_sql.c_str());
        const auto columns = static_cast<int>(counting.next() ? counting.integer(0) : 0);
        counting.reset();
        std::string sql = "SELECT * FROM " + table + " ORDER BY 1";
        for (int at = 2; at <= columns; ++at) sql += "," + std::to_string(at);
        digest.add(table);
        sqlite_statement rows(database, sql.c_str());
        while (rows.next()) {
            for (int at = 0; at < columns; ++at) {
                const std::string value = rows.text(at);
                digest.add(std::to_string(value.size()) + ":");
                digest.add(value);
            }
        }
        rows.reset();
    }
    sqlite_statement position(database, "SELECT value FROM meta WHERE key = 'applied'");
    sqlite_digest made;
    if (position.next()) made.applied = static_cast<std::uint64_t>(position.integer(0));
    position.reset();
    made.digest = digest.text();
    database.run("COMMIT");
    return made;
}

}  // namespace yizhan::crm
