#pragma once
#include "adapters/adapter.hpp"

/// Every kind of account there is, by channel and kind. A new one is its folder and its line here.
// clang-format off
#define YIZHAN_ADAPTER_KINDS(kind)  \
    kind(wechat, official_account)  \
    kind(wechat, mini_program)      \
    kind(wechat, component)         \
    kind(wechat, store)             \
    kind(wecom, app)                \
    kind(wecom, suite)              \
    kind(wecom, contacts)           \
    kind(wecom, customer_contact)   \
    kind(wecom, kf)                 \
    kind(wecom, aibot)              \
    kind(webhook, signed_json)      \
    kind(weibo, fans_service)       \
    kind(weibo, data_push)
// clang-format on

#define YIZHAN_DECLARE_KIND(channel, kind) \
    namespace yizhan::adapters::channel {  \
    extern const adapter_kind kind;        \
    }
YIZHAN_ADAPTER_KINDS(YIZHAN_DECLARE_KIND)
