// The C++ source of a small addon of ours, for what Node cannot do to its own process:
//
// - While TensorFlow is being mapped it greets on stderr, whatever its log level: stderr is turned aside meanwhile.
// - In the matrix products of oneDNN up to 3.11, TensorFlow 2.21's, the stack pointer points into the heap for a while; a
//   signal handled there writes its frame over what lies below (oneDNN's issue 4845). Ctrl-C or a terminal that is resized
//   would damage the process now and then, and a profiler does at once. So a thread that never computes handles the
//   signals; the others, with all that TensorFlow starts afterwards, block them. SIGPROF, which V8's profiler aims at
//   the main thread, gets a stack of its own there.

export const processAddonSource = `
#include <csignal>
#include <fcntl.h>
#include <initializer_list>
#include <node_api.h>
#include <pthread.h>
#include <unistd.h>

static int saved = -1;

static napi_value Mute(napi_env, napi_callback_info) {
  const int sink = saved == -1 ? open("/dev/null", O_WRONLY) : -1;
  if (sink == -1) return nullptr;
  saved = dup(STDERR_FILENO);
  if (saved != -1) dup2(sink, STDERR_FILENO);
  close(sink);
  return nullptr;
}

static napi_value Unmute(napi_env, napi_callback_info) {
  if (saved == -1) return nullptr;
  dup2(saved, STDERR_FILENO);
  close(saved);
  saved = -1;
  return nullptr;
}

static void* WaitForSignals(void*) {
  for (;;) pause();
}

static bool divertsSignals = false;
alignas(64) static char profilerStack[128 * 1024];

static napi_value DivertSignals(napi_env, napi_callback_info) {
  if (divertsSignals) return nullptr;
  pthread_t thread;
  if (pthread_create(&thread, nullptr, WaitForSignals, nullptr) != 0) return nullptr;
  pthread_detach(thread);
  divertsSignals = true;

  // Not those that a thread brings on itself, that V8 aims at this one, or that ask which thread uses the terminal.
  sigset_t signals;
  sigfillset(&signals);
  for (const int own : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGPROF, SIGTSTP, SIGTTIN, SIGTTOU})
    sigdelset(&signals, own);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  stack_t stack;
  if (sigaltstack(nullptr, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return nullptr;
  stack.ss_sp = profilerStack;
  stack.ss_size = sizeof profilerStack;
  stack.ss_flags = 0;
  sigaltstack(&stack, nullptr);
  return nullptr;
}

static void Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT() {
  Export(env, exports, "mute", Mute);
  Export(env, exports, "unmute", Unmute);
  Export(env, exports, "divertSignals", DivertSignals);
  return exports;
}
`;
