#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <numeric>
#include <thread>

#include "background.h"
#include "block.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulator {

thread_local Block* block = nullptr;
thread_local Fiber* fiber = nullptr;

namespace {

constexpr size_t PAGE_BYTES = 4096;
#if defined(__SANITIZE_ADDRESS__)
constexpr size_t STACK_BYTES = 256 << 10;
#else
constexpr size_t STACK_BYTES = 64 << 10;
#endif
constexpr size_t SHARED_ALIGNMENT = 1024;
constexpr size_t GUARD_BYTES = 256;
constexpr unsigned char POISON = 0xFF;
constexpr unsigned char GUARD = 0xA5;

// Saves the registers that a call preserves on this stack, its pointer in *save, and goes on at another stack.
extern "C" void swiftkvEmulatorSwitch(void** save, void* load);
__asm__(
    ".text\n"
    ".type swiftkvEmulatorSwitch,@function\n"
    "swiftkvEmulatorSwitch:\n"
    "  push %rbp\n  push %rbx\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
    "  movq %rsp,(%rdi)\n  movq %rsi,%rsp\n"
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbx\n  pop %rbp\n"
    "  ret\n");

// The stacks of one host thread's fibers, each above a page that may not be touched. Kept for later launches.
class Stacks {
 public:
  char* top(size_t index) {
    while (stacks_.size() <= index) {
      void* memory = mmap(nullptr, STACK_BYTES + PAGE_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) fail("no memory for the stack of thread %zu", index);
      mprotect(memory, PAGE_BYTES, PROT_NONE);
      stacks_.push_back(static_cast<char*>(memory));
    }
    return stacks_[index] + PAGE_BYTES + STACK_BYTES;
  }

  static const void* bottom(const char* top) { return top - STACK_BYTES; }

  ~Stacks() {
    for (char* stack : stacks_) munmap(stack, STACK_BYTES + PAGE_BYTES);
  }

 private:
  std::vector<char*> stacks_;
};

thread_local Stacks stacks;
#if defined(__SANITIZE_ADDRESS__)
thread_local const void* schedulerBottom = nullptr;
thread_local size_t schedulerBytes = 0;
thread_local void* schedulerFakeStack = nullptr;
#endif

void leaveFiber([[maybe_unused]] bool forGood) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(forGood ? nullptr : &fiber->fakeStack, schedulerBottom, schedulerBytes);
#endif
  swiftkvEmulatorSwitch(&fiber->stackPointer, block->schedulerStackPointer);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fiber->fakeStack, &schedulerBottom, &schedulerBytes);
#endif
}

void enterFiber(Fiber& next) {
  fiber = &next;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&schedulerFakeStack, Stacks::bottom(stacks.top(static_cast<size_t>(next.thread))),
                                 STACK_BYTES);
#endif
  swiftkvEmulatorSwitch(&block->schedulerStackPointer, next.stackPointer);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(schedulerFakeStack, nullptr, nullptr);
#endif
}

void releaseBarriers(Block& of);

// Where every fiber begins, and where it ends.
void fiberMain() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &schedulerBottom, &schedulerBytes);
#endif
  block->body(block->arguments);
  Warp& warp = *fiber->warp;
  if (warp.arrived != 0) {
    fail("ended while other lanes of its warp wait at %s with mask %08x", warp.instruction, warp.mask);
  }
  fiber->done = true;
  warp.alive &= ~(1u << fiber->lane);
  block->alive--;
  block->events++;
  releaseBarriers(*block);
  leaveFiber(true);
  std::abort();
}

// A barrier for all threads counts those that have not ended.
void releaseBarriers(Block& of) {
  Barrier& barrier = of.barriers[0];
  if (barrier.arrived > 0 && barrier.arrived == of.alive) {
    barrier.arrived = 0;
    barrier.generation++;
    of.events++;
  }
}

