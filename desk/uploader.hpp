#pragma once
#include <string>

#include "desk/caller.hpp"
#include "desk/routes.hpp"

namespace yizhan::desk {

/// Something for a message to carry, uploaded to the platform of an account; good for three days there.
struct upload {
    std::string account, kind, name, bytes;  // kind: image, voice, video, file.
};
struct upload_end {
    adapters::verdict said;
    std::string media_id;
};
net::task<upload_end> bring(caller& by, const routes& ways, upload what);

}  // namespace yizhan::desk
