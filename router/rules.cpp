#include "router/rules.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/glob.hpp"
#include "core/json_text.hpp"
#include "router/keywords.hpp"
#include "router/normalise.hpp"
#include "router/rule.hpp"

namespace yizhan::router {
namespace {

constexpr std::size_t tried_named_max = 32;

bool names(const std::vector<std::string>& wanted, std::string_view one) {
    return wanted.empty() || std::ranges::find(wanted, one) != wanted.end();
}

bool globs(const std::vector<std::string>& wanted, std::string_view one) {
    return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& each) { return matches_glob(each, one); });
}

void append_names(std::string& out, std::string_view key, const std::vector<std::string_view>& all) {
    if (all.empty()) return;
    json::append_key(out, key);
    out += '[';
    for (const std::string_view each : all) {
        if (out.back() != '[') out += ',';
        json::append_string(out, each);
    }
    out += ']';
}

}  // namespace

struct rules::compiled {
    std::vector<rule> all;
    std::vector<std::string> queues;
    std::shared_ptr<const time_zone> zone;

    // Rules that ask for keywords are looked at only when one of theirs stands in the text, so that ten thousand such
    // rules cost no more than one.
    std::vector<std::string> texts;                                            // Every keyword, each once.
    std::unique_ptr<keywords> searched;
    std::vector<std::vector<std::uint32_t>> rules_of;                          // By keyword.
    std::unordered_map<std::string, std::vector<std::uint32_t>> rules_equal;   // By the whole text.
    std::vector<std::uint32_t> always;                                         // Rules without keywords.
    std::vector<std::vector<std::uint32_t>> any_of, all_of;                    // By rule: its keywords.
    std::vector<std::string> tried_json;  // By count: `["a","b"`, the first rules' names, not yet closed.
    bool asks_of_text = false;
};

struct rules::workspace::parts {
    explicit parts(const keywords* all) {
        if (all) searcher.emplace(*all);
    }
    std::optional<keywords::searcher> searcher;
    std::string text;
    std::vector<std::uint32_t> candidates;
};

rules::workspace::workspace() = default;
rules::workspace::~workspace() = default;
rules::workspace::workspace(workspace&&) noexcept = default;
rules::workspace& rules::workspace::operator=(workspace&&) noexcept = default;
rules::rules() : compiled_(std::make_unique<compiled>()) {}
rules::~rules() = default;

std::shared_ptr<const rules> rules::compile(const std::string& text, const std::string& file,
                                            std::shared_ptr<const time_zone> zone, faults& into) {
    const std::size_t faults_before = into.size();
    std::shared_ptr<rules> made(new rules);
    compiled& to = *made->compiled_;
    to.all = read_rules(text, file, into);
    to.zone = std::move(zone);
    if (into.size() != faults_before || !to.zone) return nullptr;

    std::unordered_map<std::string, std::uint32_t> index;
    const auto keyword = [&](const std::string& each) {
        const auto [found, is_new] = index.emplace(each, static_cast<std::uint32_t>(to.texts.size()));
        if (is_new) {
            to.texts.push_back(each);
            to.rules_of.emplace_back();
        }
        return found->second;
    };
    std::string tried = "[";
    to.tried_json.push_back(tried);
    for (std::uint32_t at = 0; at < to.all.size(); ++at) {
        const rule& each = to.all[at];
        to.asks_of_text |= each.asks_of_text();
        std::vector<std::uint32_t> any, all;
        for (const std::string& word : each.any_of) any.push_back(keyword(word));
        for (const std::string& word : each.all_of) all.push_back(keyword(word));
        if (!any.empty()) for (const std::uint32_t word : any) to.rules_of[word].push_back(at);
        else if (!all.empty()) to.rules_of[all.front()].push_back(at);
        else if (!each.equals.empty()) for (const std::string& whole : each.equals) to.rules_equal[whole].push_back(at);
        else to.always.push_back(at);
        to.any_of.push_back(std::move(any));
        to.all_of.push_back(std::move(all));
        if (!each.queue.empty() && std::ranges::find(to.queues, each.queue) == to.queues.end())
            to.queues.push_back(each.queue);
        if (at < tried_named_max) {
            if (tried.size() > 1) tried += ',';
            json::append_string(tried, each.name);
            to.tried_json.push_back(tried);
        }
    }
    for (auto& list : to.any_of) std::ranges::sort(list);
    for (auto& list : to.all_of) std::ranges::sort(list);
    if (!to.texts.empty()) to.searched = std::make_unique<keywords>(to.texts);
    return made;
}

rules::workspace rules::make_workspace() const {
    workspace made;
    made.parts_ = std::make_unique<workspace::parts>(compiled_->searched.get());
    return made;
}

