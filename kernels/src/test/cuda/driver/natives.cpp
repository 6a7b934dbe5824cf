// The JNI side of EmulatedGpu.java: what a test asks of the machine that it runs on.
#include <jni.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "call.h"
#include "kernels.h"
#include "state.h"

using namespace driver;

#define NATIVE(type, name) extern "C" JNIEXPORT type JNICALL Java_dev_swiftkv_kernels_cuda_EmulatedGpu_##name

namespace {

std::string text(JNIEnv* env, jstring value) {
  const char* characters = env->GetStringUTFChars(value, nullptr);
  std::string copy = characters == nullptr ? "" : characters;
  env->ReleaseStringUTFChars(value, characters);
  return copy;
}

// Destroys all contexts and what they own.
void restart() {
  State& all = state();
  std::vector<std::shared_ptr<Context>> contexts = all.contexts.all();
  for (const std::shared_ptr<Context>& context : contexts) destroyContext(*context);
  all.primaryContexts.clear();
  all.words.clear();
  all.initialised = false;
  all.memory.resetPeak();
  clearCounters();
}

}  // namespace

NATIVE(void, configureNative)(JNIEnv* env, jclass, jstring words) {
  std::string configuration = text(env, words);
  try {
    LockedCall locked;
    restart();
    state().settings = readSettings(configuration);
    state().words = configuration;
  } catch (const std::exception& error) {
    env->ThrowNew(env->FindClass("java/lang/IllegalArgumentException"), error.what());
  }
}

NATIVE(jlong, callCount)(JNIEnv* env, jclass, jstring function) {
  std::string name = text(env, function);
  LockedCall locked;
  return static_cast<jlong>(callCount(name));
}

NATIVE(void, clearCounters)(JNIEnv*, jclass) {
  LockedCall locked;
  clearCounters();
}

NATIVE(void, failNative)(JNIEnv* env, jclass, jstring function, jint nth, jint result, jboolean sticky) {
  std::string name = text(env, function);
  LockedCall locked;
  failCall(name, nth, static_cast<CUresult>(result), sticky == JNI_TRUE);
}

NATIVE(jlong, usedBytes)(JNIEnv*, jclass, jint device) {
  LockedCall locked;
  return static_cast<jlong>(state().memory.usedBytes(device));
}

NATIVE(jlong, peakBytes)(JNIEnv*, jclass, jint device) {
  LockedCall locked;
  return static_cast<jlong>(state().memory.peakBytes(device));
}

// What a program that ends well has given back: contexts, streams, events, modules, graphs, allocations.
NATIVE(jstring, leftovers)(JNIEnv* env, jclass) {
  LockedCall locked;
  State& all = state();
  std::string list;
  auto add = [&list](size_t count, const char* what) {
    if (count > 0) list += (list.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(all.contexts.size(), "contexts");
  add(all.streams.size(), "streams");
  add(all.events.size(), "events");
  add(all.modules.size(), "modules");
  add(all.graphs.size(), "graphs");
  add(all.graphExecs.size(), "executable graphs");
  add(all.memory.count(), "allocations");
  return env->NewStringUTF(list.c_str());
}

NATIVE(jstring, kernels)(JNIEnv* env, jclass) {
  std::string lines;
  for (const Kernel* kernel : allKernels()) {
    lines += kernel->name + " " + std::to_string(kernel->threads) + " " + std::to_string(kernel->argumentBytes) + "\n";
  }
  return env->NewStringUTF(lines.c_str());
}
