// Every other function that JCuda knows: present, so that the library can be linked against, and of no use. A function
// that another file defines takes the place of the weak one here.
#include "cuda_types.h"
#include "driver_functions.h"

#include <string>

#include "call.h"

#define X(name)                                                                                 \
  extern "C" __attribute__((weak)) CUresult name() {                                            \
    driver::complain(#name " is not implemented; see kernels/src/test/cuda/driver");            \
    return CUDA_ERROR_NOT_SUPPORTED;                                                            \
  }
DRIVER_FUNCTIONS(X)
#undef X
