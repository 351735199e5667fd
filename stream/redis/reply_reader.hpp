#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "stream/redis/reply.hpp"

namespace yizhan::stream::redis {

struct reply_limits {
    std::size_t bytes = std::size_t{1} << 20;  // Of one reply, lengths and line ends included.
    std::size_t elements = 4096;               // In all lists of one reply.
};

/// Finds the end of one reply and refuses what is none, or too much, before anybody makes anything of it: the parser behind
/// it (hiredis 0.14) has no bound on elements, and takes any length that it is told.
class reply_gate {
public:
    explicit reply_gate(reply_limits with) : with_(with) {}

    /// `bytes` begin where the reply does, and are those of the last call and more. The reply's length; 0 while it is not
    /// whole. Errors: malformed_message, too_large, too_deep. After a whole reply the next one may be looked at.
    result<std::size_t> end_of(std::string_view bytes);

private:
    error_code read_line(std::string_view line);
    error_code begin_list(std::int64_t count);
    void end_element();
    bool is_over() const { return began_ && depth_ == 0; }
    void begin_anew();

    static constexpr std::size_t depth_max = 6;  // hiredis has nine places, and this many lists fit with what is in them.
    reply_limits with_;
    std::size_t at_ = 0;  // What of the reply was understood.
    std::array<std::size_t, depth_max> left_{};  // Of each open list.
    std::size_t depth_ = 0, elements_ = 0, text_length_ = 0;
    bool began_ = false, in_text_ = false;
};

/// Bytes of a connection in, replies out. After an error nothing more can be read: the connection is at its end.
class reply_reader {
public:
    explicit reply_reader(reply_limits with = {});
    ~reply_reader();
    reply_reader(reply_reader&&) noexcept;

    void feed(std::string_view bytes) { bytes_.append(bytes); }

    /// The next reply, or nothing when more bytes are needed. Errors: those of `reply_gate::end_of`.
    result<std::optional<reply>> next();

    /// Bytes that wait to be understood.
    std::size_t waiting() const { return bytes_.size() - begins_; }

private:
    struct parser;
    reply_gate gate_;
    std::unique_ptr<parser> parser_;
    std::string bytes_;
    std::size_t begins_ = 0;  // Where the next reply does.
};

/// A command as Redis takes it: a list of texts.
void append_command(std::string& out, const std::vector<std::string_view>& words);

}  // namespace yizhan::stream::redis
