#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// One JSON object a line, to standard output. Never blocks: lines wait in a bounded queue for a thread of
/// their own, and when nobody reads the output the oldest go, counted. Never a secret; a customer's text only
/// at `debug`.
namespace yizhan::gateway::log {

enum class level { debug, info, warn, error };

struct value {
    std::string_view name, text;
    std::int64_t number = 0;
    bool is_number = false;

    value(std::string_view its_name, std::string_view its_text) : name(its_name), text(its_text) {}
    value(std::string_view its_name, const std::string& its_text) : name(its_name), text(its_text) {}
    value(std::string_view its_name, const char* its_text) : name(its_name), text(its_text) {}
    template <class Integer>
    requires std::is_integral_v<Integer> value(std::string_view its_name, Integer its_number)
        : name(its_name), number(static_cast<std::int64_t>(its_number)), is_number(true) {}
};

void start();
void set_level(std::string_view name);
/// Gives the lines that wait a moment to be written, and no more than that.
void stop();

void write(level at, std::string_view message, std::initializer_list<value> values = {});
inline void info(std::string_view message, std::initializer_list<value> values = {}) {
    write(level::info, message, values);
}
inline void warn(std::string_view message, std::initializer_list<value> values = {}) {
    write(level::warn, message, values);
}
inline void error(std::string_view message, std::initializer_list<value> values = {}) {
    write(level::error, message, values);
}

/// Lines that were never written.
std::uint64_t dropped();

}  // namespace yizhan::gateway::log
