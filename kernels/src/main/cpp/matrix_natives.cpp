// The JNI side of MatrixNatives.java: unpacks arguments, nothing else.
#include <jni.h>
#include <omp.h>

#include <vector>

#include "jni_errors.h"
#include "jni_views.h"
#include "matrix_ops.h"

using namespace swiftkv;

#define NATIVE(type, name) extern "C" JNIEXPORT type JNICALL Java_dev_swiftkv_kernels_cpu_MatrixNatives_##name

namespace {

Gemm& gemmAt(jlong handle) { return *reinterpret_cast<Gemm*>(handle); }

Weight& weightAt(jlong handle) { return *reinterpret_cast<Weight*>(handle); }

template <typename T>
T* at(jlong address) {
  return reinterpret_cast<T*>(address);
}

Scratch scratchAt(jlong address, jlong bytes) { return {at<uint8_t>(address), bytes}; }

// Runs a body on the threads of a Gemm; what it returns is the scratch memory it lacks.
template <typename Body>
jlong onThreads(JNIEnv* env, jlong gemm, Body body) {
  jlong lacking = 0;
  guarded(env, [&] {
    // The team belongs to the calling thread, which may be another one than last time.
    omp_set_num_threads(gemmAt(gemm).threads());
    lacking = body(gemmAt(gemm));
  });
  return lacking;
}

}  // namespace

NATIVE(jlong, open)(JNIEnv* env, jclass, jint threads) {
  Gemm* gemm = nullptr;
  guarded(env, [&] { gemm = new Gemm(threads); });
  return reinterpret_cast<jlong>(gemm);
}

NATIVE(void, close)(JNIEnv*, jclass, jlong gemm) { delete &gemmAt(gemm); }

NATIVE(jboolean, supports)(JNIEnv* env, jclass, jlong gemm, jint dtype) {
  return onThreads(env, gemm, [&](Gemm& use) { return use.supports(static_cast<DType>(dtype)) ? 1 : 0; }) != 0;
}

NATIVE(jlong, gemmNanos)(JNIEnv*, jclass, jlong gemm) { return gemmAt(gemm).nanos(); }

NATIVE(jlong, openWeight)(JNIEnv* env, jclass, jlong gemm, jint dtype, jint outputs, jint inputs) {
  return onThreads(env, gemm, [&](Gemm& use) {
    return reinterpret_cast<jlong>(new Weight(use.weight(static_cast<DType>(dtype), outputs, inputs)));
  });
}

NATIVE(void, closeWeight)(JNIEnv*, jclass, jlong weight) { delete &weightAt(weight); }

NATIVE(jlong, packedBytes)(JNIEnv*, jclass, jlong gemm, jlong weight) {
  return gemmAt(gemm).packedBytes(weightAt(weight));
}

NATIVE(void, place)(JNIEnv*, jclass, jlong weight, jlong packed) { weightAt(weight).packed = at<uint8_t>(packed); }

NATIVE(void, pack)(JNIEnv* env, jclass, jlong gemm, jlong weight, jint first, jint count, jlong rows) {
  onThreads(env, gemm, [&](Gemm& use) {
    use.pack(weightAt(weight), first, count, at<const float>(rows));
    return 0;
  });
}

NATIVE(void, reject)(JNIEnv*, jclass, jlong weight, jint rows) {
  weightAt(weight).product->reject(rows);
}

NATIVE(void, embed)(JNIEnv* env, jclass, jlong gemm, jlong table, jlongArray batch, jlong x) {
  onThreads(env, gemm, [&](Gemm& use) {
    embed(use, weightAt(table), viewOf<BatchView>(env, batch), at<float>(x));
    return 0;
  });
}

NATIVE(void, rmsNorm)
(JNIEnv* env, jclass, jlong gemm, jlong x, jlong weight, jfloat epsilon, jint rows, jint columns, jint dtype,
 jlong out) {
  onThreads(env, gemm, [&](Gemm& use) {
    rmsNorm(use, at<const float>(x), at<const float>(weight), epsilon, rows, columns, static_cast<DType>(dtype),
            at<void>(out));
    return 0;
  });
}

NATIVE(void, gatherRows)(JNIEnv* env, jclass, jlong x, jint columns, jlongArray batch, jlong out) {
  gatherRows(at<const float>(x), viewOf<BatchView>(env, batch), columns, at<float>(out));
}

NATIVE(jlong, project)
(JNIEnv* env, jclass, jlong gemm, jlong weight, jlong bias, jlong x, jint rows, jlong y, jboolean add,
 jlong scratch, jlong scratchBytes) {
  return onThreads(env, gemm, [&](Gemm& use) {
    return project(use, weightAt(weight), at<const float>(bias), at<const void>(x), rows, at<float>(y),
                   add ? Store::ADD : Store::SET, scratchAt(scratch, scratchBytes));
  });
}

NATIVE(jlong, gatedFfn)
(JNIEnv* env, jclass, jlong gemm, jlong gateUp, jlong down, jlong normed, jint rows, jlong x, jlong scratch,
 jlong scratchBytes) {
  return onThreads(env, gemm, [&](Gemm& use) {
    return gatedFfn(use, weightAt(gateUp), weightAt(down), at<const void>(normed), rows, at<float>(x),
                    scratchAt(scratch, scratchBytes));
  });
}
