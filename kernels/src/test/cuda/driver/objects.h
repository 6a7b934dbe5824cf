// What the handles of the driver's interface stand for. One mutex guards them all (see call.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cuda_types.h"

namespace driver {

struct Context;
struct Stream;

// A place in a stream's work: reached when `number` operations of it have run.
struct Point {
  std::shared_ptr<Stream> stream;
  uint64_t number = 0;
};

// Work of a stream. `run` is called without the mutex, after everything in `after` was reached.
struct Operation {
  std::string name;
  std::function<void()> run;
  std::vector<Point> after;
};

// A node of a graph: an operation and the nodes that come before it, by index; a node's index is above those.
struct Node {
  std::string name;
  std::function<void()> run;
  std::vector<int> after;
};

struct Graph {
  std::vector<Node> nodes;
};

// An instantiated graph. One launch of it runs at a time.
struct GraphExec {
  std::shared_ptr<const Graph> graph;
  Context* context = nullptr;
  Point lastLaunch;
};

// A capture in progress: which streams take part and what they recorded.
struct Capture {
  std::shared_ptr<Graph> graph = std::make_shared<Graph>();
  Stream* origin = nullptr;
  CaptureMode mode = CAPTURE_GLOBAL;
  std::thread::id thread;
  bool invalid = false;
};

struct Stream {
  Context* context = nullptr;
  unsigned flags = 0;
  int priority = 0;
  bool destroyed = false;  // by its owner; what it was given still runs
  std::deque<Operation> work;
  uint64_t enqueued = 0;
  uint64_t finished = 0;
  bool running = false;  // a thread has taken an operation from `work` and not finished it
  std::shared_ptr<Capture> capture;
  std::vector<int> frontier;  // nodes that the next captured node comes after

  bool blocking() const { return (flags & CU_STREAM_NON_BLOCKING) == 0; }
};

struct Event {
  Context* context = nullptr;
  unsigned flags = 0;
  Point recorded;  // no stream: never recorded
  std::shared_ptr<Capture> capture;
  std::vector<int> frontier;
  // When the recording ran; shared with the operation that writes it.
  std::shared_ptr<std::chrono::steady_clock::time_point> time;
};

struct Kernel;

struct Function {
  const Kernel* kernel = nullptr;
  CUmodule module = nullptr;
  int maxDynamicSharedBytes = 48 * 1024;
  int carveout = -1;
};

struct Module {
  Context* context = nullptr;
  std::string ptx;  // empty if the image is compiled code
  std::map<std::string, std::shared_ptr<Function>> functions;
};

struct Context {
  int device = 0;
  unsigned flags = 0;
  bool primary = false;
  int retained = 0;
  CUresult stickyError = CUDA_SUCCESS;
  std::vector<std::shared_ptr<Stream>> streams;  // the first is the legacy default stream
};

}  // namespace driver
