// The host's side of portable.cuh: a kernel is an ordinary function, and a launch runs it block by block with one fiber
// per thread (block.h, run.cpp). What hardware does in the background happens as late as it legally may, in an order that
// the launch's seed decides, so that a missing wait or barrier shows as a wrong result, and a wrong count as a report.
#pragma once

#include "arithmetic.h"
#include "background.h"
#include "block.h"
#include "kernels.h"
#include "products.h"

#define HOST_DEVICE inline
#define DEVICE inline

// Shared memory that a kernel declares. Its content outlives the block, as on a device; unlike dynamic shared memory it
// is not poisoned.
#define SHARED static thread_local

#define KERNEL(threads, name, Arguments)                                                                   \
  static void name(const Arguments& arguments);                                                            \
  static const bool name##IsKnown = (driver::addKernel({#name, threads, sizeof(Arguments), emulator::launch, \
                                                        [](const void* arguments) {                        \
                                                          name(*static_cast<const Arguments*>(arguments)); \
                                                        }}),                                               \
                                     true);                                                                \
  static void name([[maybe_unused]] const Arguments& arguments)

#define KERNEL_BLOCKS(threads, blocks, name, Arguments) KERNEL(threads, name, Arguments)

#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(emulator::block->dynamicShared)

#define threadIdx (emulator::fiber->index)
#define blockIdx (emulator::block->index)
#define blockDim (emulator::block->threads)
#define gridDim (emulator::block->grid)

inline int recomputed(int value) { return value; }

inline uint32_t sharedAddress(const void* pointer) { return emulator::sharedOffset(pointer); }

inline void __syncthreads() { emulator::block->synchronize(0, 0); }

inline void namedBarrier(int id, int threads) { emulator::block->synchronize(id, threads); }

inline void namedBarrierArrive(int id, int threads) { emulator::block->arrive(id, threads); }

inline void __syncwarp(uint32_t mask = ~0u) {
  emulator::Exchange nothing{nullptr, nullptr};
  emulator::collect("__syncwarp", mask, nothing, [](emulator::Warp&) {});
}

// Lane l receives the value of lane source(l).
template <typename T, typename Source>
T shuffle(const char* name, uint32_t mask, T value, Source source) {
  T result;
  emulator::Exchange exchange{&value, &result};
  emulator::collect(name, mask, exchange, [&](emulator::Warp& warp) {
    for (int lane = 0; lane < emulator::WARP_THREADS; lane++) {
      if ((mask >> lane & 1) == 0) continue;
      auto* own = static_cast<const T*>(warp.lanes[lane].in);
      int from = source(lane) & 31;
      auto* other = static_cast<const T*>(warp.lanes[from].in);
      *static_cast<T*>(warp.lanes[lane].out) = (mask >> from & 1) != 0 ? *other : *own;
    }
  });
  return result;
}

template <typename T>
T __shfl_xor_sync(uint32_t mask, T value, int with) {
  return shuffle("__shfl_xor_sync", mask, value, [with](int lane) { return lane ^ with; });
}

// The source lane may differ from lane to lane, so it travels with the value.
template <typename T>
T __shfl_sync(uint32_t mask, T value, int from) {
  struct Asked {
    T value;
    int from;
  } asked{value, from};
  T result;
  emulator::Exchange exchange{&asked, &result};
  emulator::collect("__shfl_sync", mask, exchange, [&](emulator::Warp& warp) {
    for (int lane = 0; lane < emulator::WARP_THREADS; lane++) {
      if ((mask >> lane & 1) == 0) continue;
      auto* own = static_cast<const Asked*>(warp.lanes[lane].in);
      auto* other = static_cast<const Asked*>(warp.lanes[own->from & 31].in);
      *static_cast<T*>(warp.lanes[lane].out) = other->value;
    }
  });
  return result;
}

template <typename T>
T __shfl_down_sync(uint32_t mask, T value, int by) {
  return shuffle("__shfl_down_sync", mask, value, [by](int lane) { return lane + by < 32 ? lane + by : lane; });
}

template <typename T>
T __shfl_up_sync(uint32_t mask, T value, int by) {
  return shuffle("__shfl_up_sync", mask, value, [by](int lane) { return lane >= by ? lane - by : lane; });
}

inline uint32_t __ballot_sync(uint32_t mask, bool holds) {
  uint32_t result;
  emulator::Exchange exchange{&holds, &result};
  emulator::collect("__ballot_sync", mask, exchange, [&](emulator::Warp& warp) {
    uint32_t votes = 0;
    for (int lane = 0; lane < emulator::WARP_THREADS; lane++) {
      if ((mask >> lane & 1) != 0 && *static_cast<const bool*>(warp.lanes[lane].in)) votes |= 1u << lane;
    }
    for (int lane = 0; lane < emulator::WARP_THREADS; lane++) {
      if ((mask >> lane & 1) != 0) *static_cast<uint32_t*>(warp.lanes[lane].out) = votes;
    }
  });
  return result;
}

inline bool __any_sync(uint32_t mask, bool holds) { return __ballot_sync(mask, holds) != 0; }

inline bool __all_sync(uint32_t mask, bool holds) { return __ballot_sync(mask, holds) == mask; }

// Fibers of a block never run at the same time, but blocks do.
template <typename T>
T atomicAdd(T* address, T value) {
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}

template <typename T>
T atomicMin(T* address, T value) {
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (value < old && !__atomic_compare_exchange_n(address, &old, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
