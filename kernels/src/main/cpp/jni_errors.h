// Errors cross into Java as exceptions; C++ exceptions never do.
#pragma once

#include <exception>
#include <jni.h>
#include <stdexcept>

namespace swiftkv {

inline void throwJava(JNIEnv* env, const char* className, const char* message) {
  jclass type = env->FindClass(className);
  if (type != nullptr) env->ThrowNew(type, message);
}

// Runs a body that may throw; what it threw becomes an IllegalStateException.
template <typename Body>
void guarded(JNIEnv* env, Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    throwJava(env, "java/lang/IllegalStateException", error.what());
  }
}

}  // namespace swiftkv
