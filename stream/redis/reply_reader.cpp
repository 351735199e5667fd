#include "stream/redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

namespace yizhan::stream::redis {
namespace {

constexpr std::size_t number_length_max = 20;

struct free_reply {
    void operator()(void* made) const { ::freeReplyObject(made); }
};

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [stopped, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || stopped != text.data() + text.size()) return std::nullopt;
    return number;
}

reply ours(const redisReply& theirs) {
    reply made;
    switch (theirs.type) {
        case REDIS_REPLY_STATUS: made.what = reply::kind::status; break;
        case REDIS_REPLY_ERROR: made.what = reply::kind::error; break;
        case REDIS_REPLY_STRING: made.what = reply::kind::text; break;
        case REDIS_REPLY_INTEGER: made.what = reply::kind::number, made.number = theirs.integer; return made;
        case REDIS_REPLY_ARRAY:
            made.what = reply::kind::list;
            made.elements.reserve(theirs.elements);
            for (std::size_t at = 0; at < theirs.elements; ++at) made.elements.push_back(ours(*theirs.element[at]));
            return made;
        default: return made;
    }
    made.text.assign(theirs.str, static_cast<std::size_t>(theirs.len));
    return made;
}

}  // namespace

void reply_gate::begin_anew() { *this = reply_gate(with_); }

void reply_gate::end_element() {
    began_ = true;
    while (depth_ > 0 && --left_[depth_ - 1] == 0) --depth_;
}

error_code reply_gate::begin_list(std::int64_t count) {
    if (count <= 0) return end_element(), error_code{};
    if (static_cast<std::size_t>(count) > with_.elements - elements_) return errc::too_large;
    if (depth_ == depth_max) return errc::too_deep;
    elements_ += static_cast<std::size_t>(count);
    left_[depth_++] = static_cast<std::size_t>(count);
    began_ = true;
    return {};
}

/// One line, without its end.
error_code reply_gate::read_line(std::string_view line) {
    if (line.empty()) return errc::malformed_message;
    const char kind = line.front();
    line.remove_prefix(1);
    if (kind == '+' || kind == '-') return end_element(), error_code{};
    const auto number = line.size() > number_length_max ? std::nullopt : number_of(line);
    if (!number) return errc::malformed_message;
    switch (kind) {
        case ':': return end_element(), error_code{};
        case '*': return *number < -1 ? error_code(errc::malformed_message) : begin_list(*number);
        case '$':
            if (*number < -1) return errc::malformed_message;
            if (*number > static_cast<std::int64_t>(with_.bytes)) return errc::too_large;
            if (*number == -1) return end_element(), error_code{};
            in_text_ = true;
            text_length_ = static_cast<std::size_t>(*number);
            return {};
        default: return errc::malformed_message;
    }
}

result<std::size_t> reply_gate::end_of(std::string_view bytes) {
    while (!is_over()) {
        if (in_text_) {
            if (at_ + text_length_ + 2 > with_.bytes) return errc::too_large;
            if (bytes.size() < at_ + text_length_ + 2) return std::size_t{0};
            if (bytes.substr(at_ + text_length_, 2) != "\r\n") return errc::malformed_message;
            at_ += text_length_ + 2;
            in_text_ = false;
            end_element();
            continue;
        }
        const std::size_t end = bytes.find('\n', at_);
        if (std::min(end, bytes.size()) >= with_.bytes) return errc::too_large;
        if (end == std::string_view::npos) return std::size_t{0};
        const std::string_view line = bytes.substr(at_, end - at_);
        // A carriage return ends a line and stands nowhere else: hiredis looks for the first one.
        if (line.find('\r') != line.size() - 1 || line.empty()) return errc::malformed_message;
        if (const error_code wrong = read_line(line.substr(0, line.size() - 1))) return wrong;
        at_ = end + 1;
    }
    const std::size_t length = at_;
    begin_anew();
    return length;
}

struct reply_reader::parser {
    redisReader* its = ::redisReaderCreate();
    parser() {
        if (!its) throw std::bad_alloc();
    }
    parser(const parser&) = delete;
    ~parser() { ::redisReaderFree(its); }
};

reply_reader::reply_reader(reply_limits with) : gate_(with), parser_(std::make_unique<parser>()) {}
reply_reader::~reply_reader() = default;
reply_reader::reply_reader(reply_reader&&) noexcept = default;

result<std::optional<reply>> reply_reader::next() {
    const std::string_view waiting = std::string_view(bytes_).substr(begins_);
    const auto length = waiting.empty() ? result<std::size_t>(std::size_t{0}) : gate_.end_of(waiting);
    if (!length) return length.error();
    if (*length == 0) {
        bytes_.erase(0, std::exchange(begins_, 0));
        return std::optional<reply>{};
    }
    void* made = nullptr;
    const bool is_good = ::redisReaderFeed(parser_->its, waiting.data(), *length) == REDIS_OK &&
                         ::redisReaderGetReply(parser_->its, &made) == REDIS_OK;
    const std::unique_ptr<void, free_reply> theirs(made);
    begins_ += *length;
    if (!is_good || !theirs) return errc::malformed_message;
    return std::optional<reply>(ours(*static_cast<const redisReply*>(theirs.get())));
}

void append_command(std::string& out, const std::vector<std::string_view>& words) {
    thread_local std::vector<const char*> beginnings;
    thread_local std::vector<std::size_t> lengths;
    beginnings.clear(), lengths.clear();
    for (const std::string_view each : words) beginnings.push_back(each.data()), lengths.push_back(each.size());
    char* made = nullptr;
    const int length = ::redisFormatCommandArgv(&made, static_cast<int>(words.size()), beginnings.data(), lengths.data());
    if (length < 0) throw std::bad_alloc();
    out.append(made, static_cast<std::size_t>(length));
    ::redisFreeCommand(made);
}

}  // namespace yizhan::stream::redis
