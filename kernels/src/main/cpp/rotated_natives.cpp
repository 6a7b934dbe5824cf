// The JNI side of MatrixNatives.java for projections whose results are rotated: unpacks arguments, nothing else.
#include <jni.h>
#include <omp.h>

#include <vector>

#include "jni_errors.h"
#include "jni_views.h"
#include "matrix_ops.h"

using namespace swiftkv;

#define NATIVE(type, name) extern "C" JNIEXPORT type JNICALL Java_dev_swiftkv_kernels_cpu_MatrixNatives_##name

namespace {

// What all three share.
struct Call {
  JNIEnv* env;
  Gemm& gemm;
  Weight& weight;
  AttentionShape shape;
  RopeView rope;
  BatchView batch;
  Scratch scratch;

  Call(JNIEnv* from, jlong gemmHandle, jlong weightHandle, jlongArray shapeFields, jlongArray ropeFields,
       jlongArray batchFields, jlong scratchAddress, jlong scratchBytes)
      : env(from),
        gemm(*reinterpret_cast<Gemm*>(gemmHandle)),
        weight(*reinterpret_cast<Weight*>(weightHandle)),
        shape(viewOf<AttentionShape>(from, shapeFields)),
        rope(viewOf<RopeView>(from, ropeFields)),
        batch(viewOf<BatchView>(from, batchFields)),
        scratch{reinterpret_cast<uint8_t*>(scratchAddress), scratchBytes} {}

  // What `body` returns is the scratch memory it lacks.
  template <typename Body>
  jlong run(jlong bias, jlong normed, Body body) {
    jlong lacking = 0;
    guarded(env, [&] {
      omp_set_num_threads(gemm.threads());
      RotatedProjection projection{weight, reinterpret_cast<const float*>(bias), reinterpret_cast<const void*>(normed),
                                   shape,  rope,                                 batch};
      lacking = body(projection);
    });
    return lacking;
  }
};

}  // namespace

NATIVE(jlong, qkv)
(JNIEnv* env, jclass, jlong gemm, jlong weight, jlong bias, jlong normed, jlongArray shape, jlongArray rope,
 jlongArray batch, jlongArray cache, jlong queryRows, jlong scratch, jlong scratchBytes) {
  Call call(env, gemm, weight, shape, rope, batch, scratch, scratchBytes);
  return call.run(bias, normed, [&](const RotatedProjection& projection) {
    return qkv(call.gemm, projection, viewOf<KvPages>(env, cache), reinterpret_cast<void*>(queryRows), call.scratch);
  });
}

NATIVE(jlong, queries)
(JNIEnv* env, jclass, jlong gemm, jlong weight, jlong bias, jlong normed, jlongArray shape, jlongArray rope,
 jlongArray batch, jlong queryRows, jlong scratch, jlong scratchBytes) {
  Call call(env, gemm, weight, shape, rope, batch, scratch, scratchBytes);
  return call.run(bias, normed, [&](const RotatedProjection& projection) {
    return queries(call.gemm, projection, reinterpret_cast<void*>(queryRows), call.scratch);
  });
}

NATIVE(jlong, laterKv)
(JNIEnv* env, jclass, jlong gemm, jlong weight, jlong bias, jlong normed, jlongArray shape, jlongArray rope,
 jlongArray batch, jlongArray caches, jint cacheCount, jlong scratch, jlong scratchBytes) {
  Call call(env, gemm, weight, shape, rope, batch, scratch, scratchBytes);
  return call.run(bias, normed, [&](const RotatedProjection& projection) {
    std::vector<KvPages> pages(cacheCount);
    env->GetLongArrayRegion(caches, 0, cacheCount * sizeof(KvPages) / sizeof(jlong),
                            reinterpret_cast<jlong*>(pages.data()));
    return laterKv(call.gemm, projection, pages.data(), cacheCount, call.scratch);
  });
}