decision rules::decide(const event& about, const origin& through, const facts* known, std::int64_t now_ms,
                       workspace& with) const {
    const compiled& from = *compiled_;
    workspace::parts& parts = *with.parts_;
    static const std::vector<std::uint32_t> no_words;
    const std::vector<std::uint32_t>* words = &no_words;
    const bool has_text = from.asks_of_text && !about.text.empty();
    const std::vector<std::uint32_t>* candidates = &from.always;
    if (has_text) {
        normalise(about.text, parts.text);
        if (parts.searcher) words = &parts.searcher->find(parts.text);
        const auto equal = from.rules_equal.find(parts.text);
        if (!words->empty() || equal != from.rules_equal.end()) {
            parts.candidates = from.always;
            const auto add = [&](const std::vector<std::uint32_t>& more) {
                parts.candidates.insert(parts.candidates.end(), more.begin(), more.end());
            };
            for (const std::uint32_t word : *words) add(from.rules_of[word]);
            if (equal != from.rules_equal.end()) add(equal->second);
            std::ranges::sort(parts.candidates);
            parts.candidates.erase(std::ranges::unique(parts.candidates).begin(), parts.candidates.end());
            candidates = &parts.candidates;
        }
    } else {
        parts.text.clear();
    }
    const auto stands = [&](std::uint32_t word) { return std::ranges::binary_search(*words, word); };

    decision made;
    for (const std::uint32_t at : *candidates) {
        const rule& each = from.all[at];
        if (!names(each.channels, through.channel) || !names(each.accounts, through.account)) continue;
        if (!globs(each.types, about.type) || !globs(each.event_keys, about.event_key) || !globs(each.scenes, about.scene))
            continue;
        if (!each.event_keys.empty() && about.event_key.empty()) continue;
        if (!each.scenes.empty() && about.scene.empty()) continue;
        std::string_view keyword;
        if (each.asks_of_text()) {
            if (!has_text || !names(each.equals, parts.text)) continue;
            if (!std::ranges::all_of(from.all_of[at], stands)) continue;
            if (const auto& any = from.any_of[at]; !any.empty()) {
                const auto hit = std::ranges::find_if(any, stands);
                if (hit == any.end()) continue;
                keyword = from.texts[*hit];
            }
            if (each.matches && !RE2::PartialMatch(parts.text, *each.matches)) continue;
        }
        if (each.open && !each.open->open_at(now_ms, *from.zone)) continue;
        if (each.closed && each.closed->open_at(now_ms, *from.zone)) continue;
        if (!known && (each.asks_of_contact() || (each.reply && !made.reply))) {
            made.wants_facts = true;
            return made;
        }
        if (!each.contact_tags.empty() &&
            std::ranges::none_of(each.contact_tags, [&](const std::string& tag) { return known->has_tag(tag); }))
            continue;
        if (!each.contact_stages.empty() && !names(each.contact_stages, known->stage)) continue;
        if (!each.controls.empty() &&
            std::ranges::find(each.controls, known->control_at(now_ms)) == each.controls.end())
            continue;

        made.matched.push_back(at);
        made.tried = at + 1;
        made.why.clear();
        const auto because = [&](std::string_view condition, std::string_view value) {
            if (!made.why.empty()) made.why += ", ";
            made.why.append(condition).append(value.empty() ? "" : " ").append(value);
        };
        if (!each.channels.empty()) because("channel", through.channel);
        if (!each.accounts.empty()) because("account", through.account);
        if (!each.types.empty()) because("type", about.type);
        if (!each.event_keys.empty()) because("event_key", {});
        if (!each.scenes.empty()) because("scene", {});
        if (!keyword.empty()) because("text any_of", keyword);
        if (!each.all_of.empty()) because("text all_of", {});
        if (!each.equals.empty()) because("text equals", {});
        if (each.matches) because("text matches", {});
        if (!each.contact_tags.empty()) because("contact.tags", {});
        if (!each.contact_stages.empty()) because("contact.stage", known->stage);
        if (each.open) because("hours", each.open->name);
        if (each.closed) because("outside", each.closed->name);
        if (!each.controls.empty()) because("control", yizhan::name_of(known->control_at(now_ms)));
        if (made.why.empty()) made.why = "no condition";

        if (each.reply && !made.reply) {
            reply& said = made.reply.emplace();
            said.kind = each.reply->kind;
            said.text = each.reply->text.render(about, through, known);
            said.media_id = each.reply->media_id;
            said.articles = each.reply->articles;
        }
        if (!each.queue.empty() && made.queue.empty()) {
            made.queue = each.queue;
            made.priority = each.priority;
            made.skills.assign(each.skills.begin(), each.skills.end());
        }
        if (!each.stage.empty() && made.stage.empty()) made.stage = each.stage;
        for (const std::string& tag : each.tags)
            if (std::ranges::find(made.tags, tag) == made.tags.end()) made.tags.push_back(tag);
        made.drop |= each.drop;
        if (!each.goes_on) break;
    }
    if (made.matched.empty() || from.all[made.matched.back()].goes_on)
        made.tried = static_cast<std::uint32_t>(from.all.size());
    return made;
}

void rules::append_json(std::string& out, const decision& what) const {
    const compiled& from = *compiled_;
    out += "{\"rule\":";
    if (what.matched.empty()) out += "null";
    else json::append_string(out, from.all[what.matched.back()].name);
    if (what.matched.size() > 1) {
        std::vector<std::string_view> all;
        for (const std::uint32_t at : what.matched) all.push_back(from.all[at].name);
        append_names(out, "matched", all);
    }
    out += ",\"tried\":";
    out += from.tried_json[std::min<std::size_t>(what.tried, from.tried_json.size() - 1)];
    out += ']';
    if (what.tried > tried_named_max) {
        json::append_key(out, "tried_count");
        json::append_number(out, what.tried);
    }
    json::append_key(out, "reason");
    json::append_string(out, what.matched.empty() ? "no rule matched" : what.why);
    if (what.reply) json::append_member(out, what.reply_refused.empty() ? "reply" : "reply_wanted", yizhan::name_of(what.reply->kind));
    json::append_member(out, "no_reply", what.reply_refused);
    json::append_member(out, "queue", what.queue);
    if (!what.queue.empty()) {
        json::append_key(out, "priority");
        json::append_number(out, what.priority);
    }
    append_names(out, "skills", what.skills);
    append_names(out, "tags", what.tags);
    json::append_member(out, "stage", what.stage);
    if (what.drop) out += ",\"drop\":true";
    out += '}';
}

std::string_view rules::name_of(std::uint32_t at) const { return compiled_->all[at].name; }
std::size_t rules::size() const { return compiled_->all.size(); }
const std::vector<std::string>& rules::queues() const { return compiled_->queues; }

}  // namespace yizhan::router
