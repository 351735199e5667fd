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
    return wanted.empty() ||
           std::ranges::any_of(wanted, [&](const std::string& each) { return matches_glob(each, one); });
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

    // Rules that ask for keywords are looked at only when one of theirs stands in the text, so that ten
    // thousand such rules cost no more than one.
    std::vector<std::string> texts;  // Every keyword, each once.
    std::unique_ptr<keywords> searched;
    std::vector<std::vector<std::uint32_t>> rules_of;                         // By keyword.
    std::unordered_map<std::string, std::vector<std::uint32_t>> rules_equal;  // By the whole text.
    std::vector<std::uint32_t> always;                                        // Rules without keywords.
    std::vector<std::vector<std::uint32_t>> any_of, all_of;                   // By rule: its keywords.
    std::vector<std::string> tried_json;  // By count: `["a","b"`, the first rules' names, not yet closed.
    bool asks_of_text = false, asks_of_budget = false;

    const std::vector<std::uint32_t>& candidates(const std::vector<std::uint32_t>& words,
                                                 const std::string& text,
                                                 std::vector<std::uint32_t>& space) const;
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
        to.asks_of_budget |= !each.budgets.empty();
        std::vector<std::uint32_t> any, all;
        for (const std::string& word : each.any_of) any.push_back(keyword(word));
        for (const std::string& word : each.all_of) all.push_back(keyword(word));
        if (!any.empty())
            for (const std::uint32_t word : any) to.rules_of[word].push_back(at);
        else if (!all.empty())
            to.rules_of[all.front()].push_back(at);
        else if (!each.equals.empty())
            for (const std::string& whole : each.equals) to.rules_equal[whole].push_back(at);
        else
            to.always.push_back(at);
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

namespace {

/// An account is meant by its own name, and a tenant also by that of the account that received for it.
bool names_account(const std::vector<std::string>& asked, const origin& through) {
    return names(asked, through.account) || (!through.via.empty() && names(asked, through.via));
}

/// One event and what is known around it, while its rules are looked at.
struct occasion {
    const event& about;
    const origin& through;
    const facts* known;  // Null: would have to be asked for.
    std::int64_t now_ms;
    const std::string& text;                  // Normalised; empty when there is none.
    const std::vector<std::uint32_t>& words;  // The keywords that stand in it, ascending.
    bool has_text;

    bool stands(std::uint32_t word) const { return std::ranges::binary_search(words, word); }
};

/// What a rule asks that needs nobody's memory.
bool fits(const rule& asks, const occasion& here, const time_zone& zone) {
    const event& about = here.about;
    if (!names(asks.channels, here.through.channel) || !names_account(asks.accounts, here.through))
        return false;
    if (!globs(asks.types, about.type)) return false;
    if (!asks.event_keys.empty() && (about.event_key.empty() || !globs(asks.event_keys, about.event_key)))
        return false;
    if (!asks.scenes.empty() && (about.scene.empty() || !globs(asks.scenes, about.scene))) return false;
    if (asks.open && !asks.open->open_at(here.now_ms, zone)) return false;
    return !asks.closed || !asks.closed->open_at(here.now_ms, zone);
}

/// What it asks of the text; `hit` becomes the keyword of `any_of` that stood there.
bool fits_text(const rule& asks, const occasion& here, const std::vector<std::uint32_t>& any_of,
               const std::vector<std::uint32_t>& all_of, std::optional<std::uint32_t>& hit) {
    if (!asks.asks_of_text()) return true;
    if (!here.has_text || !names(asks.equals, here.text)) return false;
    const auto stands = [&](std::uint32_t word) { return here.stands(word); };
    if (!std::ranges::all_of(all_of, stands)) return false;
    if (!any_of.empty()) {
        const auto found = std::ranges::find_if(any_of, stands);
        if (found == any_of.end()) return false;
        hit = *found;
    }
    return !asks.matches || RE2::PartialMatch(here.text, *asks.matches);
}

bool fits_contact(const rule& asks, const facts& known, std::int64_t now_ms) {
    const auto has = [&](const std::string& tag) { return known.has_tag(tag); };
    if (!asks.contact_tags.empty() && std::ranges::none_of(asks.contact_tags, has)) return false;
    if (!names(asks.contact_stages, known.stage)) return false;
    const auto is_left = [&](budget what) { return known.has_budget(what); };
    if (!asks.budgets.empty() && std::ranges::none_of(asks.budgets, is_left)) return false;
    return asks.controls.empty() ||
           std::ranges::find(asks.controls, known.control_at(now_ms)) != asks.controls.end();
}

std::string reason_of(const rule& matched, const occasion& here, std::string_view keyword) {
    std::string why;
    const auto because = [&](bool asked, std::string_view condition, std::string_view value = {}) {
        if (!asked) return;
        why.append(why.empty() ? "" : ", ").append(condition).append(value.empty() ? "" : " ").append(value);
    };
    because(!matched.channels.empty(), "channel", here.through.channel);
    because(!matched.accounts.empty(), "account", here.through.account);
    because(!matched.types.empty(), "type", here.about.type);
    because(!matched.event_keys.empty(), "event_key");
    because(!matched.scenes.empty(), "scene");
    because(!keyword.empty(), "text any_of", keyword);
    because(!matched.all_of.empty(), "text all_of");
    because(!matched.equals.empty(), "text equals");
    because(matched.matches != nullptr, "text matches");
    because(!matched.contact_tags.empty(), "contact.tags");
    because(!matched.contact_stages.empty(), "contact.stage", here.known ? here.known->stage : "");
    because(matched.open.has_value(), "hours", matched.open ? matched.open->name : "");
    because(matched.closed.has_value(), "outside", matched.closed ? matched.closed->name : "");
    if (!matched.controls.empty())
        because(true, "control", yizhan::name_of(here.known->control_at(here.now_ms)));
    because(!matched.budgets.empty(), "budget");
    return why.empty() ? "no condition" : why;
}

/// What was known, so that the decision can be understood, and made again, when more is known.
std::string facts_json(const facts& known, std::int64_t now_ms) {
    const control held_by = known.control_at(now_ms);
    const bool is_plain = known.tags.empty() && known.stage.empty() && known.name.empty() && held_by == control::rule;
    if (is_plain && !known.may_answer && !known.may_write) return {};
    std::string out = "{";
    append_names(out, "tags", {known.tags.begin(), known.tags.end()});
    json::append_member(out, "stage", known.stage);
    json::append_member(out, "name", known.name);
    json::append_member(out, "control", yizhan::name_of(held_by));
    std::vector<std::string_view> left;
    for (const budget each : {budget::passive, budget::open})
        if (known.has_budget(each)) left.push_back(yizhan::name_of(each));
    append_names(out, "budget", left);
    return out += '}';
}

/// Adds what a rule does to what earlier ones did: the first reply, queue and stage win, tags unite.
void follow(const rule& matched, const occasion& here, decision& into) {
    if (matched.reply && !into.reply) {
        reply& said = into.reply.emplace();
        said = matched.reply->fixed;
        if (said.kind == reply_kind::card)
            said.card = matched.reply->text.render_json(here.about, here.through, here.known);
        else
            said.text = matched.reply->text.render(here.about, here.through, here.known);
    }
    if (!matched.queue.empty() && into.queue.empty()) {
        into.queue = matched.queue;
        into.priority = matched.priority;
        into.skills.assign(matched.skills.begin(), matched.skills.end());
    }
    if (!matched.stage.empty() && into.stage.empty()) into.stage = matched.stage;
    for (const std::string& tag : matched.tags)
        if (std::ranges::find(into.tags, tag) == into.tags.end()) into.tags.push_back(tag);
    into.drop |= matched.drop;
}

}  // namespace

