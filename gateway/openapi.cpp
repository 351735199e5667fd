#include <map>
#include <sstream>

#include "core/json_text.hpp"
#include "gateway/api_routes.hpp"

namespace yizhan::gateway {
namespace {

constexpr std::string_view schemas = R"({
"Problem":{"type":"object","required":["type","title","status"],"properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"oldest":{"type":"string"}}},
"Event":{"type":"object","description":"A CloudEvent 1.0; docs/events.md lists the types","required":["specversion","id","source","type","data"],"properties":{"specversion":{"const":"1.0"},"id":{"type":"string"},"source":{"type":"string"},"type":{"type":"string"},"subject":{"type":"string"},"time":{"type":"string","format":"date-time"},"recordedtime":{"type":"string","format":"date-time"},"sequence":{"type":"string"},"partitionkey":{"type":"string"},"dataschema":{"type":"string"},"datacontenttype":{"type":"string"},"data":{"type":"object","properties":{"channel":{"type":"string"},"account":{"type":"string"},"via":{"type":"string"},"direction":{"enum":["inbound","outbound"]},"from":{"$ref":"#/components/schemas/Party"},"to":{"$ref":"#/components/schemas/Party"},"platform_id":{"type":"string"},"text":{"type":"string"},"platform":{"type":"object"},"decision":{"type":"object"}}}}},
"Grant":{"type":"object","required":["kind","at"],"properties":{"kind":{"enum":["ticket","auth_code"]},"of":{"type":"string"},"at":{"type":"string","format":"date-time"},"expires_at":{"type":"string","format":"date-time"},"value":{"type":"string"}}},
"Grants":{"type":"object","required":["grants"],"properties":{"grants":{"type":"array","items":{"$ref":"#/components/schemas/Grant"}}}},
"Accounts":{"type":"object","required":["accounts"],"properties":{"accounts":{"type":"array","items":{"type":"object","required":["id","channel","kind","grants"],"properties":{"id":{"type":"string"},"channel":{"type":"string"},"kind":{"type":"string"},"grants":{"type":"array","items":{"$ref":"#/components/schemas/Grant"}}}}}}},
"Schemas":{"type":"object","required":["schemas"],"properties":{"schemas":{"type":"array","items":{"type":"string"}}}},
"Schema":{"type":"object","description":"A JSON Schema, 2020-12"},
"Party":{"type":"object","required":["kind","id"],"properties":{"kind":{"type":"string"},"id":{"type":"string"}}},
"EventPage":{"type":"object","required":["events","next"],"properties":{"events":{"type":"array","items":{"$ref":"#/components/schemas/Event"}},"next":{"type":["string","null"]}}},
"Queues":{"type":"object","required":["queues"],"properties":{"queues":{"type":"array","items":{"type":"object","required":["name","pending","claimed","oldest_s"],"properties":{"name":{"type":"string"},"pending":{"type":"integer"},"claimed":{"type":"integer"},"oldest_s":{"type":"integer"}}}}}},
"Claim":{"type":"object","properties":{"consumer":{"type":"string"},"max":{"type":"integer","minimum":1,"maximum":100,"default":1},"ack_wait_s":{"type":"integer","minimum":1,"maximum":43200,"default":30},"wait_s":{"type":"integer","minimum":0,"maximum":60,"default":0}}},
"Tasks":{"type":"object","required":["tasks"],"properties":{"tasks":{"type":"array","items":{"$ref":"#/components/schemas/Task"}}}},
"Task":{"type":"object","required":["id","queue","priority","attempt","enqueued_at","event"],"properties":{"id":{"type":"string"},"queue":{"type":"string"},"priority":{"type":"integer"},"attempt":{"type":"integer"},"enqueued_at":{"type":"string","format":"date-time"},"conversation":{"type":["string","null"]},"contact":{"type":["string","null"]},"skills":{"type":"array","items":{"type":"string"}},"event":{"$ref":"#/components/schemas/Event"}}},
"Attempt":{"type":"object","properties":{"attempt":{"type":"integer","minimum":1}}},
"Nack":{"type":"object","properties":{"attempt":{"type":"integer","minimum":1},"delay_s":{"type":"integer","minimum":0,"maximum":604800,"default":0},"reason":{"type":"string","description":"stays with the task, should it give up"}}},
"Nothing":{"type":"object"},
"Message":{"type":"object","description":"One member that names its kind, and perhaps a code","minProperties":1,"maxProperties":2,"properties":{"code":{"type":"string","description":"with which the platform lets something be said once, such as a welcome"},"text":{"type":"string"},"image":{"type":"string","description":"the platform's id of what was uploaded"},"voice":{"type":"string"},"video":{"type":"object","required":["media_id"],"properties":{"media_id":{"type":"string"},"title":{"type":"string"},"description":{"type":"string"}}},"music":{"type":"object","required":["title","url","thumb_id"],"properties":{"title":{"type":"string"},"description":{"type":"string"},"url":{"type":"string"},"hq_url":{"type":"string"},"thumb_id":{"type":"string"}}},"news":{"type":"array","minItems":1,"maxItems":8,"items":{"type":"object","required":["title","url"],"properties":{"title":{"type":"string"},"description":{"type":"string"},"url":{"type":"string"},"image":{"type":"string"}}}},"location":{"type":"object","required":["latitude","longitude"],"properties":{"latitude":{"type":["string","number"]},"longitude":{"type":["string","number"]}}},"menu":{"$ref":"#/components/schemas/Menu"},"platform_desk":{"type":["boolean","string"],"description":"true, or the servicer: the session is handed over to the platform's own desk"},"session_end":{"description":"true, or a menu that is asked at the end","oneOf":[{"type":"boolean"},{"$ref":"#/components/schemas/Menu"}]}}},
"Menu":{"type":"object","required":["options"],"properties":{"head":{"type":"string"},"options":{"type":"array","minItems":1,"maxItems":10,"items":{"type":"object","required":["id","text"],"properties":{"id":{"type":"string"},"text":{"type":"string"}}}},"tail":{"type":"string"}}},
"Uploaded":{"type":"object","required":["media_id","until"],"properties":{"media_id":{"type":"string"},"until":{"type":"string","format":"date-time"}}},
"Said":{"type":"object","required":["id","status"],"properties":{"id":{"type":"string"},"status":{"$ref":"#/components/schemas/DeliveryStatus"}}},
"DeliveryStatus":{"enum":["pending","sending","sent","failed","uncertain","dead"]},
"Messages":{"type":"object","required":["messages","next"],"properties":{"messages":{"type":"array","items":{"type":"object","required":["event"],"properties":{"event":{"$ref":"#/components/schemas/Event"},"delivery":{"type":"object","required":["status","attempts"],"properties":{"status":{"$ref":"#/components/schemas/DeliveryStatus"},"attempts":{"type":"integer"},"reason":{"type":"string"},"platform_id":{"type":"string"}}}}}},"next":{"type":["string","null"]}}},
"Budget":{"type":"object","required":["may_write","ways"],"properties":{"may_write":{"type":"boolean"},"ways":{"type":"array","items":{"type":"object","required":["way","until","left"],"properties":{"way":{"enum":["after_message","after_event","any_time"]},"until":{"type":["string","null"],"format":"date-time"},"left":{"type":["integer","null"]}}}}}},
"Sink":{"type":"object","required":["name","type","where","state","position","lag","delivered","redelivered","lost","retries","parked","dead","warnings"],"properties":{"name":{"type":"string"},"type":{"enum":["redis_stream","webhook","file"]},"where":{"type":"string"},"state":{"enum":["starting","delivering","idle","waiting","paused","disabled","stopped"]},"why":{"type":"string"},"position":{"type":"string","description":"a cursor of GET /v1/events"},"lag":{"type":"integer"},"delivered":{"type":"integer"},"redelivered":{"type":"integer"},"lost":{"type":"integer"},"retries":{"type":"integer"},"parked":{"type":"integer"},"dead":{"type":"integer"},"warnings":{"type":"array","items":{"type":"string"}}}},
"Sinks":{"type":"object","required":["sinks"],"properties":{"sinks":{"type":"array","items":{"$ref":"#/components/schemas/Sink"}}}},
"NewSink":{"type":"object","description":"The settings of a webhook as docs/configuration.md has them, name left out; its URL is https and leads to the public internet","required":["url"],"properties":{"type":{"const":"webhook"},"url":{"type":"string"},"secret":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},"filter":{"type":"object"},"start":{"enum":["oldest","now"]},"waits":{"type":"string"},"batch":{"type":"integer"},"form":{"enum":["structured","binary"]},"order":{"enum":["any","conversation"]},"max_in_flight":{"type":"integer"},"timeout":{"type":"string"},"retry":{"type":"array","items":{"type":"string"}}}},
"Deliveries":{"type":"object","required":["deliveries"],"properties":{"deliveries":{"type":"array","items":{"type":"object","required":["at","event","events","attempt","status","result","took_ms"],"properties":{"at":{"type":"string","format":"date-time"},"event":{"type":"string"},"events":{"type":"integer"},"attempt":{"type":"integer"},"status":{"type":["integer","null"]},"result":{"type":"string"},"took_ms":{"type":"integer"},"next_at":{"type":"string","format":"date-time"}}}}}},
"SinkTest":{"type":"object","required":["ok","says"],"properties":{"ok":{"type":"boolean"},"says":{"type":"array","items":{"type":"string"}}}},
"Retried":{"type":"object","required":["retried"],"properties":{"retried":{"type":"integer"}}},
"DeadLetter":{"type":"object","required":["id","kind","attempts","reason","at","events"],"properties":{"id":{"type":"string"},"kind":{"enum":["task","record"]},"attempts":{"type":"integer"},"reason":{"type":"string"},"at":{"type":"string","format":"date-time"},"queue":{"type":["string","null"]},"contact":{"type":["string","null"]},"events":{"type":"array","items":{"$ref":"#/components/schemas/Event"}}}},
"DeadLetters":{"type":"object","required":["dead_letters"],"properties":{"dead_letters":{"type":"array","items":{"$ref":"#/components/schemas/DeadLetter"}}}},
"Extend":{"type":"object","properties":{"attempt":{"type":"integer","minimum":1},"ack_wait_s":{"type":"integer","minimum":1,"maximum":43200,"default":30}}},
"Contact":{"type":"object","required":["id","identities","tags","conversations"],"properties":{"profiles":{"type":"array","items":{"type":"object","required":["account","at","profile"],"properties":{"account":{"type":"string"},"at":{"type":"string","format":"date-time"},"profile":{"type":"object"}}}},"id":{"type":"string"},"name":{"type":["string","null"]},"identities":{"type":"array","items":{"type":"object","required":["kind","id","account"],"properties":{"kind":{"type":"string"},"id":{"type":"string"},"account":{"type":"string"}}}},"tags":{"type":"array","items":{"type":"string"}},"stage":{"type":["string","null"]},"conversations":{"type":"array","items":{"type":"object","required":["id","account","control","last_at"],"properties":{"id":{"type":"string"},"account":{"type":"string"},"control":{"enum":["rule","bot","agent","platform"]},"last_at":{"type":"string","format":"date-time"}}}}}},
"Contacts":{"type":"object","required":["contacts"],"properties":{"contacts":{"type":"array","items":{"$ref":"#/components/schemas/Contact"}}}},
"Erasure":{"type":"object","required":["erased","state","journal"],"properties":{"erased":{"const":true},"state":{"type":"string"},"journal":{"type":"string"}}}
})";

