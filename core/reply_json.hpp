#pragma once
#include <string>
#include <string_view>

#include "core/reply.hpp"
#include "core/error.hpp"

namespace yizhan {

/// A reply as the API takes it and the journal keeps it: one member that names its kind, such as {"text":"…"},
/// {"image":"MEDIA_ID"}, {"video":{"media_id","title","description"}}, {"music":{"title","description","url","hq_url",
/// "thumb_id"}}, {"news":[{"title","description","url","image"}]}, {"location":{"latitude","longitude"}}. Beside it `code` may
/// stand: with which a platform lets something be said once (a welcome, the end of a session).
void append_reply(std::string& out, const reply& what);

/// `why` says what is wrong, for whoever wrote it. Errors: malformed_message.
result<reply> reply_of(std::string_view json, std::string& why);

}  // namespace yizhan