/// The rules worth looking at, in order: those that ask for no keyword, and those of which one stands in the
/// text.
const std::vector<std::uint32_t>& rules::compiled::candidates(const std::vector<std::uint32_t>& words,
                                                              const std::string& text,
                                                              std::vector<std::uint32_t>& space) const {
    const auto equal = text.empty() ? rules_equal.end() : rules_equal.find(text);
    if (words.empty() && equal == rules_equal.end()) return always;
    space = always;
    for (const std::uint32_t word : words)
        space.insert(space.end(), rules_of[word].begin(), rules_of[word].end());
    if (equal != rules_equal.end()) space.insert(space.end(), equal->second.begin(), equal->second.end());
    std::ranges::sort(space);
    space.erase(std::unique(space.begin(), space.end()), space.end());
    return space;
}

decision rules::decide(const event& about, const origin& through, const facts* known, std::int64_t now_ms,
                       workspace& with) const {
    const compiled& from = *compiled_;
    workspace::parts& parts = *with.parts_;
    static const std::vector<std::uint32_t> no_words;
    const bool has_text = from.asks_of_text && !about.text.empty();
    parts.text.clear();
    if (has_text) normalise(about.text, parts.text);
    const auto& words = has_text && parts.searcher ? parts.searcher->find(parts.text) : no_words;
    const occasion here{about, through, known, now_ms, parts.text, words, has_text};

    decision made;
    made.tried = static_cast<std::uint32_t>(from.all.size());
    if (known) made.facts = facts_json(*known, now_ms);
    for (const std::uint32_t at : from.candidates(words, parts.text, parts.candidates)) {
        const rule& each = from.all[at];
        std::optional<std::uint32_t> hit;
        if (!fits(each, here, *from.zone) || !fits_text(each, here, from.any_of[at], from.all_of[at], hit))
            continue;
        if (!known && (each.asks_of_contact() || (each.reply && !made.reply))) {
            made.wants_facts = true;
            return made;
        }
        if (known && !fits_contact(each, *known, now_ms)) continue;
        made.matched.push_back(at);
        made.why = reason_of(each, here, hit ? std::string_view(from.texts[*hit]) : std::string_view{});
        follow(each, here, made);
        if (each.goes_on) continue;
        made.tried = at + 1;
        break;
    }
    return made;
}

void rules::append_json(std::string& out, const decision& what) const {
    const compiled& from = *compiled_;
    out += "{\"rule\":";
    if (what.matched.empty())
        out += "null";
    else
        json::append_string(out, from.all[what.matched.back()].name);
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
    if (what.reply)
        json::append_member(out, what.reply_refused.empty() ? "reply" : "reply_wanted",
                            yizhan::name_of(what.reply->kind));
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
    if (!what.facts.empty()) {
        json::append_key(out, "facts");
        out += what.facts;
    }
    out += '}';
}

bool rules::asks_of_budget() const { return compiled_->asks_of_budget; }
std::string_view rules::name_of(std::uint32_t at) const { return compiled_->all[at].name; }
std::size_t rules::size() const { return compiled_->all.size(); }
const std::vector<std::string>& rules::queues() const { return compiled_->queues; }

}  // namespace yizhan::router
