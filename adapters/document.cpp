#include "adapters/document.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <pugixml.hpp>

#include <cstring>
#include <new>

#include "core/json_text.hpp"

namespace yizhan::adapters {
namespace {

constexpr std::uint32_t none = 0xffffffffu;
constexpr std::size_t kept_bytes_max = 128 << 10;
constexpr std::string_view blanks = " \t\r\n";

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

bool is_name(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

std::string_view without_bom(std::string_view bytes) {
    return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
}

// What pugixml takes its memory from: unlike malloc, this lets go what is kept back for the moment without any.
void* take_memory(std::size_t bytes) { return ::operator new(bytes, std::nothrow); }
void give_back_memory(void* what) { ::operator delete(what); }
[[maybe_unused]] const bool is_set = (pugi::set_memory_management_functions(take_memory, give_back_memory), true);

}  // namespace

struct document::parsed {
    pugi::xml_document xml;
    std::string bytes;
};

document::document() = default;
document::~document() = default;
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool is_one_of(std::string_view word, std::string_view words) {
    if (word.empty()) return false;
    for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        const std::size_t behind = at + word.size();
        if ((at == 0 || words[at - 1] == ' ') && (behind == words.size() || words[behind] == ' '))
            return true;
    }
    return false;
}

void document::clear(std::size_t bytes) {
    nodes_.clear();
    unescaped_.clear();
    // One long letter is no reason to keep room for more of them.
    if (parsed_ && parsed_->bytes.capacity() > kept_bytes_max) parsed_.reset();
    if (unescaped_.capacity() < bytes) unescaped_.reserve(bytes);
}

result<void> document::read(std::string_view bytes) {
    const std::string_view content = without_bom(bytes);
    const std::size_t first = content.find_first_not_of(blanks);
    if (first == std::string_view::npos) return errc::malformed_message;
    return content[first] == '<' ? read_xml(content) : read_json(content);
}

/// The one shape that the platforms send almost always: `<xml>`, then leaves of plain text or a single CDATA.
/// Gives up (false) on anything else, which is then pugixml's.
bool document::scan_flat_xml(std::string_view bytes) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    const auto skip_blanks = [&] {
        while (at != end && is_blank(*at)) ++at;
    };
    const auto takes = [&](std::string_view word) {
        if (static_cast<std::size_t>(end - at) < word.size() || std::string_view(at, word.size()) != word)
            return false;
        at += word.size();
        return true;
    };
    skip_blanks();
    if (!takes("<xml>")) return false;
    nodes_.push_back({"xml", {}, shape::object, 0});
    for (;;) {
        skip_blanks();
        if (at == end || *at != '<') return false;
        ++at;
        const char* const name_begin = at;
        while (at != end && is_name(*at)) ++at;
        if (at == end) return false;
        if (at == name_begin) {
            if (!takes("/xml>")) return false;
            skip_blanks();
            nodes_.front().end = static_cast<std::uint32_t>(nodes_.size());
            return at == end;
        }
        if (*at != '>') return false;
        const std::string_view name(name_begin, static_cast<std::size_t>(at - name_begin));
        ++at;

        const char* const text_begin = at;
        std::string_view text;
        while (at != end && *at != '<') {
            if (*at == '&') return false;
            ++at;
        }
        const std::string_view before(text_begin, static_cast<std::size_t>(at - text_begin));
        if (takes("<![CDATA[")) {
            if (!trimmed(before).empty()) return false;
            const std::string_view rest(at, static_cast<std::size_t>(end - at));
            const std::size_t close = rest.find("]]>");
            if (close == std::string_view::npos) return false;
            text = rest.substr(0, close);
            at += close + 3;
            skip_blanks();
        } else {
            text = trimmed(before);
        }
        if (!takes("</") || !takes(name) || !takes(">")) return false;
        if (nodes_.size() == nodes_max) return false;
        nodes_.push_back({name, text, shape::text, static_cast<std::uint32_t>(nodes_.size() + 1)});
    }
}

struct xml_reader {
    document& into;

    /// All character data of a leaf: a text may come in several pieces, `]]>` always does.
    std::string_view text_of(const pugi::xml_node& leaf) {
        const pugi::xml_node first = leaf.first_child();
        if (!first) return {};
        if (!first.next_sibling()) {
            const std::string_view only = first.value();
            return first.type() == pugi::node_cdata ? only : trimmed(only);
        }
        bool has_cdata = false;
        for (const pugi::xml_node piece : leaf.children()) has_cdata |= piece.type() == pugi::node_cdata;
        const std::size_t begin = into.unescaped_.size();
        for (const pugi::xml_node piece : leaf.children()) {
            const std::string_view text = piece.value();
            if (has_cdata && piece.type() == pugi::node_pcdata && trimmed(text).empty()) continue;
            into.unescaped_.append(text);
        }
        return std::string_view(into.unescaped_).substr(begin);
    }

