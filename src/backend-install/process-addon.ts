// The C++ source of a small addon of ours, for what Node cannot do to its own process:
//
// - While TensorFlow is being mapped it greets on stderr, whatever its log level: stderr is turned aside meanwhile.
// - In the matrix products of oneDNN up to 3.11, TensorFlow 2.21's, the stack pointer points into the heap for a while; a
//   signal handled there writes its frame over what lies below (oneDNN's issue 4845). Ctrl-C or a terminal that is resized
//   would damage the process now and then, and a profiler does at once. So a thread that never computes handles the
//   signals; the others, with all that TensorFlow starts afterwards, block them. SIGPROF, which V8's profiler aims at
//   the main thread, gets a stack of its own there.
// - Whether one of NVIDIA's libraries opens, and its version, only the library itself can say.

export const processAddonSource = `
#include <csignal>
#include <dlfcn.h>
#include <fcntl.h>
#include <initializer_list>
#include <node_api.h>
#include <pthread.h>
#include <string>
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

static std::string TextOf(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string text(length + 1, '\\0');
  napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
  text.resize(length);
  return text;
}

// openLibrary(path, function): the version as "12.9.3", by a function like cublasGetProperty(which, value) or
// cudaRuntimeGetVersion(value); "" where it has none of that name. Throws what the system says when it does not open.
static napi_value OpenLibrary(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value words[2];
  napi_get_cb_info(env, info, &count, words, nullptr, nullptr);
  void* library = dlopen(TextOf(env, words[0]).c_str(), RTLD_NOW);
  if (library == nullptr) {
    napi_throw_error(env, nullptr, dlerror());
    return nullptr;
  }
  const std::string name = TextOf(env, words[1]);
  void* function = dlsym(library, name.c_str());
  int numbers[3] = {0, 0, 0};
  bool known = function != nullptr;
  if (known && name.find("Property") == std::string::npos) {
    known = reinterpret_cast<int (*)(int*)>(function)(numbers) == 0;
    numbers[1] = numbers[0] % 1000 / 10;
    numbers[0] /= 1000;
  } else if (known) {
    for (int i = 0; i < 3; i++) known = known && reinterpret_cast<int (*)(int, int*)>(function)(i, numbers + i) == 0;
  }
  const std::string version = std::to_string(numbers[0]) + "." + std::to_string(numbers[1]) + "." + std::to_string(numbers[2]);
  napi_value result;
  napi_create_string_utf8(env, known ? version.c_str() : "", NAPI_AUTO_LENGTH, &result);
  return result;
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
  Export(env, exports, "openLibrary", OpenLibrary);
  return exports;
}
`;
