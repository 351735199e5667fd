#include "adapters/sealed.hpp"

#include "core/json_text.hpp"
#include "core/time.hpp"

namespace yizhan::adapters {

std::int64_t seconds_to_ms(std::string_view timestamp) {
    const auto seconds = decimal(timestamp);
    return seconds && *seconds < 100000000000 ? *seconds * 1000 : 0;
}

result<sealed_callbacks> sealed_callbacks::of(const account& settings) {
    sealed_callbacks made;
    made.tokens_ = settings.tokens;
    for (const std::string& key : settings.aes_keys) {
        auto envelope = crypto::envelope::with_key(key);
        if (!envelope) return envelope.error();
        made.keys_.push_back(std::move(*envelope));
    }
    return made;
}

result<std::uint8_t> secret_that_signed(crypto::hasher& with, std::span<const std::string> secrets,
                                        const callback& received, std::string_view fourth,
                                        std::string_view given_signature) {
    const std::string_view timestamp = received.query["timestamp"], nonce = received.query["nonce"];
    if (given_signature.empty() || timestamp.empty() || nonce.empty()) return errc::missing_parameter;
    std::size_t found = secrets.size();
    for (std::size_t at = 0; at < secrets.size(); ++at) {
        const std::string_view parts[] = {secrets[at], timestamp, nonce, fourth};
        const std::span<const std::string_view> used(parts, fourth.empty() ? 3 : 4);
        if (crypto::same(crypto::sign(with, used), given_signature) && found == secrets.size()) found = at;
    }
    if (found == secrets.size()) return errc::bad_signature;
    return static_cast<std::uint8_t>(found);
}

result<opening> sealed_callbacks::verify_plain(const callback& received) {
    const auto token = token_of(received, {}, received.query["signature"]);
    if (!token) return token.error();
    if (received.query["echostr"].empty()) return errc::missing_parameter;
    return opening{
        received.query["echostr"], seconds_to_ms(received.query["timestamp"]), *token, 0, false, false};
}

result<opening> sealed_callbacks::open_body(const callback& received,
                                            std::span<const std::string> receive_ids, std::string& buffer) {
    const auto envelope = read_body(received);
    if (!envelope) return envelope.error();
    if (envelope->encrypt.empty()) return errc::plaintext_refused;
    auto opened = open(received, envelope->encrypt, receive_ids, buffer);
    if (opened) opened->json = envelope->json;
    return opened;
}

result<opening> sealed_callbacks::open(const callback& received, std::string_view ciphertext,
                                       std::span<const std::string> receive_ids, std::string& buffer) {
    const auto token = token_of(received, ciphertext, received.query["msg_signature"]);
    if (!token) return token.error();
    error_code first_failure = errc::bad_key;
    for (std::size_t at = 0; at < keys_.size(); ++at) {
        const auto letter = keys_[at].open(ciphertext, buffer);
        error_code failure = letter ? errc::wrong_receive_id : letter.error();
        if (letter) {
            for (const std::string& id : receive_ids)
                if (crypto::same_secret(id, letter->receive_id)) failure = {};
        }
        if (!failure)
            return opening{letter->message,
                           seconds_to_ms(received.query["timestamp"]),
                           *token,
                           static_cast<std::uint8_t>(at),
                           true,
                           false};
        if (at == 0) first_failure = failure;
    }
    return first_failure;
}

std::string sealed_callbacks::seal(const opening& request, std::string_view nonce, std::string_view clear,
                                   std::string_view receive_id, const moment& at, reply_names names) {
    const std::string encrypt = keys_[request.key].seal(clear, receive_id, at.salt);
    const std::string timestamp = std::to_string(at.now_ms / 1000);
    const std::string_view parts[] = {tokens_[request.token], timestamp, nonce, encrypt};
    const crypto::signature signature = crypto::sign(hasher_, parts);
    std::string out;
    out.reserve(encrypt.size() + 220);
    if (request.json) {
        const bool lower = names == reply_names::lower;
        out.append(lower ? R"({"encrypt":")" : R"({"Encrypt":")").append(encrypt);
        out.append(lower ? R"(","msgsignature":")" : R"(","MsgSignature":")");
        out.append(crypto::text_of(signature));
        out.append(lower ? R"(","timestamp":)" : R"(","TimeStamp":)").append(timestamp);
        out.append(lower ? R"(,"nonce":)" : R"(,"Nonce":)");
        json::append_string(out, nonce);
        return out += '}';
    }
    out.append("<xml><Encrypt><![CDATA[").append(encrypt).append("]]></Encrypt><MsgSignature><![CDATA[");
    out.append(crypto::text_of(signature)).append("]]></MsgSignature><TimeStamp>").append(timestamp);
    out.append("</TimeStamp><Nonce><![CDATA[").append(nonce).append("]]></Nonce></xml>");
    return out;
}

result<outer> read_outer(document& with, std::string_view body) {
    if (const auto read = with.read(body); !read) return read.error();
    if (with.count("Encrypt") + with.count("encrypt") > 1) return errc::malformed_message;
    std::string_view encrypt = with.word("Encrypt");
    if (encrypt.empty()) encrypt = with.word("encrypt");
    return outer{encrypt, with.is_json()};
}

}  // namespace yizhan::adapters
