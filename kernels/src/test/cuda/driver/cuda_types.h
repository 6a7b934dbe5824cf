// The part of the CUDA driver's binary interface that this library implements: types, constants and their values.
// Written down here because most machines that run the tests have no CUDA headers.
#pragma once

#include <cstddef>
#include <cstdint>

// Every result with the text that cuGetErrorString gives for it.
#define CUDA_RESULTS(X)                                                                                         \
  X(CUDA_SUCCESS, 0, "no error")                                                                                \
  X(CUDA_ERROR_INVALID_VALUE, 1, "invalid argument")                                                            \
  X(CUDA_ERROR_OUT_OF_MEMORY, 2, "out of memory")                                                               \
  X(CUDA_ERROR_NOT_INITIALIZED, 3, "initialization error")                                                      \
  X(CUDA_ERROR_DEINITIALIZED, 4, "driver shutting down")                                                        \
  X(CUDA_ERROR_DEVICE_UNAVAILABLE, 46, "CUDA-capable device(s) is/are busy or unavailable")                     \
  X(CUDA_ERROR_NO_DEVICE, 100, "no CUDA-capable device is detected")                                            \
  X(CUDA_ERROR_INVALID_DEVICE, 101, "invalid device ordinal")                                                   \
  X(CUDA_ERROR_INVALID_IMAGE, 200, "device kernel image is invalid")                                            \
  X(CUDA_ERROR_INVALID_CONTEXT, 201, "invalid device context")                                                  \
  X(CUDA_ERROR_NO_BINARY_FOR_GPU, 209, "no kernel image is available for execution on the device")              \
  X(CUDA_ERROR_ECC_UNCORRECTABLE, 214, "uncorrectable ECC error encountered")                                   \
  X(CUDA_ERROR_INVALID_PTX, 218, "a PTX JIT compilation failed")                                                \
  X(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222, "the provided PTX was compiled with an unsupported toolchain.")    \
  X(CUDA_ERROR_FILE_NOT_FOUND, 301, "file not found")                                                           \
  X(CUDA_ERROR_OPERATING_SYSTEM, 304, "OS call failed or operation not supported on this OS")                   \
  X(CUDA_ERROR_INVALID_HANDLE, 400, "invalid resource handle")                                                  \
  X(CUDA_ERROR_ILLEGAL_STATE, 401, "the operation cannot be performed in the present state")                    \
  X(CUDA_ERROR_NOT_FOUND, 500, "named symbol not found")                                                        \
  X(CUDA_ERROR_NOT_READY, 600, "device not ready")                                                              \
  X(CUDA_ERROR_ILLEGAL_ADDRESS, 700, "an illegal memory access was encountered")                                \
  X(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, 701, "too many resources requested for launch")                         \
  X(CUDA_ERROR_LAUNCH_TIMEOUT, 702, "the launch timed out and was terminated")                                  \
  X(CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE, 708, "cannot set while device is active in this process")                \
  X(CUDA_ERROR_CONTEXT_IS_DESTROYED, 709, "context is destroyed")                                               \
  X(CUDA_ERROR_ASSERT, 710, "device-side assert triggered")                                                     \
  X(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, 712, "part or all of the requested memory range is already mapped") \
  X(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, 713, "pointer does not correspond to a registered memory region")    \
  X(CUDA_ERROR_ILLEGAL_INSTRUCTION, 715, "an illegal instruction was encountered")                              \
  X(CUDA_ERROR_MISALIGNED_ADDRESS, 716, "misaligned address")                                                   \
  X(CUDA_ERROR_LAUNCH_FAILED, 719, "unspecified launch failure")                                                \
  X(CUDA_ERROR_NOT_PERMITTED, 800, "operation not permitted")                                                   \
  X(CUDA_ERROR_NOT_SUPPORTED, 801, "operation not supported")                                                   \
  X(CUDA_ERROR_SYSTEM_NOT_READY, 802, "system not yet initialized")                                             \
  X(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803, "system has unsupported display driver / cuda driver combination")  \
  X(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, 900, "operation not permitted when stream is capturing")             \
  X(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, 901, "operation failed due to a previous error during capture")      \
  X(CUDA_ERROR_STREAM_CAPTURE_MERGE, 902, "operation would result in a merge of separate capture sequences")    \
  X(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, 903, "capture was not ended in the same stream as it began")           \
  X(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, 904, "capturing stream has unjoined work")                              \
  X(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, 905, "dependency created on uncaptured work in another stream")        \
  X(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, 906,                                                                    \
    "operation would make the legacy stream depend on a capturing blocking stream")                             \
  X(CUDA_ERROR_CAPTURED_EVENT, 907, "operation not permitted on an event last recorded in a capturing stream")  \
  X(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, 908,                                                                \
    "attempt to terminate a thread-local capture sequence from another thread")                         \
  X(CUDA_ERROR_UNKNOWN, 999, "unknown error")

enum CUresult : int {
#define X(name, value, text) name = value,
  CUDA_RESULTS(X)
#undef X
};

using CUdevice = int;
using CUdeviceptr = unsigned long long;
struct CUuuid {
  unsigned char bytes[16];
};

// Handles are addresses of objects in this library, checked before use.
using CUcontext = void*;
using CUmodule = void*;
using CUfunction = void*;
using CUstream = void*;
using CUevent = void*;
using CUgraph = void*;
using CUgraphExec = void*;
using CUgraphNode = void*;
using CUhostFn = void (*)(void*);
using CUstreamCallback = void (*)(CUstream, CUresult, void*);
using CUoccupancyB2DSize = size_t (*)(int);

constexpr unsigned CU_STREAM_NON_BLOCKING = 1;
constexpr unsigned CU_EVENT_DISABLE_TIMING = 2;
constexpr uintptr_t CU_STREAM_LEGACY = 1;
constexpr uintptr_t CU_STREAM_PER_THREAD = 2;
constexpr uintptr_t CU_LAUNCH_PARAM_END = 0;
constexpr uintptr_t CU_LAUNCH_PARAM_BUFFER_POINTER = 1;
constexpr uintptr_t CU_LAUNCH_PARAM_BUFFER_SIZE = 2;

enum CaptureMode { CAPTURE_GLOBAL = 0, CAPTURE_THREAD_LOCAL = 1, CAPTURE_RELAXED = 2 };
enum CaptureStatus { CAPTURE_NONE = 0, CAPTURE_ACTIVE = 1, CAPTURE_INVALIDATED = 2 };

enum FunctionAttribute {
  FUNCTION_MAX_THREADS_PER_BLOCK = 0,
  FUNCTION_SHARED_SIZE_BYTES = 1,
  FUNCTION_CONST_SIZE_BYTES = 2,
  FUNCTION_LOCAL_SIZE_BYTES = 3,
  FUNCTION_NUM_REGS = 4,
  FUNCTION_PTX_VERSION = 5,
  FUNCTION_BINARY_VERSION = 6,
  FUNCTION_CACHE_MODE_CA = 7,
  FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
  FUNCTION_PREFERRED_SHARED_MEMORY_CARVEOUT = 9,
};

enum JitOption {
  JIT_ERROR_LOG_BUFFER = 5,             // where to
  JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,  // how much of it
};
