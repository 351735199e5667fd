#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace yizhan {

enum class encryption { required, compatible, plaintext };

/// How long, and how often, a customer may be written to after they said (`message`) or did (`event`) something: platforms
/// change this.
struct window_setting {
    bool is_message = true;
    std::int64_t lasts_ms = 0;
    std::int32_t count = -1;  // -1: as often as one likes.
};

/// One configured endpoint of a channel, as the configuration gives it, secrets read.
struct account {
    std::string id, channel, kind;
    std::string app_id, original_id;    // wechat
    std::string corp_id, agent_id;      // wecom; of a suite, the provider's corporation
    std::string suite_id;               // wecom: of a suite
    std::string receive_id;             // wecom: what stands at the end of a bot's envelope; mostly nothing
    std::vector<std::string> uids;      // weibo: the accounts that this app serves
    std::string app_key;                // weibo
    std::vector<std::string> tokens;    // wechat, wecom: current first, then those still accepted
    std::vector<std::string> aes_keys;  // wechat, wecom
    std::vector<std::string> app_secrets;  // weibo signs with it; wechat and wecom call their API with it
    std::vector<std::string> access_tokens;  // weibo: for calls of its API
    std::string open_kfid;                   // wecom: the kf account that messages are sent from and pulled for
    std::int64_t history_s = -1;             // What is pulled for the first time: how far back; -1: all that is there
    std::string api;                         // Where the platform's API is called; empty: at the platform
    std::vector<window_setting> windows;     // Instead of what the platform documents
    std::vector<std::string> keeps_media;    // Kinds that are fetched: image, voice, video, file
    bool keeps_profiles = false;             // Whoever writes is asked for at the platform
    std::int64_t sends_per_minute = 0;       // At most so many messages; 0: as fast as they come
    yizhan::encryption encryption = yizhan::encryption::required;
    std::vector<std::string> allow_from;  // CIDR blocks; empty: from anywhere
    std::int64_t freshness_s = 600;
    std::int64_t deadline_ms = 4500;
};

}  // namespace yizhan
