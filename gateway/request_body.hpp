#pragma once
#include <boost/beast/http/parser.hpp>
#include <memory_resource>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace yizhan::gateway {

/// What a request brings, as Beast's parser takes it: a body of known length is looked at where it lies, one in chunks is
/// put together.
struct request_body {
    struct value_type {
        std::string_view whole;  // Of known length; into what the parser was fed, all at once.
        std::string joined;      // In chunks.
    };
    class reader {
    public:
        template <bool is_request, class Fields>
        reader(boost::beast::http::header<is_request, Fields>&, value_type& into) : into_(into) {}
        void init(const boost::optional<std::uint64_t>& length, error_code& failed) {
            is_whole_ = length.has_value();
            failed = {};
        }
        std::size_t put(const boost::asio::const_buffer& bytes, error_code& failed) {
            const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
            if (is_whole_)
                into_.whole = text;
            else
                into_.joined += text;
            failed = {};
            return text.size();
        }
        void finish(error_code& failed) { failed = {}; }

    private:
        value_type& into_;
        bool is_whole_ = false;
    };
};

using request_parser = boost::beast::http::request_parser<request_body, std::pmr::polymorphic_allocator<char>>;

}  // namespace yizhan::gateway
