// The JNI side of AttentionNatives.java: unpacks arguments, nothing else.
#include <jni.h>
#include <omp.h>

#include <vector>

#include "attention.h"
#include "cpu_features.h"
#include "jni_errors.h"
#include "jni_views.h"
#include "kv_pages.h"
#include "sampling.h"

using namespace swiftkv;

#define NATIVE(type, name) extern "C" JNIEXPORT type JNICALL Java_dev_swiftkv_kernels_cpu_AttentionNatives_##name

namespace {

template <typename T>
T* at(jlong address) {
  return reinterpret_cast<T*>(address);
}

// Runs a body on so many threads. The setting belongs to the calling thread, which may be another one than last time.
template <typename Body>
void onThreads(JNIEnv* env, jint threads, Body body) {
  guarded(env, [&] {
    omp_set_num_threads(threads);
    body();
  });
}

}  // namespace

NATIVE(void, attend)
(JNIEnv* env, jclass, jint threads, jlong queries, jint dtype, jlongArray shape, jlongArray pages, jlongArray batch,
 jlong out) {
  onThreads(env, threads, [&] {
    attend(at<const void>(queries), static_cast<DType>(dtype), viewOf<AttentionShape>(env, shape),
           viewOf<KvPages>(env, pages), viewOf<BatchView>(env, batch), at<void>(out));
  });
}

NATIVE(void, sample)
(JNIEnv* env, jclass, jint threads, jlong logits, jint vocabulary, jlongArray sampling, jintArray tokens) {
  onThreads(env, threads, [&] {
    auto view = viewOf<SamplingView>(env, sampling);
    std::vector<jint> chosen(view.rowCount);
    sample(at<float>(logits), vocabulary, view, chosen.data());
    env->SetIntArrayRegion(tokens, 0, static_cast<jsize>(chosen.size()), chosen.data());
  });
}

NATIVE(void, copyBlock)(JNIEnv* env, jclass, jlongArray pages, jint from, jint to) {
  copyBlock(viewOf<KvPages>(env, pages), from, to);
}

NATIVE(jlong, kvBytesPerBlock)(JNIEnv*, jclass, jint dtype, jint kvHeads, jint headSize, jint blockTokens) {
  return kvBytesPerBlock(static_cast<DType>(dtype), kvHeads, headSize, blockTokens);
}

NATIVE(void, limitIsa)(JNIEnv*, jclass, jint highest) { limitIsa(static_cast<Isa>(highest)); }
