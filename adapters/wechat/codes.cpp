#include "adapters/wechat/codes.hpp"

namespace yizhan::adapters::wechat {
namespace {

constexpr std::int64_t second_ms = 1000, minute_ms = 60 * second_ms, hour_ms = 60 * minute_ms;

constexpr code_row all[] = {
    {-1,    fate::again,         second_ms, "the platform is busy"                                           },
    {40001, fate::token_refused, 0,         "the access token, or the secret, is not (or no longer) good"    },
    {40014, fate::token_refused, 0,         "the access token is not one"                                    },
    {42001, fate::token_refused, 0,         "the access token has run out"                                   },
    {41001, fate::never,         0,         "no access token was sent"                                       },
    {40013, fate::misconfigured, 0,         "the AppID is not one"                                           },
    {40125, fate::misconfigured, 0,         "the AppSecret is wrong"                                         },
    {40164, fate::misconfigured, 0,         "this machine's address is not on the account's list"            },
    {40003, fate::not_allowed,   0,         "not a customer of this account"                                 },
    {40007, fate::never,         0,         "the media is gone or never was"                                 },
    {40033, fate::never,         0,         "the platform refuses the characters"                            },
    {43004, fate::not_allowed,   0,         "the customer does not follow the account"                       },
    {43019, fate::not_allowed,   0,         "the customer is blocked"                                        },
    {45002, fate::never,         0,         "too long"                                                       },
    {45008, fate::never,         0,         "too many articles"                                              },
    {45009, fate::again,         hour_ms,   "the day's calls of the API are used up"                         },
    {45011, fate::again,         minute_ms, "too many calls in a minute"                                     },
    {45015, fate::not_allowed,   0,         "the time to answer is over, or the customer has left"           },
    {45047, fate::not_allowed,   0,         "as many messages as may be were sent since the customer's last" },
    {46004, fate::not_allowed,   0,         "there is no such customer"                                      },
    {48001, fate::misconfigured, 0,         "the account may not use this API"                               },
    {48002, fate::not_allowed,   0,         "the customer takes no messages"                                 },
    {48004, fate::misconfigured, 0,         "the platform has banned this API for the account"               },
    {48008, fate::never,         0,         "the account may not send this kind"                             },
    {50002, fate::not_allowed,   0,         "the customer is restricted"                                     },
    {50005, fate::not_allowed,   0,         "the customer does not follow the account"                       },
    {61004, fate::misconfigured, 0,         "this machine's address is not on the component's list"          },
    {61005, fate::again,         minute_ms, "the component's ticket has run out: the next is waited for"     },
    {61006, fate::again,         minute_ms, "the component's ticket is not good: the next is waited for"     },
    {61007, fate::misconfigured, 0,         "the merchant has not granted this to the component"             },
    {61023, fate::misconfigured, 0,         "the merchant has to authorise the component again"              },
};

}  // namespace

std::span<const code_row> codes() { return all; }

}  // namespace yizhan::adapters::wechat
