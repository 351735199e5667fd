#include "core/error.hpp"

#include <string>

namespace yizhan {
namespace {

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "yizhan"; }
    std::string message(int value) const override { return std::string(name_of(static_cast<errc>(value))); }
};

}  // namespace

const boost::system::error_category& yizhan_category() {
    static const category instance;
    return instance;
}

std::string_view name_of(errc code) {
    switch (code) {
        case errc::bad_signature:
            return "bad_signature";
        case errc::stale_timestamp:
            return "stale_timestamp";
        case errc::wrong_receive_id:
            return "wrong_receive_id";
        case errc::bad_padding:
            return "bad_padding";
        case errc::bad_length:
            return "bad_length";
        case errc::bad_base64:
            return "bad_base64";
        case errc::bad_key:
            return "bad_key";
        case errc::plaintext_refused:
            return "plaintext_refused";
        case errc::encryption_refused:
            return "encryption_refused";
        case errc::malformed_message:
            return "malformed_message";
        case errc::doctype_refused:
            return "doctype_refused";
        case errc::too_deep:
            return "too_deep";
        case errc::malformed_framing:
            return "malformed_framing";
        case errc::missing_parameter:
            return "missing_parameter";
        case errc::address_refused:
            return "address_refused";
        case errc::unknown_account:
            return "unknown_account";
        case errc::method_refused:
            return "method_refused";
        case errc::too_large:
            return "too_large";
        case errc::encoding_refused:
            return "encoding_refused";
        case errc::storage_full:
            return "storage_full";
        case errc::storage_failed:
            return "storage_failed";
        case errc::overloaded:
            return "overloaded";
        case errc::past_deadline:
            return "past_deadline";
        case errc::not_found:
            return "not_found";
        case errc::conflict:
            return "conflict";
    }
    return "unknown_error";
}

}  // namespace yizhan