    result<void> add(const pugi::xml_node& element, std::size_t depth) {
        if (depth > document::depth_max || into.nodes_.size() >= document::nodes_max) return errc::too_deep;
        const std::size_t at = into.nodes_.size();
        into.nodes_.push_back({element.name(), {}, document::shape::text, 0});
        bool has_children = depth == 1;  // The root is an object even when it is empty.
        for (const pugi::xml_node child : element.children()) {
            if (child.type() != pugi::node_element) continue;
            has_children = true;
            if (const auto added = add(child, depth + 1); !added) return added;
        }
        if (has_children)
            into.nodes_[at].is = document::shape::object;
        else
            into.nodes_[at].text = text_of(element);
        into.nodes_[at].end = static_cast<std::uint32_t>(into.nodes_.size());
        return {};
    }
};

result<void> document::read_xml(std::string_view given) {
    const std::string_view bytes = without_bom(given);
    is_json_ = false;
    clear(bytes.size());
    if (scan_flat_xml(bytes)) return {};

    clear(bytes.size());
    if (!parsed_) parsed_ = std::make_unique<parsed>();
    parsed_->bytes.assign(bytes);
    std::erase(parsed_->bytes, '\0');  // XML has none; pugixml would take one for the end.
    constexpr unsigned int flags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_doctype;
    const pugi::xml_parse_result outcome = parsed_->xml.load_buffer_inplace(
        parsed_->bytes.data(), parsed_->bytes.size(), flags, pugi::encoding_utf8);
    if (outcome.status == pugi::status_out_of_memory) throw std::bad_alloc();
    if (outcome.status == pugi::status_bad_doctype) return errc::doctype_refused;
    for (const pugi::xml_node top : parsed_->xml.children())
        if (top.type() == pugi::node_doctype) return errc::doctype_refused;
    const pugi::xml_node root = parsed_->xml.document_element();
    if (!outcome || !root || root.next_sibling()) return errc::malformed_message;
    return xml_reader{*this}.add(root, 1);
}

/// What RapidJSON takes its stack from: unlike its own, this one says when there is no memory.
struct new_allocator {
    static constexpr bool kNeedFree = true;
    void* Malloc(std::size_t bytes) { return bytes ? ::operator new(bytes) : nullptr; }
    void* Realloc(void* from, std::size_t before, std::size_t bytes) {
        void* const made = Malloc(bytes);
        if (from && made) std::memcpy(made, from, std::min(before, bytes));
        Free(from);
        return made;
    }
    static void Free(void* what) { ::operator delete(what); }
};

/// RapidJSON's events into nodes. Numbers keep their digits: an id above 2^53 must not pass through a double.
struct json_reader {
    document& into;
    std::string_view key;
    std::vector<std::uint32_t> open;  // Containers not yet closed.
    bool full = false;

    std::string_view kept(const char* text, rapidjson::SizeType length) {
        const std::size_t begin = into.unescaped_.size();
        into.unescaped_.append(text, length);
        return std::string_view(into.unescaped_).substr(begin);
    }
    bool add(std::string_view text, document::shape is) {
        if (into.nodes_.size() >= document::nodes_max || open.size() >= document::depth_max) {
            full = true;
            return false;
        }
        const auto at = static_cast<std::uint32_t>(into.nodes_.size());
        into.nodes_.push_back({key, text, is, at + 1});
        key = {};
        if (is == document::shape::object || is == document::shape::array) open.push_back(at);
        return true;
    }
    bool close() {
        into.nodes_[open.back()].end = static_cast<std::uint32_t>(into.nodes_.size());
        open.pop_back();
        return true;
    }

    bool Null() { return add("null", document::shape::literal); }
    bool Bool(bool value) { return add(value ? "true" : "false", document::shape::literal); }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
        return add(kept(text, length), document::shape::number);
    }
    bool String(const char* text, rapidjson::SizeType length, bool) {
        return add(kept(text, length), document::shape::text);
    }
    bool Key(const char* text, rapidjson::SizeType length, bool) {
        key = trimmed(kept(text, length));  // One page's sample has keys with a leading blank.
        return true;
    }
    bool StartObject() { return add({}, document::shape::object); }
    bool EndObject(rapidjson::SizeType) { return close(); }
    bool StartArray() { return add({}, document::shape::array); }
    bool EndArray(rapidjson::SizeType) { return close(); }
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
};

result<void> document::read_json(std::string_view given) {
    if (const auto parsed = parse_json(given); !parsed) return parsed;
    if (nodes_.front().is != shape::object) return errc::malformed_message;
    return {};
}

result<void> document::read_json_or_list(std::string_view given) {
    if (const auto parsed = parse_json(given); !parsed) return parsed;
    if (nodes_.front().is < shape::object) return errc::malformed_message;
    return {};
}

