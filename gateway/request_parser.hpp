#pragma once
#include <boost/beast/http/basic_parser.hpp>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace yizhan::gateway {

/// Beast's parser behind our own gate (framing.hpp), which has read the fields already: what is still wanted is that
/// both agree where the request ends, and the body.
class request_parser final : public boost::beast::http::basic_parser<true> {
public:
    /// Of known length: into what the parser was fed, all at once. In chunks: put together.
    std::string_view body() const { return is_whole_ ? whole_ : joined_; }
    std::string take_joined() { return std::move(joined_); }

private:
    using view = boost::beast::string_view;
    using length = boost::optional<std::uint64_t>;

    void on_body_init_impl(const length& known, error_code&) override { is_whole_ = known.has_value(); }
    std::size_t on_body_impl(view text, error_code&) override {
        whole_ = {text.data(), text.size()};
        return text.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, view text, error_code&) override {
        joined_.append(text.data(), text.size());
        return text.size();
    }
    void on_request_impl(boost::beast::http::verb, view, view, int, error_code&) override {}
    void on_response_impl(int, view, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, view, view, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    std::string_view whole_;
    std::string joined_;
    bool is_whole_ = false;
};

}  // namespace yizhan::gateway