void append_parameters(std::string& out, std::string_view path, std::string_view of_query) {
    out += "\"parameters\":[";
    const std::size_t open = path.find('{');
    if (open != std::string_view::npos) {
        const std::string_view name = path.substr(open + 1, path.find('}') - open - 1);
        out.append(R"({"name":")").append(name).append(R"(","in":"path","required":true,"schema":{"type":"string"}})");
    }
    std::istringstream words{std::string(of_query)};
    for (std::string word; words >> word;) {
        const std::size_t colon = word.find(':');
        if (out.back() != '[') out += ',';
        out.append(R"({"name":")").append(word, 0, colon).append(R"(","in":"query","schema":{"type":")");
        out.append(word, colon + 1, std::string::npos).append("\"}}");
    }
    out += ']';
}

void append_schema(std::string& out, std::string_view name) {
    if (name == "Bytes") {
        out += R"("content":{"application/octet-stream":{}})";
        return;
    }
    out.append(R"("content":{"application/json":{"schema":{"$ref":"#/components/schemas/)").append(name).append("\"}}}");
}

}  // namespace

std::string openapi_document() {
    std::map<std::string_view, std::string> paths;
    for (const api::route& each : api::routes()) {
        std::string& path = paths[each.path];
        if (!path.empty()) path += ',';
        std::string method(each.method);
        for (char& letter : method) letter = static_cast<char>(letter | 0x20);
        path.append("\"").append(method).append("\":{\"summary\":");
        json::append_string(path, each.summary);
        path += ',';
        append_parameters(path, each.path, each.parameters);
        if (!each.takes.empty()) {
            path += ",\"requestBody\":{";
            append_schema(path, each.takes);
            path += '}';
        }
        const bool has_no_body = each.method != "GET" && each.gives.empty();
        path.append(",\"responses\":{\"").append(has_no_body ? "204" : each.gives == "Said" ? "202" : "200").append("\":{\"description\":\"done\"");
        if (!each.gives.empty()) {
            path += ',';
            append_schema(path, each.gives);
        }
        path += R"(},"default":{"description":"a problem","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}})";
        if (each.roles == anyone) path += R"(,"security":[])";
        path += '}';
    }
    std::string out = R"({"openapi":"3.1.0","info":{"title":"Yizhan","version":"1"},"security":[{"key":[]}],"paths":{)";
    for (const auto& [path, operations] : paths) {
        if (out.back() != '{') out += ',';
        json::append_string(out, path);
        out.append(":{").append(operations).append("}");
    }
    // What a sink of the type webhook sends to its receiver (docs/consumers.md).
    out.append(R"(},"webhooks":{"event":{"post":{"summary":"An event, signed after Standard Webhooks; in batches a list of them","parameters":[)"
               R"({"name":"webhook-id","in":"header","required":true,"schema":{"type":"string"}},)"
               R"({"name":"webhook-timestamp","in":"header","required":true,"schema":{"type":"string"}},)"
               R"({"name":"webhook-signature","in":"header","schema":{"type":"string"}}],)"
               R"("requestBody":{"content":{"application/cloudevents+json":{"schema":{"$ref":"#/components/schemas/Event"}},)"
               R"("application/cloudevents-batch+json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Event"}}}}},)"
               R"("responses":{"2XX":{"description":"it is taken"},"410":{"description":"nothing more is wanted"}},"security":[]}}})");
    out.append(R"(,"components":{"securitySchemes":{"key":{"type":"http","scheme":"bearer"}},"schemas":)");
    return out.append(schemas).append("}}");
}

}  // namespace yizhan::gateway
