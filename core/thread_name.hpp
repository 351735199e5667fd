#pragma once
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace yizhan {

/// Names the calling thread, for whoever looks at the process from outside. At most 15 characters.
inline void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

/// What this thread does can wait: others of this machine come first.
inline void step_back() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10); }

}  // namespace yizhan
