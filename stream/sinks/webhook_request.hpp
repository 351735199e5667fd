#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.hpp"
#include "stream/sinks/settings.hpp"
#include "stream/sinks/source.hpp"

namespace yizhan::stream {

/// The bytes of a secret of Standard Webhooks: base64 of 24 to 64 bytes, with or without `whsec_` before it. None for
/// anything else.
std::optional<std::string> webhook_secret_of(std::string_view text);

/// `webhook-signature` of Standard Webhooks 1.0: `v1,` and base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, one for each
/// secret, with blanks between them.
std::string webhook_signature(const std::vector<std::string>& secrets, std::string_view id, std::int64_t timestamp_s,
                              std::string_view body);

/// The request that hands these events over: one as a CloudEvent in structured or binary form, in batches as a list. Every
/// attempt with the same events has the same `webhook-id`.
net::http_request webhook_request(const webhook_settings& to, const std::vector<sink_event>& events, std::int64_t now_s);

}  // namespace yizhan::stream