result<void> document::parse_json(std::string_view given) {
    const std::string_view bytes = without_bom(given);
    is_json_ = true;
    clear(bytes.size());
    constexpr unsigned flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag |
                               rapidjson::kParseIterativeFlag;
    rapidjson::MemoryStream memory(bytes.data(), bytes.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(memory);
    rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, new_allocator> reader;
    json_reader into{*this, {}, {}, false};
    if (!reader.Parse<flags>(stream, into)) return into.full ? errc::too_deep : errc::malformed_message;
    if (memory.Tell() != bytes.size())
        return errc::malformed_message;  // A NUL ends the parser's view, not ours.
    return {};
}

void document::take(const document& whole, const node& part) {
    const auto begin = static_cast<std::uint32_t>(&part - whole.nodes_.data());
    nodes_.assign(whole.nodes_.begin() + begin, whole.nodes_.begin() + part.end);
    for (node& each : nodes_) each.end -= begin;
    is_json_ = whole.is_json_;
}

std::uint32_t document::child(std::uint32_t parent, std::string_view name) const {
    for (std::uint32_t at = parent + 1; at < nodes_[parent].end; at = nodes_[at].end)
        if (nodes_[at].name == name) return at;
    return none;
}

std::vector<const document::node*> document::same_named_after(const node& one) const {
    std::vector<const node*> all;
    if (nodes_[0].is == shape::array || one.is == shape::array) return all;
    // The parent ends where the first of its ancestors does that begins before and ends last behind us.
    std::uint32_t parent_end = root().end;
    for (std::uint32_t at = 0; at < position(one); ++at)
        if (nodes_[at].end > position(one)) parent_end = nodes_[at].end;
    for (std::uint32_t at = one.end; at < parent_end; at = nodes_[at].end)
        if (nodes_[at].name == one.name) all.push_back(&nodes_[at]);
    return all;
}

std::size_t document::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::uint32_t at = 1; !nodes_.empty() && at < root().end; at = nodes_[at].end)
        found += nodes_[at].name == name;
    return found;
}

const document::node* document::find(std::initializer_list<std::string_view> path) const {
    return nodes_.empty() ? nullptr : find_in(root(), path);
}

const document::node* document::find_in(const node& within,
                                        std::initializer_list<std::string_view> path) const {
    std::uint32_t at = position(within);
    for (const std::string_view name : path)
        if ((at = child(at, name)) == none) return nullptr;
    return &nodes_[at];
}
const document::node* document::find(std::string_view name) const { return find({name}); }

std::string_view document::word_in(const node& within, std::initializer_list<std::string_view> path) const {
    const node* found = find_in(within, path);
    return found && found->is <= shape::number ? trimmed(found->text) : std::string_view{};
}

std::vector<const document::node*> document::items(const node& of) const {
    return of.is == shape::array ? members(of) : std::vector<const node*>{&of};
}

std::vector<const document::node*> document::members(const node& of) const {
    std::vector<const node*> all;
    for (std::uint32_t at = position(of) + 1; at < of.end; at = nodes_[at].end) all.push_back(&nodes_[at]);
    return all;
}

std::string_view document::text(std::initializer_list<std::string_view> path) const {
    const node* found = find(path);
    return found && found->is <= shape::number ? found->text : std::string_view{};
}
std::string_view document::text(std::string_view name) const { return text({name}); }
std::string_view document::word(std::initializer_list<std::string_view> path) const {
    return trimmed(text(path));
}
std::string_view document::word(std::string_view name) const { return trimmed(text({name})); }

void document::append_value(std::string& out, std::uint32_t at, std::string_view masked) const {
    const node& value = nodes_[at];
    switch (value.is) {
        case shape::text:
            json::append_string(out, value.text);
            return;
        case shape::number:
        case shape::literal:
            out += value.text;
            return;
        case shape::object:
            append_members(out, at, masked);
            return;
        case shape::array:
            break;
    }
    out += '[';
    for (std::uint32_t item = at + 1; item < value.end; item = nodes_[item].end) {
        if (item != at + 1) out += ',';
        append_value(out, item, masked);
    }
    out += ']';
}

void document::append_members(std::string& out, std::uint32_t parent, std::string_view masked) const {
    const std::uint32_t end = nodes_[parent].end;
    const auto same_name_before = [&](std::uint32_t at) {
        for (std::uint32_t other = parent + 1; other < at; other = nodes_[other].end)
            if (nodes_[other].name == nodes_[at].name) return true;
        return false;
    };
    const auto same_name_behind = [&](std::uint32_t at) {
        for (std::uint32_t other = nodes_[at].end; other < end; other = nodes_[other].end)
            if (nodes_[other].name == nodes_[at].name) return other;
        return none;
    };
    out += '{';
    for (std::uint32_t at = parent + 1; at < end; at = nodes_[at].end) {
        if (same_name_before(at)) continue;
        if (out.back() != '{') out += ',';
        json::append_string(out, nodes_[at].name);
        out += ':';
        if (!masked.empty() && is_one_of(nodes_[at].name, masked)) {
            out += "\"[secret]\"";
            continue;
        }
        std::uint32_t next = same_name_behind(at);
        if (next == none) {
            append_value(out, at, masked);
            continue;
        }
        out += '[';
        append_value(out, at, masked);
        for (; next != none; next = same_name_behind(next)) {
            out += ',';
            append_value(out, next, masked);
        }
        out += ']';
    }
    out += '}';
}

void document::append_json(std::string& out, std::uint32_t at, std::string_view masked) const {
    if (nodes_.empty())
        out += "{}";
    else if (at == 0 && nodes_.front().is != shape::array)
        append_members(out, 0, masked);
    else
        append_value(out, at, masked);
}

}  // namespace yizhan::adapters
