// Structs of views.h from the arrays that NativeViews.java fills.
#pragma once

#include <jni.h>

#include "views.h"

namespace swiftkv {

// One struct, of which every field is 8 bytes wide.
template <typename View>
View viewOf(JNIEnv* env, jlongArray fields) {
  static_assert(sizeof(View) % sizeof(jlong) == 0, "a view is made of longs");
  View view;
  env->GetLongArrayRegion(fields, 0, sizeof(View) / sizeof(jlong), reinterpret_cast<jlong*>(&view));
  return view;
}

}  // namespace swiftkv
