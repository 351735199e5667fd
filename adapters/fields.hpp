#pragma once
#include "adapters/table.hpp"
#include "core/event.hpp"

/// How fields that several platforms spell alike become ours. Each reads one kind of message or event.
namespace yizhan::adapters::fields {

void read_nothing(const document&, event&);
void read_content(const document& sent, event& into);
void read_picture(const document& sent, event& into);
void read_voice(const document& sent, event& into);
void read_video(const document& sent, event& into);
void read_place(const document& sent, event& into);
void read_link(const document& sent, event& into);
void read_key(const document& sent, event& into);
void read_scanned_code(const document& sent, event& into);
void read_picked_place(const document& sent, event& into);
void read_reported_place(const document& sent, event& into);

inline constexpr reader nothing{read_nothing, ""};
inline constexpr reader content{read_content, "text"};    // Content
inline constexpr reader picture{read_picture, "media"};   // PicUrl, MediaId
inline constexpr reader voice{read_voice, "media text"};  // MediaId, Format, Recognition
inline constexpr reader video{read_video, "media"};       // MediaId, ThumbMediaId
inline constexpr reader place{read_place, "location"};    // Location_X (latitude), Location_Y
inline constexpr reader shared_link{read_link, "link"};   // Title, Description, Url
inline constexpr reader key{read_key, "event_key"};       // EventKey
inline constexpr reader scanned_code{read_scanned_code, "event_key scan"};      // EventKey, ScanCodeInfo
inline constexpr reader picked_place{read_picked_place, "event_key location"};  // EventKey, SendLocationInfo
inline constexpr reader reported_place{read_reported_place, "location"};        // Latitude, Longitude

}  // namespace yizhan::adapters::fields
