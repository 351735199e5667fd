// What customers sent, and what is uploaded for them.
#include "core/json_text.hpp"
#include "core/time.hpp"
#include "gateway/api.hpp"

namespace yizhan::gateway {
namespace {

constexpr std::size_t body_usual_max = std::size_t{1} << 20, body_of_strangers_max = 16384;
constexpr int uploads_max = 4;
constexpr std::int64_t uploaded_good_ms = std::int64_t{3} * 86400 * 1000;

bool is_upload(std::string_view method, std::string_view path) {
    return method == "POST" && path.starts_with("/v1/accounts/") && path.ends_with("/media");
}

}  // namespace

std::size_t api::body_max(const api_key* key, std::string_view method, std::string_view path) const {
    if (!key) return body_of_strangers_max;
    const bool uploads = is_upload(method, path) && may(key->role, method, path);
    return uploads ? std::max(media_max_, body_usual_max) : body_usual_max;
}

net::task<api_response> api::get_media(api_request request) {
    const auto id = event_id_of(request.id);
    if (!id) co_return problem(404, "Not Found", "there is no such event");
    const event_id event = *id;
    const auto find = [this, event] { return with_.state.find_media(event); };
    const std::optional<crm::media> found = co_await ask(find);
    if (!found) co_return problem(404, "Not Found", "nothing was to be fetched with this event");
    const bool may_see = co_await sees_contact(request.key, found->contact);
    if (!may_see) co_return problem(403, "Forbidden", "not a contact of your tasks");
    if (found->status == crm::media_status::wanted)
        co_return problem(409, "Conflict", found->reason.empty() ? "it is being fetched" : "it is still to be fetched: " + found->reason);
    if (found->status == crm::media_status::gone) co_return problem(410, "Gone", found->reason);
    const auto read = [this, &found] { return with_.files.read(found->digest); };
    std::optional<std::string> bytes = co_await ask(read);
    if (!bytes || static_cast<std::int64_t>(bytes->size()) != found->bytes) co_return problem(500, "Internal Server Error", "the file cannot be read");
    api_response made;
    made.body = std::move(*bytes);
    made.type = found->type;
    made.disposition = "attachment; filename=\"" + request.id + "\"";
    co_return made;
}

net::task<api_response> api::upload_media(api_request request) {
    const auto its = std::ranges::find(accounts_, request.id, &account::id);
    if (its == accounts_.end()) co_return problem(404, "Not Found", "there is no such account");
    if (request.body.empty()) co_return problem(400, "Bad Request", "the body is the file");
    desk::upload what;
    what.account = request.id;
    what.kind = percent_decoded(request.query["kind"]);
    what.name = percent_decoded(request.query["name"]);
    if (what.kind.empty()) co_return problem(400, "Bad Request", "\"kind\" is needed: image, voice, video or file");
    if (what.name.empty()) what.name = what.kind;
    what.bytes = std::move(request.body);
    if (uploads_ >= uploads_max) co_return problem(503, "Service Unavailable", "others are uploading just now");
    struct turn {
        int& count;
        explicit turn(int& of) : count(of) { ++count; }
        ~turn() { --count; }
    };
    const turn taken(uploads_);
    const desk::upload_end end = co_await with_.upload(std::move(what));
    if (end.said.what == adapters::fate::again || end.said.what == adapters::fate::token_refused)
        co_return problem(503, "Service Unavailable", end.said.reason);
    if (end.said.what != adapters::fate::done) co_return problem(422, "Unprocessable Content", end.said.reason);
    api_response made;
    made.body = "{\"media_id\":" + json::quoted(end.media_id) + ",\"until\":\"";
    append_time(made.body, now_ms() + uploaded_good_ms, time_form::seconds);
    made.body += "\"}";
    co_return made;
}

}  // namespace yizhan::gateway
