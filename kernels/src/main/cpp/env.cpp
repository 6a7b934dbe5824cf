// Settings that OpenMP reads once, while its library loads. By default its threads spin at barriers:
// next to one other busy process, as on every Spark executor, that costs most of the machine.
// This library is loaded first; what it set is taken back once OpenMP is there, so that child
// processes do not inherit it. What the user has set is left alone.
#include <cstdlib>
#include <jni.h>

namespace {
struct Setting {
  const char* name;
  const char* value;
  bool ours;
};

Setting settings[] = {{"OMP_WAIT_POLICY", "PASSIVE", false}, {"GOMP_SPINCOUNT", "0", false}};
}  // namespace

extern "C" {
JNIEXPORT void JNICALL Java_dev_swiftkv_kernels_cpu_OpenMpSettings_apply(JNIEnv*, jclass) {
  for (Setting& setting : settings) {
    setting.ours = getenv(setting.name) == nullptr;
    if (setting.ours) setenv(setting.name, setting.value, 0);
  }
}

JNIEXPORT void JNICALL Java_dev_swiftkv_kernels_cpu_OpenMpSettings_restore(JNIEnv*, jclass) {
  for (Setting& setting : settings) {
    if (setting.ours) unsetenv(setting.name);
    setting.ours = false;
  }
}
}
