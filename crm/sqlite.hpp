#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace yizhan::crm {

/// `fill`: a new file that becomes a copy of another database, whatever that one's pages are like.
enum class access { write, read, fill };

/// Bytes that are no text.
struct sqlite_blob {
    std::string_view bytes;
};

/// A connection to one SQLite database. SQLite 3.40 has a race between two connections that write and
/// checkpoint one WAL: so one connection writes and checkpoints; those that read never checkpoint, not even
/// when they close.
class sqlite_connection {
public:
    /// Throws std::runtime_error with the reason.
    sqlite_connection(const std::string& path, access how);
    ~sqlite_connection();
    sqlite_connection(const sqlite_connection&) = delete;

    /// Throws std::runtime_error.
    void run(const char* sql);
    sqlite3* get() const { return database_; }
    std::int64_t changes() const;
    std::int64_t last_row() const;

private:
    sqlite3* database_ = nullptr;
};

/// A prepared statement, used again and again:
///   auto& row = find_contact_.with(kind, id);
///   while (row.next()) … row.integer(0)
/// Throws state_refuses for values that cannot be stored, and std::runtime_error for everything else.
class sqlite_statement {
public:
    sqlite_statement(const sqlite_connection& in, const char* sql);
    ~sqlite_statement();
    sqlite_statement(const sqlite_statement&) = delete;

    /// Starts anew with these parameters. Texts must live until the statement is done.
    template <class... Values>
    sqlite_statement& with(const Values&... values) {
        reset();
        int at = 0;
        (bind(++at, values), ...);
        return *this;
    }
    bool next();
    /// Runs to the end.
    void run() {
        while (next()) {
        }
        reset();
    }
    void reset();
    /// Of the connection.
    std::int64_t last_row() const;
    std::int64_t integer(int column) const;
    std::string text(int column) const;

private:
    void bind(int at, std::int64_t value);
    void bind(int at, int value) { bind(at, std::int64_t{value}); }
    void bind(int at, std::uint64_t value) { bind(at, static_cast<std::int64_t>(value)); }
    void bind(int at, std::string_view value);
    void bind(int at, const std::array<unsigned char, 16>& value);  // A blob.
    void bind(int at, sqlite_blob value);
    void bind(int at, const std::string& value) { bind(at, std::string_view(value)); }
    void bind(int at, const char* value) { bind(at, std::string_view(value)); }

    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace yizhan::crm
