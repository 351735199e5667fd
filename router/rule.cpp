#include "router/rule.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/json_text.hpp"
#include "core/nearest.hpp"
#include "core/time.hpp"
#include "router/normalise.hpp"
#include "router/yaml_reader.hpp"

namespace yizhan::router {
namespace {

constexpr std::string_view weekday_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<unsigned> weekday_of(std::string_view name) {
    const auto found = std::ranges::find(weekday_names, name);
    if (found == std::end(weekday_names)) return std::nullopt;
    return static_cast<unsigned>(found - std::begin(weekday_names));
}

std::optional<unsigned> minute_of(std::string_view clock) {
    const std::size_t colon = clock.find(':');
    if (colon == std::string_view::npos || clock.size() - colon != 3) return std::nullopt;
    const auto hour = decimal(clock.substr(0, colon)), minute = decimal(clock.substr(colon + 1));
    if (!hour || !minute || *hour > 24 || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
    return static_cast<unsigned>(*hour * 60 + *minute);
}

std::optional<std::int64_t> day_of(std::string_view date) {
    if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
    const auto year = decimal(date.substr(0, 4)), month = decimal(date.substr(5, 2)), day = decimal(date.substr(8));
    if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
    const std::chrono::year_month_day calendar{std::chrono::year(static_cast<int>(*year)), std::chrono::month(static_cast<unsigned>(*month)),
                                               std::chrono::day(static_cast<unsigned>(*day))};
    if (!calendar.ok()) return std::nullopt;
    return days_from_civil(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

class reader {
public:
    reader(const std::string& file, faults& into) : yaml_(file, into) {}

    std::vector<rule> read(const std::string& text) {
        const auto root = yaml_.parse(text);
        if (!root || root->IsNull()) return {};
        if (!root->IsMap()) return yaml_.note(*root, "the file must be a map with `rules` and, if needed, `hours`"), std::vector<rule>{};
        if ((*root)["hours"]) read_hours((*root)["hours"]);
        std::vector<rule> all;
        yaml_.map(*root, "the file", {
            {"hours", [](const YAML::Node&) {}},
            {"rules", [&](const YAML::Node& list) {
                if (!list.IsSequence()) return yaml_.note(list, "`rules` must be a list");
                for (const auto& item : list) all.push_back(read_rule(item, all.size()));
            }},
        });
        return all;
    }

private:
    void read_hours(const YAML::Node& node) {
        if (!node.IsMap()) return yaml_.note(node, "`hours` must be a map of names");
        for (const auto& item : node) {
            hours made;
            made.name = item.first.Scalar();
            yaml_.map(item.second, "hours \"" + made.name + "\"", {
                {"days", [&](const YAML::Node& value) { made.weekdays = read_days(value); }},
                {"from", [&](const YAML::Node& value) { read_clock(value, made.from_minute); }},
                {"to", [&](const YAML::Node& value) { read_clock(value, made.to_minute); }},
                {"holidays", [&](const YAML::Node& value) { read_dates(value, made.holidays); }},
                {"workdays", [&](const YAML::Node& value) { read_dates(value, made.workdays); }},
            });
            if (!hours_.emplace(made.name, made).second) yaml_.note(item.first, "hours \"" + made.name + "\" stand twice");
        }
    }

    unsigned read_days(const YAML::Node& node) {
        unsigned bits = 0;
        for (const std::string& each : yaml_.texts(node, "`days`")) {
            const std::size_t dash = std::min(each.find('-'), each.size());
            const auto first = weekday_of(each.substr(0, dash));
            const auto last = dash < each.size() ? weekday_of(each.substr(dash + 1)) : first;
            if (!first || !last) {
                yaml_.note(node, "\"" + each + "\" is no weekday: mon to sun, or a range such as mon-fri");
                continue;
            }
            for (unsigned day = *first;; day = (day + 1) % 7) {
                bits |= 1u << day;
                if (day == *last) break;
            }
        }
        return bits;
    }

    void read_clock(const YAML::Node& node, unsigned& into) {
        const auto clock = yaml_.text(node, "a time");
        if (!clock) return;
        if (const auto minute = minute_of(*clock)) into = *minute;
        else yaml_.note(node, "\"" + *clock + "\" is no time of day such as \"09:00\" (in quotes)");
    }

    void read_dates(const YAML::Node& node, std::set<std::int64_t>& into) {
        for (const std::string& each : yaml_.texts(node, "a date")) {
            if (const auto day = day_of(each)) into.insert(*day);
            else yaml_.note(node, "\"" + each + "\" is no date such as 2026-10-01");
        }
    }

    rule read_rule(const YAML::Node& node, std::size_t index) {
        rule made;
        bool has_then = false;
        const std::string what = "rule " + std::to_string(index + 1);
        yaml_.map(node, what, {
            {"name", [&](const YAML::Node& value) { made.name = yaml_.text(value, "`name`").value_or(""); }},
            {"when", [&](const YAML::Node& value) { read_when(value, made); }},
            {"then", [&](const YAML::Node& value) { has_then = true, read_then(value, made); }},
        });
        if (!node.IsMap()) return made;
        if (made.name.empty()) yaml_.note(node, what + " has no name");
        else if (!names_.insert(made.name).second) yaml_.note(node, "two rules are called \"" + made.name + "\"");
        if (!has_then) yaml_.note(node, what + " says nothing under `then`");
        return made;
    }

    void read_when(const YAML::Node& node, rule& into) {
        const auto list = [&](std::string_view name, std::vector<std::string>& to) {
            return yaml_reader::field{name, [&, name](const YAML::Node& value) {
                to = yaml_.texts(value, name);
                if (to.empty()) yaml_.note(value, "`" + std::string(name) + "` with nothing in it");
            }};
        };
        yaml_.map(node, "`when`", {
            list("channel", into.channels),
            list("account", into.accounts),
            list("type", into.types),
            list("event_key", into.event_keys),
            list("scene", into.scenes),
            {"text", [&](const YAML::Node& value) { read_text(value, into); }},
            {"contact", [&](const YAML::Node& value) {
                yaml_.map(value, "`contact`", {list("tags", into.contact_tags), list("stage", into.contact_stages)});
                if (into.contact_tags.empty() && into.contact_stages.empty()) yaml_.note(value, "`contact` asks for nothing");
            }},
            {"hours", [&](const YAML::Node& value) { into.open = find_hours(value); }},
            {"outside", [&](const YAML::Node& value) { into.closed = find_hours(value); }},
            {"control", [&](const YAML::Node& value) {
                const std::vector<std::string> all = yaml_.texts(value, "`control`");
                if (all.empty()) yaml_.note(value, "`control` with nothing in it");
                for (const std::string& name : all) {
                    if (const auto who = control_of(name)) into.controls.push_back(*who);
                    else yaml_.note(value, "control is one of rule, bot, agent, platform; not \"" + name + "\"");
                }
            }},
            {"budget", [&](const YAML::Node& value) {
                const std::vector<std::string> all = yaml_.texts(value, "`budget`");
                if (all.empty()) yaml_.note(value, "`budget` with nothing in it");
                for (const std::string& name : all) {
                    if (const auto what = budget_of(name)) into.budgets.push_back(*what);
                    else yaml_.note(value, "budget is one of none, passive, open; not \"" + name + "\"");
                }
            }},
        });
    }

    void read_text(const YAML::Node& node, rule& into) {
        const auto keywords = [&](std::string_view name, std::vector<std::string>& to) {
            return yaml_reader::field{name, [&, name](const YAML::Node& value) {
                for (const std::string& each : yaml_.texts(value, name)) {
                    std::string normal;
                    normalise(each, normal);
                    if (normal.empty()) yaml_.note(value, "an empty keyword stands in every text");
                    else to.push_back(std::move(normal));
                }
                if (to.empty()) yaml_.note(value, "`" + std::string(name) + "` without a keyword never matches");
            }};
        };
        yaml_.map(node, "`text`", {
            keywords("any_of", into.any_of),
            keywords("all_of", into.all_of),
            keywords("equals", into.equals),
            {"matches", [&](const YAML::Node& value) {
                const auto pattern = yaml_.text(value, "`matches`");
                if (!pattern) return;
                RE2::Options options;
                options.set_log_errors(false);
                options.set_case_sensitive(false);
                options.set_max_mem(1 << 20);
                into.matches = std::make_unique<RE2>(normalise_pattern(*pattern), options);
                if (into.matches->ok()) return;
                yaml_.note(value, "`matches` is no regular expression: " + into.matches->error());
                into.matches.reset();
            }},
        });
        if (node.IsMap() && node.size() == 0) yaml_.note(node, "`text` asks for nothing");
    }

    std::optional<hours> find_hours(const YAML::Node& node) {
        const auto name = yaml_.text(node, "the name of hours");
        if (!name) return std::nullopt;
        if (const auto found = hours_.find(*name); found != hours_.end()) return found->second;
        std::vector<std::string_view> names;
        for (const auto& [each, value] : hours_) names.push_back(each);
        yaml_.note(node, "no hours are called \"" + *name + "\"" + nearest_of(*name, names));
        return std::nullopt;
    }

    void read_then(const YAML::Node& node, rule& into) {
        yaml_.map(node, "`then`", {
            {"reply", [&](const YAML::Node& value) { into.reply = read_reply(value); }},
            {"queue", [&](const YAML::Node& value) { into.queue = yaml_.text(value, "`queue`").value_or(""); }},
            {"priority", [&](const YAML::Node& value) {
                const auto number = yaml_.integer(value, "`priority`");
                if (number && (*number < -1000000 || *number > 1000000)) yaml_.note(value, "`priority` is beyond a million");
                else into.priority = static_cast<std::int32_t>(number.value_or(0));
            }},
            {"skills", [&](const YAML::Node& value) { into.skills = yaml_.texts(value, "`skills`"); }},
            {"tags", [&](const YAML::Node& value) { into.tags = yaml_.texts(value, "`tags`"); }},
            {"stage", [&](const YAML::Node& value) { into.stage = yaml_.text(value, "`stage`").value_or(""); }},
            {"drop", [&](const YAML::Node& value) { into.drop = yaml_.flag(value, "`drop`").value_or(false); }},
            {"continue", [&](const YAML::Node& value) { into.goes_on = yaml_.flag(value, "`continue`").value_or(false); }},
        });
        if (into.queue.empty() && (into.priority != 0 || !into.skills.empty()))
            yaml_.note(node, "`priority` and `skills` need a `queue`");
        if (into.drop && !into.queue.empty()) yaml_.note(node, "`drop` makes no task, so it cannot have a `queue`");
    }

    std::optional<reply_template> read_reply(const YAML::Node& node) {
        reply_template made;
        reply& fixed = made.fixed;
        if (node.IsScalar() && node.Scalar() == "platform_desk") {
            fixed.kind = reply_kind::platform_desk;
            return made;
        }
        int kinds = 0;
        const auto is = [&](reply_kind kind) { fixed.kind = kind, ++kinds; };
        const auto text = [&](std::string_view name, std::string& to) {
            return yaml_reader::field{name, [&, name](const YAML::Node& value) { to = yaml_.text(value, name).value_or(""); }};
        };
        const auto media = [&](std::string_view name, reply_kind kind) {
            return yaml_reader::field{name, [&, kind](const YAML::Node& value) {
                is(kind);
                fixed.media_id = yaml_.text(value, "the platform's media id").value_or("");
            }};
        };
        yaml_.map(node, "`reply`", {
            {"text", [&](const YAML::Node& value) { is(reply_kind::text), read_template(value, made.text); }},
            media("image", reply_kind::image),
            media("voice", reply_kind::voice),
            {"video", [&](const YAML::Node& value) {
                is(reply_kind::video);
                yaml_.map(value, "`video`", {text("media_id", fixed.media_id), text("title", fixed.title),
                                             text("description", fixed.description)});
                if (fixed.media_id.empty()) yaml_.note(value, "`video` needs a `media_id`");
            }},
            {"music", [&](const YAML::Node& value) {
                is(reply_kind::music);
                yaml_.map(value, "`music`", {text("title", fixed.title), text("description", fixed.description), text("url", fixed.url),
                                             text("hq_url", fixed.hq_url), text("cover_id", fixed.media_id)});
                if (fixed.media_id.empty()) yaml_.note(value, "`music` needs a `cover_id`, the platform's id of a picture");
            }},
            {"news", [&](const YAML::Node& value) { is(reply_kind::news), fixed.articles = read_articles(value); }},
            {"location", [&](const YAML::Node& value) {
                is(reply_kind::location);
                yaml_.map(value, "`location`", {text("latitude", fixed.latitude), text("longitude", fixed.longitude)});
                if (fixed.latitude.empty() || fixed.longitude.empty()) yaml_.note(value, "`location` needs `latitude` and `longitude`");
            }},
            {"menu", [&](const YAML::Node& value) { is(reply_kind::menu), read_menu(value, made); }},
            {"session_end", [&](const YAML::Node& value) {
                is(reply_kind::session_end);
                if (!value.IsScalar() || value.Scalar() != "true") read_menu(value, made);
            }},
            {"card", [&](const YAML::Node& value) { is(reply_kind::card), read_card(value, made.text); }},
            {"card_button", [&](const YAML::Node& value) { is(reply_kind::card_button), read_template(value, made.text); }},
            {"platform_desk", [&](const YAML::Node& value) {
                is(reply_kind::platform_desk);
                if (!value.IsNull() && !(value.IsScalar() && value.Scalar() == "true")) read_template(value, made.text);
            }},
        });
        if (kinds == 1) return made;
        yaml_.note(node, "`reply` is exactly one of text, image, voice, video, music, news, location, menu, card, card_button, platform_desk, session_end");
        return std::nullopt;
    }

    void read_menu(const YAML::Node& node, reply_template& into) {
        yaml_.map(node, "a menu", {
            {"head", [&](const YAML::Node& value) { read_template(value, into.text); }},
            {"tail", [&](const YAML::Node& value) { into.fixed.tail = yaml_.text(value, "`tail`").value_or(""); }},
            {"options", [&](const YAML::Node& value) {
                if (!value.IsMap()) return yaml_.note(value, "`options` is a map of ids and texts");
                for (const auto& each : value) {
                    option& one = into.fixed.options.emplace_back();
                    one.id = each.first.Scalar();
                    one.text = yaml_.text(each.second, "the text of an option").value_or("");
                    if (!is_option_id(one.id)) yaml_.note(each.first, "an option's id has letters, digits, _ and - only, 128 at most");
                    if (one.text.size() > option_bytes_max) yaml_.note(each.second, "an option's text has 128 bytes at most");
                }
            }},
        });
        if (node.IsMap() && (into.fixed.options.empty() || into.fixed.options.size() > options_max)) yaml_.note(node, "a menu has 1 to 10 `options`");
    }

    /// A template card, as the platform's documents write it in JSON.
    void read_card(const YAML::Node& node, text_template& into) {
        if (!node.IsMap() || !node["card_type"].IsDefined())
            return yaml_.note(node, "`card` is a template card as the platform describes it, with its `card_type`");
        std::string whole, fault;
        append_json(whole, node);
        if (auto made = text_template::compile(whole, fault)) into = std::move(*made);
        else yaml_.note(node, fault);
    }

    static void append_json(std::string& out, const YAML::Node& node) {
        if (node.IsMap()) {
            out += '{';
            for (const auto& member : node) {
                if (out.back() != '{') out += ',';
                json::append_string(out, member.first.Scalar());
                out += ':';
                append_json(out, member.second);
            }
            out += '}';
        } else if (node.IsSequence()) {
            out += '[';
            for (const auto& item : node) {
                if (out.back() != '[') out += ',';
                append_json(out, item);
            }
            out += ']';
        } else {
            const std::string text = node.IsScalar() ? node.Scalar() : "";
            const bool is_number = decimal(text) && (text == "0" || !text.starts_with('0'));
            const bool is_plain = node.Tag() == "?" && (is_number || text == "true" || text == "false");
            if (is_plain) out += text;
            else json::append_string(out, text);
        }
    }

    void read_template(const YAML::Node& node, text_template& into) {
        const auto text = yaml_.text(node, "the text of a reply");
        if (!text) return;
        std::string fault;
        if (auto made = text_template::compile(*text, fault)) into = std::move(*made);
        else yaml_.note(node, fault);
        if (text->empty()) yaml_.note(node, "a reply without a text says nothing");
    }

    std::vector<article> read_articles(const YAML::Node& node) {
        std::vector<article> all;
        const auto one = [&](const YAML::Node& item) {
            article made;
            const auto text = [&](std::string_view name, std::string& to) {
                return yaml_reader::field{name, [&, name](const YAML::Node& value) { to = yaml_.text(value, name).value_or(""); }};
            };
            yaml_.map(item, "an article", {text("title", made.title), text("description", made.description),
                                           text("url", made.url), text("image", made.image_url)});
            if (made.title.empty()) yaml_.note(item, "an article needs a title");
            all.push_back(std::move(made));
        };
        if (node.IsSequence()) for (const auto& item : node) one(item);
        else one(node);
        if (all.empty() || all.size() > 8) yaml_.note(node, "`news` takes one to eight articles");
        return all;
    }

    yaml_reader yaml_;
    std::map<std::string, hours> hours_;
    std::set<std::string> names_;
};

}  // namespace

std::vector<rule> read_rules(const std::string& text, const std::string& file, faults& into) {
    return reader(file, into).read(text);
}

}  // namespace yizhan::router
