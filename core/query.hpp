#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yizhan {

/// Decodes `%41`; everything else stands for itself, `+` included: a plus in a ciphertext is not a blank.
std::string percent_decoded(std::string_view text);

/// Percent-encodes everything but letters, digits and `-._~`; a blank becomes `%20`.
std::string percent_encoded(std::string_view text);

/// The parameters of a URL's query, in their order, decoded. Views into the raw query, which must outlive it,
/// and into itself, where something was to be decoded.
class query {
public:
    query() = default;
    explicit query(std::string_view raw) { read(raw); }
    query(query&&) noexcept = default;
    query& operator=(query&&) noexcept = default;

    /// The same in its place, with the memory that it has.
    void read(std::string_view raw);

    /// The first of this name; empty if there is none.
    std::string_view operator[](std::string_view name) const;
    bool has(std::string_view name) const;

private:
    std::string_view decoded(std::string_view text);

    std::vector<std::pair<std::string_view, std::string_view>> parameters_;
    std::vector<std::unique_ptr<std::string>> storage_;
};

}  // namespace yizhan
