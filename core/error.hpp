#pragma once
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <string_view>

namespace yizhan {

/// Everything that can be wrong with what an outsider sends or a disk does. The names are part of the
/// contract: they stand in the log and in the metrics as the reason of a refusal.
enum class errc {
    bad_signature = 1,   // No configured token or secret gives this signature.
    stale_timestamp,     // Signed too long ago (or too far ahead), and never seen before.
    wrong_receive_id,    // Opened, but addressed to another account.
    bad_padding,         // Padding outside 1..32 or not uniform.
    bad_length,          // The inner length says more than is there, or the ciphertext is cut.
    bad_base64,          // Not base64.
    bad_key,             // A key of ours that cannot be one (43 characters that give 32 bytes).
    plaintext_refused,   // A clear body where the configuration asks for encryption.
    encryption_refused,  // An encrypted body where the configuration says plaintext.
    malformed_message,   // Genuine or not, it cannot be read.
    doctype_refused,     // XML with a document type: never needed, always dangerous.
    too_deep,            // Nested deeper, or with more elements, than any platform sends.
    malformed_framing,   // HTTP that two readers could read differently.
    missing_parameter,   // A query without signature, timestamp or nonce.
    address_refused,     // Not from `allow_from`.
    unknown_account,     // No account with this path.
    method_refused,      // Neither GET nor POST.
    too_large,           // A body over the limit.
    encoding_refused,    // Any Content-Encoding.
    storage_full,        // No room for another segment: nothing is accepted until there is.
    storage_failed,      // A write or sync failed: nothing is acknowledged any more.
    overloaded,          // More waits to be kept than may wait.
    past_deadline,       // The platform no longer waits for this answer.
    not_found,           // What was asked for is not (or no longer) there.
    conflict,            // Someone else's claim, or a claim that has ended.
};

}  // namespace yizhan

template <>
struct boost::system::is_error_code_enum<yizhan::errc> : std::true_type {};

namespace yizhan {

const boost::system::error_category& yizhan_category();
inline boost::system::error_code make_error_code(errc code) {
    return {static_cast<int>(code), yizhan_category()};
}

using error_code = boost::system::error_code;
template <class T>
using result = boost::system::result<T>;

/// The name of the value, as logs, metrics and tests know it.
std::string_view name_of(errc code);
inline std::string_view name_of(const error_code& code) {
    return code.category() == yizhan_category() ? name_of(static_cast<errc>(code.value())) : "system_error";
}

}  // namespace yizhan
