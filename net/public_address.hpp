#pragma once
#include <boost/asio/ip/address.hpp>

namespace yizhan::net {

/// Whether an address belongs to the public internet: not this machine, not a private or shared network, not link-local
/// (where clouds answer for their secrets), not reserved, and not one of these dressed as IPv6.
bool is_public(const boost::asio::ip::address& address);

}  // namespace yizhan::net
