#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// How numbers and texts lie in the payloads of the journal: numbers as they are in memory (little endian), a text behind
/// its length in four bytes.
namespace yizhan::stream {

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void put_text(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

/// Takes one piece after the other; once something is missing, everything is empty and `good` is false.
struct taker {
    std::string_view rest;
    bool good = true;

    template <class T>
    T number() {
        T value{};
        if (rest.size() < sizeof value) return good = false, value;
        std::memcpy(&value, rest.data(), sizeof value);
        rest.remove_prefix(sizeof value);
        return value;
    }
    std::string_view text() {
        const auto length = number<std::uint32_t>();
        if (!good || rest.size() < length) return good = false, std::string_view{};
        const std::string_view taken = rest.substr(0, length);
        rest.remove_prefix(length);
        return taken;
    }
    void list(std::vector<std::string_view>& into) {
        const auto count = number<std::uint32_t>();
        into.clear();
        for (std::uint32_t at = 0; good && at < count; ++at) into.push_back(text());
    }
};

}  // namespace yizhan::stream
