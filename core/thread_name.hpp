#pragma once
#include <pthread.h>

namespace yizhan {

/// Names the calling thread, for whoever looks at the process from outside. At most 15 characters.
inline void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace yizhan
