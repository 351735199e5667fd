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

    /// One platform lists up to a thousand fields, and has a header around them ("智能表格").
    static constexpr std::size_t depth_max = 32, nodes_max = 1100;

    document();
    ~document();
    document(document&&) noexcept;
    document& operator=(document&&) noexcept;

    /// Takes XML or JSON by the first byte that is no blank, since Content-Type tells nothing (wechat
    /// "消息推送"). Errors: malformed_message, doctype_refused, too_deep.
    result<void> read(std::string_view bytes);
    result<void> read_xml(std::string_view bytes);
    result<void> read_json(std::string_view bytes);
    /// The same, where a platform also sends a list of what it else sends one of.
    result<void> read_json_or_list(std::string_view bytes);

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

    /// Appends the whole, or the value at a position, as JSON, names and order untouched. XML leaves become
    /// strings, repeated siblings an array; JSON numbers keep all their digits. What is called by one of the
    /// `masked` names (blanks between) becomes "[secret]".
    void append_json(std::string& out, std::uint32_t at = 0, std::string_view masked = {}) const;

    /// The items of an array, or the one node that stands where a list could: JSON of some senders has a lone
    /// object for a list of one.
    std::vector<const node*> items(const node& of) const;
    std::vector<const node*> members(const node& of) const;
    /// Later siblings of the same name: in XML a list often has no wrapper. Below the same parent only.
    std::vector<const node*> same_named_after(const node& one) const;
    std::size_t count(std::string_view name) const;  // Right below the root.
    std::uint32_t position(const node& of) const { return static_cast<std::uint32_t>(&of - nodes_.data()); }
    const node& root() const { return nodes_.front(); }

    /// What stands inside a node of this document.
    const node* find_in(const node& within, std::initializer_list<std::string_view> path) const;
    std::string_view word_in(const node& within, std::initializer_list<std::string_view> path) const;

private:
    friend struct xml_reader;
    friend struct json_reader;
    struct parsed;

    bool scan_flat_xml(std::string_view bytes);
    std::uint32_t child(std::uint32_t parent, std::string_view name) const;
    result<void> parse_json(std::string_view bytes);
    void append_value(std::string& out, std::uint32_t at, std::string_view masked) const;
    void append_members(std::string& out, std::uint32_t parent, std::string_view masked) const;
    void clear(std::size_t bytes);

    std::vector<node> nodes_;  // The root first; every node directly behind its parent's earlier children.
    std::string unescaped_;    // Reserved for the whole input, so that views into it stay.
    std::unique_ptr<parsed> parsed_;
    bool is_json_ = false;
};

std::string_view trimmed(std::string_view text);

/// Whether `word` is one of these words with blanks between them.
bool is_one_of(std::string_view word, std::string_view words);

}  // namespace yizhan::adapters
