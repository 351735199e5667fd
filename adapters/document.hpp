#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace yizhan::adapters {

/// What a platform sent, XML or JSON, as one tree of names and texts; so that an adapter's table need not
/// care.
///
/// A document is read again and again without giving its memory back. Everything it returns is a view that
/// lives until the next `read`, and only as long as the bytes it was read from.
class document {
public:
    enum class shape : std::uint8_t { text, number, literal, object, array };
    struct node {
        std::string_view name, text;  // Text of an XML leaf or a JSON string, unescaped; digits of a number.
        shape is = shape::text;
        std::uint32_t end = 0;  // One past its last descendant, in document order.
    };

    static constexpr std::size_t depth_max = 32, nodes_max = 1000;

    document();
    ~document();
    document(document&&) noexcept;
    document& operator=(document&&) noexcept;

    /// Takes XML or JSON by the first byte that is no blank, since Content-Type tells nothing (wechat
    /// "消息推送"). Errors: malformed_message, doctype_refused, too_deep.
    result<void> read(std::string_view bytes);
    result<void> read_xml(std::string_view bytes);
    result<void> read_json(std::string_view bytes);

    /// Becomes the part of another document, which must outlive it.
    void take(const document& whole, const node& part);

    bool is_json() const { return is_json_; }

    /// The node at this path from the root, the first where names repeat; null if there is none.
    const node* find(std::initializer_list<std::string_view> path) const;
    const node* find(std::string_view name) const;

    /// Text exactly as sent; empty when there is no such node or it has children.
    std::string_view text(std::string_view name) const;
    std::string_view text(std::initializer_list<std::string_view> path) const;
    /// The same without white space around it: for ids, numbers and names.
    std::string_view word(std::string_view name) const;
    std::string_view word(std::initializer_list<std::string_view> path) const;

    /// Appends the whole as a JSON object, names and order untouched. XML leaves become strings, repeated
    /// siblings an array; JSON numbers keep all their digits.
    void append_json(std::string& out) const;

private:
    friend struct xml_reader;
    friend struct json_reader;
    struct parsed;

    bool scan_flat_xml(std::string_view bytes);
    std::uint32_t child(std::uint32_t parent, std::string_view name) const;
    void append_value(std::string& out, std::uint32_t at) const;
    void append_members(std::string& out, std::uint32_t parent) const;
    void clear(std::size_t bytes);

    std::vector<node> nodes_;  // The root first; every node directly behind its parent's earlier children.
    std::string unescaped_;    // Reserved for the whole input, so that views into it stay.
    std::unique_ptr<parsed> parsed_;
    bool is_json_ = false;
};

std::string_view trimmed(std::string_view text);

}  // namespace yizhan::adapters
