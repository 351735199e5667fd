#pragma once
#include "gateway/api.hpp"

namespace yizhan::gateway {

constexpr unsigned agents = 1, supervisors = 2, integrations = 4, admins = 8, anyone = 16;

/// One call: who may make it, what it does, and what the OpenAPI document says of it.
struct api::route {
    std::string_view method, path;  // `{…}` stands for one part of the path.
    unsigned roles;                 // `anyone`: without a key.
    api::handler call;
    std::string_view summary;
    std::string_view parameters;    // Of the query: `name:type …`
    std::string_view takes, gives;  // Schemas of the document; empty: none.
};

}  // namespace yizhan::gateway
