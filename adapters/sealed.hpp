#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"

namespace yizhan::adapters {

/// The envelope of a sealed body.
struct outer {
    std::string_view encrypt;  // Empty: there is none.
    bool json = false;
};

/// Finds `Encrypt` (or an AI bot's `encrypt`) in a body. Errors: as document::read; malformed_message also
/// when there are two, since two readers might take different ones.
result<outer> read_outer(document& with, std::string_view body);

/// Which of these secrets gives this signature over the query's timestamp and nonce and, unless empty,
/// `fourth`. All are tried, so that the time tells nothing. Errors: missing_parameter, bad_signature.
result<std::uint8_t> secret_that_signed(crypto::hasher& with, std::span<const std::string> secrets,
                                        const callback& received, std::string_view fourth,
                                        std::string_view given_signature);

/// How the JSON form of the reply envelope spells its names; an AI bot's has small letters only.
enum class reply_names { capital, lower };

/// Callbacks that are signed over four parts and wrapped in the AES envelope, with several tokens and keys
/// valid at once while one is being replaced.
class sealed_callbacks {
public:
    /// Errors: bad_key.
    static result<sealed_callbacks> of(const account& settings);

    /// The check of an address where the echo is neither encrypted nor part of the signature.
    result<opening> verify_plain(const callback& received);

    /// The body's envelope. Errors: as read_outer.
    result<outer> read_body(const callback& received) { return read_outer(outer_, received.body); }

    /// Opens a body that must be sealed with every token, then every key. `receive_ids`: what may stand at the
    /// envelope's end. Errors besides those of adapter::open: plaintext_refused.
    result<opening> open_body(const callback& received, std::span<const std::string> receive_ids,
                              std::string& buffer);
    /// The same for a ciphertext that stands elsewhere.
    result<opening> open(const callback& received, std::string_view ciphertext,
                         std::span<const std::string> receive_ids, std::string& buffer);

    /// The token that gives this signature over timestamp, nonce and, unless empty, `fourth`.
    result<std::uint8_t> token_of(const callback& received, std::string_view fourth,
                                  std::string_view given_signature) {
        return secret_that_signed(hasher_, tokens_, received, fourth, given_signature);
    }

    /// The reply envelope: `Encrypt`, `MsgSignature`, `TimeStamp`, `Nonce`, in XML or JSON as the request
    /// was.
    std::string seal(const opening& request, std::string_view nonce, std::string_view clear,
                     std::string_view receive_id, const moment& at, reply_names = reply_names::capital);

    crypto::hasher& hasher() { return hasher_; }

private:
    std::vector<std::string> tokens_;
    std::vector<crypto::envelope> keys_;
    document outer_;
    crypto::hasher hasher_;
};

/// Milliseconds of the query's `timestamp`, given in seconds; 0 when it is no number.
std::int64_t seconds_to_ms(std::string_view timestamp);

}  // namespace yizhan::adapters
