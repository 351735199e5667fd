#pragma once
#include "adapters/adapter.hpp"
#include "crypto/digest.hpp"

/// What all XML callbacks of WeCom have in common.
namespace yizhan::adapters::wecom {

/// Reads a message, an event or a notice. `scope` is the configured account, for the event's id. In the
/// envelope of a suite or a provider, what concerns one corporation gets it as tenant.
/// Errors: malformed_message, doctype_refused, too_deep.
result<void> read_message(crypto::hasher& with, std::string_view clear, std::string_view scope,
                          decoded& into);

/// A passive reply, or the update of the template card that was tapped.
std::string passive_reply(const decoded& all, const event& to, const reply& with, const moment& at);

/// Why this platform shows no such reply; empty when it does.
std::string_view cannot_show(const event& to, const reply& with);

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
