// The JNI side of CpuNatives.java: unpacks arguments, nothing else.
#include <jni.h>
#include <oneapi/dnnl/dnnl.h>
#include <sys/mman.h>

#include <cstdint>
#include <string>

#include "cpu_features.h"
#include "jni_errors.h"

using namespace swiftkv;

#define NATIVE(type, name) extern "C" JNIEXPORT type JNICALL Java_dev_swiftkv_kernels_cpu_CpuNatives_##name

NATIVE(jint, activeIsa)(JNIEnv*, jclass) { return static_cast<jint>(activeIsa()); }

NATIVE(jstring, description)(JNIEnv* env, jclass) {
  const dnnl_version_t* version = dnnl_version();
  std::string text = std::string(isaName(activeIsa())) + ", oneDNN " + std::to_string(version->major) + "." +
                     std::to_string(version->minor) + "." + std::to_string(version->patch);
  return env->NewStringUTF(text.c_str());
}

NATIVE(void, adviseLargePages)(JNIEnv*, jclass, jlong address, jlong bytes) {
  constexpr uintptr_t LARGE_PAGE = 2 << 20;
  auto start = (static_cast<uintptr_t>(address) + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
  uintptr_t end = (static_cast<uintptr_t>(address) + static_cast<uintptr_t>(bytes)) / LARGE_PAGE * LARGE_PAGE;
  if (start < end) madvise(reinterpret_cast<void*>(start), end - start, MADV_HUGEPAGE);
}
