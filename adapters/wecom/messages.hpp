#pragma once
#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"

/// What all XML callbacks of WeCom have in common.
namespace yizhan::adapters::wecom {

/// Reads a message, an event or a notice. `scope` makes the event's id, `corporation` says whose people these
/// are; empty: whom the notice names. Errors: malformed_message, doctype_refused, too_deep.
result<void> read_message(crypto::hasher& with, std::string_view clear, std::string_view scope,
                          std::string_view corporation, decoded& into);

/// A passive reply, or the update of the template card that was tapped.
std::string passive_reply(const decoded& all, const event& to, const reply& with, const moment& at);

/// Why this platform shows no such reply; empty when it does.
std::string_view cannot_show(const decoded& all, const event& to, const reply& with);

/// The echo is ciphertext and part of the signature; the answer is its clear bytes, never a number. A
/// message that somebody sends here as an echo is not decrypted for them.
template <class Open>
result<opening> verify_echo(const callback& received, const Open& open);

std::string unblanked(std::string_view echo);  // A form-style decoder in front of us made `+` a blank.
bool is_echo(std::string_view clear);

template <class Open>
result<opening> verify_echo(const callback& received, const Open& open) {
    const std::string echo = unblanked(received.query["echostr"]);
    if (echo.empty()) return errc::missing_parameter;
    auto opened = open(echo);
    if (opened && !is_echo(opened->clear)) return errc::malformed_message;
    return opened;
}

}  // namespace yizhan::adapters::wecom
