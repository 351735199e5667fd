#include <algorithm>

#include "adapters/kinds.hpp"
#include "adapters/sealed.hpp"
#include "adapters/weibo/event_table.hpp"
#include "adapters/weibo/time.hpp"
#include "core/time.hpp"

namespace yizhan::adapters::weibo {
namespace {

/// One post or comment inside a push, and what it is.
struct entry {
    const document::node* whole;  // With what the platform says around it.
    const document::node* post;
    std::string_view kind;  // As the table calls it; empty: nothing we know.
};

/// Data push ("合作数据推送服务"): posts and comments about the account, for partners. Signed with a token of
/// their choice; the check of the address is a POST. The shapes are not documented openly, so that of the
/// commercial stream is taken, and bare posts and comments, one or many.
class push_adapter final : public adapter {
public:
    explicit push_adapter(const account& settings)
        : id_(settings.id), uids_(settings.uids), tokens_(settings.tokens) {}

    result<opening> verify(const callback& received, std::string&) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        auto checked = prove(received, received.query);
        if (checked && !checked->is_check) return errc::missing_parameter;
        return checked;
    }

    result<opening> open(const callback& received, std::string& buffer) override {
        if (!received.suffix.empty()) return errc::unknown_account;
        const std::string_view body = trimmed(received.body);
        const bool is_json = body.starts_with('{') || body.starts_with('[');
        if (received.query.has("signature") || is_json) return prove(received, received.query);
        buffer = received.body;  // The parameters may come as a form.
        form_ = query(buffer);
        return prove(received, form_);
    }

    result<void> decode(const callback&, std::string_view clear, decoded& into) override {
        into.clear();
        if (const auto read = into.content.read_json_or_list(clear); !read) return read.error();
        for (const entry& each : entries_of(into.content)) {
            into.inner.take(into.content, *each.post);
            into.events.push_back(event_of(each, into.inner, into.content));
            into.parts.push_back(into.content.position(*each.whole));
        }
        return {};
    }

    std::string_view cannot_say(const decoded&, const event&, const reply&) const override {
        return "the platform shows no answer to this kind of event";
    }
    std::string answer(const decoded&, const event&, const reply&, const moment&) const override {
        return {};
    }
    std::string receipt(const decoded&, const moment&) const override { return {}; }
    bool is_silence(std::string_view clear) const override { return clear.empty(); }
    std::string seal(const callback&, const opening&, std::string_view clear, const moment&) override {
        return std::string(clear);
    }

private:
    result<opening> prove(const callback& received, const query& from) {
        const callback as_given{received.suffix, from, received.body};
        const auto token = secret_that_signed(hasher_, tokens_, as_given, {}, from["signature"]);
        if (!token) return token.error();
        opening proved{received.body, decimal(from["timestamp"]).value_or(0), *token, 0, false, true};
        // Only what brings nothing else is a check.
        proved.is_check = !from["echostr"].empty() && (&from == &form_ || received.body.empty());
        if (proved.is_check) proved.clear = from["echostr"];
        return proved;
    }

    /// Posts and comments, one or many, alone or under the name of a list; whatever else it is, the whole.
    static std::vector<entry> entries_of(const document& sent) {
        std::vector<entry> all;
        const auto add = [&](const document::node& list, std::string_view type) {
            for (const document::node* item : sent.items(list))
                if (item->is == document::shape::object) all.push_back(entry_of(sent, *item, type));
        };
        for (const document::node* each : sent.items(sent.root())) {
            if (each->is != document::shape::object) continue;
            const document::node* comments = sent.find_in(*each, {"comments"});
            const document::node* statuses = sent.find_in(*each, {"statuses"});
            const bool is_wrapped = (comments && comments->is == document::shape::array) ||
                                    (statuses && statuses->is == document::shape::array);
            if (!is_wrapped) add(*each, {});
            if (comments && is_wrapped) add(*comments, "comment");
            if (statuses && is_wrapped) add(*statuses, "status");
        }
        if (all.empty()) all.push_back({&sent.root(), &sent.root(), {}});
        return all;
    }