void prepareFiber(Block& of, int thread) {
  Fiber& one = of.fibers[static_cast<size_t>(thread)];
  auto t = static_cast<unsigned>(thread);
  one.index = {t % of.threads.x, t / of.threads.x % of.threads.y, t / (of.threads.x * of.threads.y)};
  one.thread = thread;
  one.lane = thread % WARP_THREADS;
  one.warp = &of.warps[static_cast<size_t>(thread / WARP_THREADS)];
  one.warpgroup = &of.warpgroups[static_cast<size_t>(thread / WARPGROUP_THREADS)];
  one.fakeStack = nullptr;
  one.done = false;
  one.word = nullptr;
  one.copies.clear();
  one.copyGroup = 0;
  one.products.clear();
  one.productGroup = 0;
  one.warp->alive |= 1u << one.lane;
  // As if fiberMain had been called: a return address that is never used, and six registers.
  auto** stack = reinterpret_cast<void**>(stacks.top(static_cast<size_t>(thread)) - 64);
  *--stack = nullptr;
  *--stack = reinterpret_cast<void*>(fiberMain);
  for (int i = 0; i < 6; i++) *--stack = nullptr;
  one.stackPointer = stack;
}

bool canRun(const Fiber& one) { return one.word == nullptr || (*one.word & one.wordMask) != one.wordValue; }

[[noreturn]] void reportDeadlock(Block& of) {
  std::fprintf(stderr, "%s: block (%u, %u, %u) can never end:\n", of.kernelName, of.index.x, of.index.y, of.index.z);
  const char* last = nullptr;
  for (const Fiber& one : of.fibers) {
    if (one.done || one.waitsFor == last) continue;
    last = one.waitsFor;
    std::fprintf(stderr, "  from thread %d on: waits at %s\n", one.thread, one.waitsFor);
  }
  std::abort();
}

void runBlock(Block& of) {
  auto count = static_cast<int>(of.fibers.size());
  of.warps.assign((static_cast<size_t>(count) + WARP_THREADS - 1) / WARP_THREADS, Warp());
  of.warpgroups.assign((static_cast<size_t>(count) + WARPGROUP_THREADS - 1) / WARPGROUP_THREADS, Warpgroup());
  for (Barrier& barrier : of.barriers) barrier = Barrier();
  of.bulkCopies.clear();
  of.alive = count;
  std::memset(of.dynamicShared, POISON, of.dynamicSharedBytes);
  std::memset(of.dynamicShared + of.dynamicSharedBytes, GUARD, GUARD_BYTES);
  for (int i = 0; i < count; i++) prepareFiber(of, i);
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  while (of.alive > 0) {
    if (of.shuffled) std::shuffle(order.begin(), order.end(), of.random);
    uint64_t before = of.events;
    bool ran = false;
    for (int i : order) {
      Fiber& one = of.fibers[static_cast<size_t>(i)];
      if (one.done || !canRun(one)) continue;
      one.word = nullptr;
      ran = true;
      enterFiber(one);
    }
    bool copied = runCopyEngine(of, !ran);
    if (!ran && !copied && of.events == before) reportDeadlock(of);
  }
  for (size_t i = 0; i < GUARD_BYTES; i++) {
    if (static_cast<unsigned char>(of.dynamicShared[of.dynamicSharedBytes + i]) != GUARD) {
      fail("wrote byte %zu past its %u bytes of shared memory", i, of.dynamicSharedBytes);
    }
  }
}

// The blocks of a launch, taken one by one by the host's threads.
struct Launch {
  const driver::Kernel& kernel;
  const driver::Geometry& geometry;
  uint64_t seed;
  const void* arguments;
  std::atomic<uint64_t> next{0};

  uint64_t blocks() const { return uint64_t{geometry.grid[0]} * geometry.grid[1] * geometry.grid[2]; }

