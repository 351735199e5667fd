#include "adapters/catalogue.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "adapters/kinds.hpp"
#include "adapters/table.hpp"
#include "core/json_text.hpp"

namespace yizhan::adapters {
namespace {

/// A table, and the kinds of account whose callbacks it names.
struct chapter {
    const table* types;
    std::string_view channel;
    std::vector<const adapter_kind*> kinds;
};

const std::vector<chapter>& chapters() {
    static const std::vector<chapter> all = [] {
        std::vector<chapter> made;
        for (const adapter_kind& kind : all_kinds()) {
            auto same = std::ranges::find(made, &kind.types(), &chapter::types);
            if (same == made.end()) same = made.insert(made.end(), {&kind.types(), kind.channel, {}});
            same->kinds.push_back(&kind);
        }
        return made;
    }();
    return all;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> all;
    for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        all.push_back(text.substr(at, end - at));
        at = end;
    }
    return all;
}

/// Every type a row can become.
std::vector<std::string_view> types_of(const row& of) {
    std::vector<std::string_view> all = words_of(of.or_ours);
    all.insert(all.begin(), of.ours);
    return all;
}

std::string name_of(const row& of) {
    if (of.type == "event" || of.type == "info" || of.name.empty())
        return std::string(of.name.empty() ? of.type : of.name);
    return std::string(of.type) + "/" + std::string(of.name);
}

std::string_view shown_words(shown what) {
    switch (what) {
        case shown::nothing:
            return "";
        case shown::replies:
            return "yes";
        case shown::card_updates:
            return "the card's update";
    }
    return "";
}

struct member {
    std::string_view name, schema;
};
/// What an event's `data` may hold besides what it always holds.
constexpr member details[] = {
    {"event_key",
     R"({"type":"string","description":"the key of the menu, card, code or link, as the account set it"})"                                                                },
    {"link",
     R"({"type":"object","properties":{"title":{"type":"string"},"description":{"type":"string"},"url":{"type":"string"}}})"                                              },
    {"location",
     R"({"type":"object","properties":{"latitude":{"type":"number"},"longitude":{"type":"number"},"label":{"type":"string"},"scale":{"type":"number"}}})"                 },
    {"media",
     R"({"type":"object","properties":{"id":{"type":"string"},"url":{"type":"string"},"format":{"type":"string"},"size":{"type":"number"},"thumb_id":{"type":"string"}}})"},
    {"scan",         R"({"type":"object","properties":{"type":{"type":"string"},"result":{"type":"string"}}})"                                                            },
    {"scene",        R"({"type":"string","description":"the scene of the QR code"})"                                                                                      },
    {"state",        R"({"type":"string","description":"what the account put into the link or button"})"                                                                  },
    {"text",         R"({"type":"string"})"                                                                                                                               },
    {"ticket",       R"({"type":"string"})"                                                                                                                               },
    {"welcome_code", R"({"type":"string","description":"good for one welcome, for 20 seconds"})"                                                                          },
};

/// What no row of a platform's callbacks becomes: events of our own making, and those that are pulled (adapters/wecom/kf_items).
struct other_type {
    std::string_view type, gives, says;
};
constexpr other_type other_types[] = {
    {"message.text",         "text",                     "ours: said through the API"                                      },
    {"message.image",        "media",                    "ours: said through the API"                                      },
    {"message.voice",        "media",                    "ours: said through the API"                                      },
    {"message.video",        "media",                    "ours: said through the API"                                      },
    {"message.link",         "link",                     "ours: said through the API, news and music"                      },
    {"message.location",     "location",                 "ours: said through the API"                                      },
    {"message.other",        "text",                     "ours: said through the API, a menu"                              },
    {"session.transferred",  "text",                     "ours: handed over to the platform's own desk"                    },
    {"session.closed",       "text",                     "ours: ended at the platform's own desk"                          },
    {"session.rated",        "text event_key",           "pulled from wecom kf: text with a menu_id that begins with csat_"},
    {"delivery.sent",        "",                         "ours: the platform took a message"                               },
    {"delivery.failed",      "",                         "ours: the platform refused a message, or never took it"          },
    {"delivery.uncertain",   "",                         "ours: a message may have come through, or not"                   },
    {"message.text",         "text",                     "pulled from wecom kf: text"                                      },
    {"message.menu_reply",   "text event_key",           "pulled from wecom kf: text with a menu_id"                       },
    {"message.image",        "media",                    "pulled from wecom kf: image"                                     },
    {"message.voice",        "media",                    "pulled from wecom kf: voice"                                     },
    {"message.video",        "media",                    "pulled from wecom kf: video"                                     },
    {"message.file",         "media",                    "pulled from wecom kf: file"                                      },
    {"message.location",     "location",                 "pulled from wecom kf: location"                                  },
    {"message.link",         "link",                     "pulled from wecom kf: link"                                      },
    {"message.mini_program", "",                         "pulled from wecom kf: miniprogram"                               },
    {"message.product",      "",                         "pulled from wecom kf: channels_shop_product"                     },
    {"message.order",        "",                         "pulled from wecom kf: channels_shop_order"                       },
    {"message.mixed",        "",                         "pulled from wecom kf: merged_msg"                                },
    {"message.other",        "",                         "pulled from wecom kf: business_card, msgmenu, channels, meeting, calendar, note"},
    {"message.recalled",     "",                         "pulled from wecom kf: user_recall_msg, servicer_recall_msg"      },
    {"contact.entered",      "scene state welcome_code", "pulled from wecom kf: enter_session"                             },
    {"session.opened",       "event_key ticket",         "pulled from wecom kf: session_status_change 1 and 4"             },
    {"session.transferred",  "event_key ticket",         "pulled from wecom kf: session_status_change 2"                   },
    {"session.closed",       "event_key ticket",         "pulled from wecom kf: session_status_change 3"                   },
    {"delivery.failed",      "",                         "pulled from wecom kf: msg_send_fail"                             },
    {"account.updated",      "",                         "pulled from wecom kf: servicer_status_change, reject_customer_msg_switch_change"},
};

constexpr std::string_view party =
    R"({"type":"object","required":["kind","id"],"properties":{"kind":{"type":"string"},"id":{"type":"string"}}})";

/// The details that events of this type may have, by all rows that can become it; and who sends it.
void gather(std::string_view type, std::set<std::string_view>& gives, std::string& says) {
    for (const chapter& each : chapters())
        for (const row& line : each.types->rows()) {
            const auto types = types_of(line);
            if (std::ranges::find(types, type) == types.end()) continue;
            for (const std::string_view word : words_of(line.takes.gives)) gives.insert(word);
            says.append(says.empty() ? "" : "; ").append(each.channel).append(" ").append(name_of(line));
            says.append(" ").append(line.chinese);
        }
    for (const other_type& each : other_types) {
        if (each.type != type) continue;
        for (const std::string_view word : words_of(each.gives)) gives.insert(word);
        says.append(says.empty() ? "" : "; ").append(each.says);
    }
}

}  // namespace