    static entry entry_of(const document& sent, const document::node& whole, std::string_view type) {
        const auto is_there = [&](const document::node& in, std::string_view name) {
            const document::node* found = sent.find_in(in, {name});
            return found && found->is == document::shape::object;
        };
        const document::node* post = &whole;
        if (is_there(whole, "text")) {  // The commercial record: `text` is an object in spite of its name.
            type = sent.word_in(whole, {"text", "type"});
            const document::node* inside = sent.find_in(whole, {"text", type});
            if (!inside || inside->is != document::shape::object ||
                sent.word_in(whole, {"text", "event"}) != "add")
                return {&whole, &whole, {}};
            post = inside;
            if (type != "comment" && type != "status") return {&whole, post, {}};
        } else if (!sent.find_in(whole, {"text"})) {
            return {&whole, &whole, {}};
        }
        if (is_there(*post, "reply_comment")) return {&whole, post, "comment_reply"};
        if (type == "comment" || is_there(*post, "status")) return {&whole, post, "comment"};
        if (is_there(*post, "retweeted_status")) return {&whole, post, "repost"};
        return {&whole, post, "status"};
    }

    event event_of(const entry& what, const document& post, const document& sent) {
        event made;
        made.from = {"uid", post.word({"user", "id"})};
        if (made.from.id.empty()) made.from.id = post.word({"user", "idstr"});
        made.to = {"uid", addressee_of(what, post, sent)};
        made.at_ms = created_at_ms(post.word("created_at"));
        const row* known = what.kind.empty() ? nullptr : data_push_table().find(what.kind, "");
        if (known) made.platform_id = post.word("id");
        // Posts and comments count their ids apart, and one may concern two of our accounts.
        const std::string about = std::string(what.kind) + "/" + std::string(made.to.id);
        made.id = made.platform_id.empty() ? id_by_body(hasher_, id_, whole_of(sent, *what.whole))
                                           : id_by_message(hasher_, id_, about, made.platform_id);
        apply(known, post, made);
        made.from_person = known && !made.from.id.empty();
        // What our own account wrote comes back to us.
        if (known && is_ours(made.from.id)) {
            made.type = "social.echoed";
            made.from_person = false;
        }
        return made;
    }

    bool is_ours(std::string_view uid) const { return std::ranges::find(uids_, uid) != uids_.end(); }

    /// Which of our accounts it is about: whose post it is below or behind, whom it answers or mentions, or
    /// whom the platform matched. Empty: any of several.
    std::string_view addressee_of(const entry& what, const document& post, const document& sent) const {
        const std::string_view candidates[] = {
            post.word({"reply_comment", "user", "id"}), post.word({"status", "user", "id"}),
            post.word({"retweeted_status", "user", "id"}), sent.word_in(*what.whole, {"match_info", "uid"})};
        for (const std::string_view id : candidates)
            if (is_ours(id)) return id;
        if (const document::node* mentions = post.find("mentions"); mentions)
            for (const document::node* each : post.items(*mentions))
                if (is_ours(trimmed(each->text))) return trimmed(each->text);
        return uids_.size() == 1 ? std::string_view(uids_.front()) : std::string_view{};
    }

    static std::string whole_of(const document& sent, const document::node& part) {
        std::string out;
        sent.append_json(out, sent.position(part));
        return out;
    }

    std::string id_;
    std::vector<std::string> uids_, tokens_;
    crypto::hasher hasher_;
    query form_;
};

result<std::unique_ptr<adapter>> make(const account& settings) {
    return std::make_unique<push_adapter>(settings);
}

}  // namespace

const adapter_kind data_push{"weibo", "data_push", "uid token", "合作数据推送", make, data_push_table};

}  // namespace yizhan::adapters::weibo
