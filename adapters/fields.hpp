#pragma once
#include "adapters/document.hpp"
#include "core/event.hpp"

/// How fields that two platforms spell alike become ours. Each reads one kind of message or event.
namespace yizhan::adapters::fields {

void nothing(const document&, event&);
void content(const document& sent, event& into);         // Content
void picture(const document& sent, event& into);         // PicUrl, MediaId
void voice(const document& sent, event& into);           // MediaId, Format, Recognition
void video(const document& sent, event& into);           // MediaId, ThumbMediaId
void place(const document& sent, event& into);           // Location_X (latitude), Location_Y, Scale, Label
void shared_link(const document& sent, event& into);     // Title, Description, Url
void key(const document& sent, event& into);             // EventKey
void scanned_code(const document& sent, event& into);    // EventKey, ScanCodeInfo
void picked_place(const document& sent, event& into);    // EventKey, SendLocationInfo
void reported_place(const document& sent, event& into);  // Latitude, Longitude, Precision

}  // namespace yizhan::adapters::fields