  void work() {
    Block own{};
    own.grid = {geometry.grid[0], geometry.grid[1], geometry.grid[2]};
    own.threads = {geometry.block[0], geometry.block[1], geometry.block[2]};
    own.fibers.resize(size_t{geometry.block[0]} * geometry.block[1] * geometry.block[2]);
    own.kernelName = kernel.name.c_str();
    own.body = kernel.body;
    own.arguments = arguments;
    own.shuffled = seed != 0;
    own.dynamicSharedBytes = geometry.dynamicSharedBytes;
    auto* memory = static_cast<char*>(std::aligned_alloc(
        SHARED_ALIGNMENT, (own.dynamicSharedBytes + GUARD_BYTES + SHARED_ALIGNMENT - 1) / SHARED_ALIGNMENT * SHARED_ALIGNMENT));
    own.dynamicShared = memory;
    block = &own;
    uint64_t count = blocks();
    for (uint64_t taken = next++; taken < count; taken = next++) {
      // A device may start blocks in any order.
      uint64_t i = seed != 0 ? count - 1 - taken : taken;
      own.index = {static_cast<unsigned>(i % own.grid.x), static_cast<unsigned>(i / own.grid.x % own.grid.y),
                   static_cast<unsigned>(i / (uint64_t{own.grid.x} * own.grid.y))};
      own.random.seed(static_cast<uint32_t>(seed * 2654435761u + i));
      runBlock(own);
    }
    block = nullptr;
    std::free(memory);
  }
};

}  // namespace

void fail(const char* format, ...) {
  if (block != nullptr) {
    std::fprintf(stderr, "%s: block (%u, %u, %u), thread %d: ", block->kernelName, block->index.x, block->index.y,
                 block->index.z, fiber == nullptr ? -1 : fiber->thread);
  }
  va_list values;
  va_start(values, format);
  std::vfprintf(stderr, format, values);
  va_end(values);
  std::fputc('\n', stderr);
  std::abort();
}

void waitWhile(const volatile uint32_t* word, uint32_t mask, uint32_t value, const char* what) {
  fiber->word = word;
  fiber->wordMask = mask;
  fiber->wordValue = value & mask;
  fiber->waitsFor = what;
  leaveFiber(false);
}

bool Block::completes(int id, int count) {
  if (id < 0 || id >= NAMED_BARRIERS) fail("barrier %d: there are 0 to %d", id, NAMED_BARRIERS - 1);
  Barrier& barrier = barriers[id];
  if (barrier.arrived > 0 && barrier.expected != count) {
    fail("barrier %d is waited at for %d threads and for %d", id, barrier.expected, count);
  }
  barrier.expected = count;
  if (++barrier.arrived < (count == 0 ? alive : count)) return false;
  barrier.arrived = 0;
  barrier.generation++;
  events++;
  return true;
}

void Block::synchronize(int id, int count) {
  if (!completes(id, count)) {
    Barrier& barrier = barriers[id];
    waitWhile(&barrier.generation, ~0u, barrier.generation, id == 0 ? "__syncthreads" : "a named barrier");
  }
}

void Block::arrive(int id, int count) { completes(id, count); }

uint32_t sharedOffset(const void* pointer) {
  auto offset = static_cast<const char*>(pointer) - block->dynamicShared;
  if (offset < 0 || offset > static_cast<std::ptrdiff_t>(block->dynamicSharedBytes)) {
    fail("%p is not in dynamic shared memory", pointer);
  }
  return static_cast<uint32_t>(offset);
}

char* sharedAt(uint32_t offset, uint32_t bytes) {
  if (uint64_t{offset} + bytes > block->dynamicSharedBytes) {
    fail("shared memory from %u, %u bytes of it: the block has %u", offset, bytes, block->dynamicSharedBytes);
  }
  return block->dynamicShared + offset;
}

void launch(const driver::Kernel& kernel, const driver::Geometry& geometry, const driver::Emulation& emulation,
            const void* arguments) {
  Launch all{kernel, geometry, emulation.seed, arguments};
  auto wanted = static_cast<uint64_t>(std::max(1, emulation.threads));
  auto count = static_cast<size_t>(std::min(wanted, all.blocks()));
  std::vector<std::exception_ptr> problems(count);
  auto work = [&](size_t i) {
    try {
      if (emulation.guard) {
        emulation.guard([&all] { all.work(); });
      } else {
        all.work();
      }
    } catch (...) {
      problems[i] = std::current_exception();
      all.next = all.blocks();  // the others need not go on
    }
  };
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < count; i++) helpers.emplace_back(work, i);
  work(0);
  for (std::thread& helper : helpers) helper.join();
  for (const std::exception_ptr& problem : problems) {
    if (problem) std::rethrow_exception(problem);
  }
}

}  // namespace emulator