std::vector<std::string_view> event_types() {
    std::set<std::string_view> all = {"unknown"};
    for (const chapter& each : chapters())
        for (const row& line : each.types->rows())
            for (const std::string_view type : types_of(line)) all.insert(type);
    for (const other_type& each : other_types) all.insert(each.type);
    return {all.begin(), all.end()};
}

std::string event_schema(std::string_view type) {
    const auto known = event_types();
    if (std::ranges::find(known, type) == known.end()) return {};
    std::set<std::string_view> gives;
    std::string says;
    gather(type, gives, says);
    if (type == "unknown") {
        says = "What no table names, kept whole";
        for (const member& each : details) gives.insert(each.name);
    }
    const std::string name = json::quoted(type);
    std::string out = "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"$id\": ";
    out.append(json::quoted("urn:yizhan:event:" + std::string(type) + ":1"))
        .append(",\n  \"title\": ")
        .append(name);
    out.append(",\n  \"description\": ")
        .append(json::quoted(says))
        .append(R"(,
  "type": "object",
  "required": ["specversion", "id", "source", "type", "subject", "partitionkey", "time", "dataschema", "datacontenttype", "data"],
  "properties": {
    "specversion": {"enum": ["1.0"]},
    "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "source": {"type": "string", "pattern": "^/[a-z]+/.+$"},
    "type": {"enum": [)")
        .append(name)
        .append(R"(]},
    "subject": {"type": "string"},
    "partitionkey": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "recordedtime": {"type": "string", "format": "date-time"},
    "sequence": {"type": "string", "pattern": "^[0-9]{16}$"},
    "dataschema": {"enum": [)")
        .append(json::quoted("urn:yizhan:event:" + std::string(type) + ":1"))
        .append(R"(]},
    "datacontenttype": {"enum": ["application/json"]},
    "data": {
      "type": "object",
      "required": ["channel", "account", "direction", "platform"],
      "properties": {
        "channel": {"type": "string"},
        "account": {"type": "string"},
        "via": {"type": "string", "description": "the configured account, where it serves many"},
        "direction": {"enum": ["inbound", "outbound"]},
        "platform_id": {"type": "string", "description": "the platform's own id, where it gives one"},
        "from": )")
        .append(party)
        .append(",\n        \"to\": ")
        .append(party);
    for (const member& each : details)
        if (gives.count(each.name))
            out.append(",\n        ").append(json::quoted(each.name)).append(": ").append(each.schema);
    return out.append(R"(,
        "platform": {"type": )").append(type == "unknown" ? R"(["object", "array"])" : R"("object")").append(R"(, "description": "every field the platform sent, names untouched"},
        "decision": {"type": "object"}
      }
    }
  }
}
)");
}

std::string events_page() {
    std::string out =
        "# Events\n\n"
        "CloudEvents 1.0 in JSON. `id` is stable: the same happening has the same id, however often the "
        "platform sends it. Ids of\n"
        "platforms are always texts. `data.platform` holds every field the platform sent, names untouched; "
        "tickets,\n"
        "authorisation codes and access tokens among them say `[secret]`. Each type has a JSON Schema in `docs/schema/`, and at "
        "`/v1/schemas/{type}` of the API.\n"
        "This page and the schemas are written by `yizhan types --write docs`.\n\n"
        "| field | |\n| --- | --- |\n"
        "| `source`, `subject`, `partitionkey` | `/channel/account`, `channel/account/person` twice |\n"
        "| `time`, `recordedtime` | the platform's time, ours |\n"
        "| `sequence` | 16 digits, grows |\n"
        "| `data.channel`, `account`, `direction`, `from`, `to`, `platform_id` | who to whom; of `outbound` ones `to` is the "
        "customer, and `platform` has the message, who said it, or what became of it |\n"
        "| `data.via` | the configured account, where it receives for many: then `account` is an AppId or a "
        "corporation's id |\n"
        "| `data.text`, `event_key`, `scene`, `ticket`, `state`, `welcome_code`, `media`, `location`, "
        "`link`, `scan` | by type |\n"
        "| `data.decision` | what the rules said and why |\n\n"
        "## Our types\n\n| type | made of |\n| --- | --- |\n";
    for (const std::string_view type : event_types()) {
        std::map<std::string_view, std::string> made_of;
        for (const chapter& each : chapters())
            for (const row& line : each.types->rows()) {
                const auto types = types_of(line);
                if (std::ranges::find(types, type) == types.end()) continue;
                std::string& names = made_of[each.channel];
                names.append(names.empty() ? "" : ", ").append(name_of(line));
            }
        out.append("| `").append(type).append("` | ");
        std::string cell;
        for (const auto& [channel, names] : made_of)
            cell.append(cell.empty() ? "" : "; ").append(channel).append(": ").append(names);
        for (const other_type& each : other_types)
            if (each.type == type) cell.append(cell.empty() ? "" : "; ").append(each.says);
        out.append(type == "unknown" ? "everything that no row below names: kept whole and counted" : cell)
            .append(" |\n");
    }
    for (const chapter& each : chapters()) {
        out.append("\n## ").append(each.channel).append(":");
        for (const adapter_kind* kind : each.kinds)
            out.append(kind == each.kinds.front() ? " " : ", ")
                .append(kind->kind)
                .append(" (")
                .append(kind->chinese)
                .append(")");
        out +=
            "\n\n| platform's name | | our type | reply shown | fields beyond the header |\n| --- | --- | "
            "--- | --- | --- |\n";
        for (const row& line : each.types->rows()) {
            out.append("| ").append(name_of(line)).append(" | ").append(line.chinese).append(" | ");
            const auto types = types_of(line);
            for (const std::string_view type : types)
                out.append(type == types.front() ? "`" : " or `").append(type).append("`");
            out.append(" | ")
                .append(shown_words(line.shows))
                .append(" | ")
                .append(line.fields)
                .append(" |\n");
        }
    }
    return out;
}

}  // namespace yizhan::adapters
