// The C++ source of a small addon of ours: while TensorFlow is being mapped it greets on stderr, whatever its log
// level, and Node has no way to turn a file descriptor aside.

export const quietSource = `
#include <fcntl.h>
#include <node_api.h>
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

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, Mute, nullptr, &function);
  napi_set_named_property(env, exports, "mute", function);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, Unmute, nullptr, &function);
  napi_set_named_property(env, exports, "unmute", function);
  return exports;
}
`;
