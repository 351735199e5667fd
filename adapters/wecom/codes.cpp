#include "adapters/wecom/codes.hpp"

namespace yizhan::adapters::wecom {
namespace {

constexpr std::int64_t second_ms = 1000, minute_ms = 60 * second_ms;

constexpr code_row all[] = {
    {-1,    fate::again,         second_ms, "the platform is busy"                                   },
    {40014, fate::token_refused, 0,         "the access token is not one"                            },
    {42001, fate::token_refused, 0,         "the access token has run out"                           },
    {40001, fate::misconfigured, 0,         "the secret is wrong"                                    },
    {40013, fate::misconfigured, 0,         "the corporation's id is wrong"                          },
    {40091, fate::misconfigured, 0,         "the secret is wrong"                                    },
    {41001, fate::never,         0,         "no access token was sent"                               },
    {40003, fate::not_allowed,   0,         "there is no such person"                                },
    {60111, fate::not_allowed,   0,         "there is no such person"                                },
    {46004, fate::not_allowed,   0,         "there is no such person"                                },
    {81013, fate::not_allowed,   0,         "nobody of those it was for may get it"                  },
    {40007, fate::never,         0,         "the media is gone or never was"                         },
    {40096, fate::not_allowed,   0,         "there is no such customer"                              },
    {45002, fate::never,         0,         "too long"                                               },
    {45009, fate::again,         minute_ms, "too many calls"                                         },
    {45033, fate::again,         second_ms, "too many calls at once"                                 },
    {45035, fate::again,         second_ms, "too many calls at once"                                 },
    {6000,  fate::again,         second_ms, "something else was just being changed"                  },
    {48001, fate::misconfigured, 0,         "the app may not use this API"                           },
    {48002, fate::misconfigured, 0,         "the app may not use this API"                           },
    {48007, fate::misconfigured, 0,         "the app may not use this API"                           },
    {50002, fate::misconfigured, 0,         "the person is outside the app's visible scope"          },
    {60011, fate::misconfigured, 0,         "the person is outside the app's visible scope"          },
    {60020, fate::misconfigured, 0,         "this machine's address is not trusted by the corporation"},
    {60030, fate::misconfigured, 0,         "the servicer is outside the app's visible scope"        },
    {301002, fate::misconfigured, 0,        "the AgentId is not that of the secret"                  },
    {95000, fate::misconfigured, 0,         "there is no such kf account"                            },
    {95001, fate::not_allowed,   0,         "five messages were sent since the customer's last"      },
    {95002, fate::not_allowed,   0,         "48 hours are over since the customer's last message"    },
    {95007, fate::never,         0,         "the token of the callback is too old"                   },
    {95011, fate::misconfigured, 0,         "the kf account is not managed by API"                   },
    {95012, fate::misconfigured, 0,         "the kf account is not managed by API"                   },
    {95013, fate::not_allowed,   0,         "the session has ended"                                  },
    {95016, fate::not_allowed,   0,         "the session is not in a state for this"                 },
    {95017, fate::misconfigured, 0,         "the kf API is switched off"                             },
    {95018, fate::not_allowed,   0,         "the session is not in a state in which the API may speak"},
    {95023, fate::misconfigured, 0,         "the kf account is given to another app"                 },
    {95031, fate::not_allowed,   0,         "the customer has been silent for 48 hours"              },
    {40084, fate::misconfigured, 0,         "the corporation has taken its authorisation back"       },
    {48004, fate::misconfigured, 0,         "the corporation has taken its authorisation back"       },
    {40080, fate::misconfigured, 0,         "the suite's secret is wrong"                            },
    {40083, fate::misconfigured, 0,         "the suite's id is wrong"                                },
    {40082, fate::token_refused, 0,         "the suite's token is not good"                          },
    {42009, fate::token_refused, 0,         "the suite's token has run out"                          },
    {40085, fate::again,         minute_ms, "the suite's ticket is not good: the next is waited for" },
    {40078, fate::never,         0,         "the code was used, or has run out"                      },
    {42007, fate::never,         0,         "the code was used, or has run out"                      },
    {41050, fate::never,         0,         "the welcome code was used, or its 20 seconds are over"  },
    {41051, fate::never,         0,         "somebody has welcomed or written to the customer already"},
    {41053, fate::never,         0,         "the customer has not agreed to the archive yet"         },
    {41096, fate::again,         500,       "another app is just welcoming the customer"             },
    {95014, fate::not_allowed,   0,         "there is no such servicer"                              },
    {95019, fate::not_allowed,   0,         "the servicer takes nobody now"                          },
    {95033, fate::done,          0,         "it was taken before"                                    },
};

}  // namespace

std::span<const code_row> codes() { return all; }

}  // namespace yizhan::adapters::wecom
