// Stream capture and graphs.
#include <algorithm>
#include <vector>

#include "call.h"
#include "captures.h"
#include "state.h"
#include "streams.h"

using namespace driver;

namespace {

// Ends a capture: its streams work as before.
void finish(Capture& recording) {
  State& all = state();
  for (const std::shared_ptr<Stream>& stream : recording.origin->context->streams) {
    if (stream->capture.get() != &recording) continue;
    stream->capture.reset();
    stream->frontier.clear();
  }
  all.captures.erase(std::remove_if(all.captures.begin(), all.captures.end(),
                                    [&](const auto& one) { return one->origin == recording.origin; }),
                     all.captures.end());
  recording.origin = nullptr;
}

std::shared_ptr<GraphExec> instantiate(CUgraph graph) {
  auto exec = std::make_shared<GraphExec>();
  exec->context = &currentContext();
  // A copy: changing or destroying the graph leaves the executable one as it was.
  exec->graph = std::make_shared<Graph>(*state().graphs.get(graph, CUDA_ERROR_INVALID_VALUE));
  return exec;
}

}  // namespace

extern "C" {

CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
  return call("cuStreamBeginCapture", [&] {
    check(mode >= CAPTURE_GLOBAL && mode <= CAPTURE_RELAXED);
    std::shared_ptr<Stream> stream = streamOf(handle);
    check(stream != stream->context->streams.front(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    check(!stream->capture, CUDA_ERROR_ILLEGAL_STATE);
    auto recording = std::make_shared<Capture>();
    recording->origin = stream.get();
    recording->mode = static_cast<CaptureMode>(mode);
    recording->thread = std::this_thread::get_id();
    stream->capture = recording;
    state().captures.push_back(recording);
  });
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  return call("cuStreamEndCapture", [&] {
    check(graph != nullptr);
    *graph = nullptr;
    std::shared_ptr<Stream> stream = streamOf(handle);
    std::shared_ptr<Capture> recording = stream->capture;
    check(recording != nullptr, CUDA_ERROR_ILLEGAL_STATE);
    if (recording->origin != stream.get()) {
      recording->invalid = true;
      throw Failure{CUDA_ERROR_STREAM_CAPTURE_UNMATCHED};
    }
    bool mine = recording->thread == std::this_thread::get_id();
    check(mine || recording->mode == CAPTURE_RELAXED, CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    try {
      check(!recording->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
      requireJoined(*recording);
    } catch (const Failure&) {
      finish(*recording);
      throw;
    }
    finish(*recording);
    *graph = state().graphs.add(recording->graph);
  });
}

CUresult cuStreamIsCapturing(CUstream handle, int* status) {
  return call("cuStreamIsCapturing", [&] {
    check(status != nullptr);
    std::shared_ptr<Stream> stream = streamOf(handle);
    *status = !stream->capture ? CAPTURE_NONE : stream->capture->invalid ? CAPTURE_INVALIDATED : CAPTURE_ACTIVE;
  });
}

CUresult cuThreadExchangeStreamCaptureMode(int* mode) {
  return call("cuThreadExchangeStreamCaptureMode", [&] {
    check(mode != nullptr && *mode >= CAPTURE_GLOBAL && *mode <= CAPTURE_RELAXED);
    CaptureMode before = threadCaptureMode();
    threadCaptureMode() = static_cast<CaptureMode>(*mode);
    *mode = before;
  });
}

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  return call("cuGraphCreate", [&] {
    check(graph != nullptr && flags == 0);
    *graph = state().graphs.add(std::make_shared<Graph>());
  });
}

CUresult cuGraphDestroy(CUgraph graph) {
  return call("cuGraphDestroy", [&] {
    state().graphs.get(graph, CUDA_ERROR_INVALID_VALUE);
    state().graphs.remove(graph);
  });
}

// The nodes' handles are their numbers, counted from one: enough to count them.
CUresult cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* count) {
  return call("cuGraphGetNodes", [&] {
    check(count != nullptr);
    size_t existing = state().graphs.get(handle, CUDA_ERROR_INVALID_VALUE)->nodes.size();
    for (size_t i = 0; nodes != nullptr && i < *count; i++) {
      nodes[i] = i < existing ? reinterpret_cast<CUgraphNode>(i + 1) : nullptr;
    }
    *count = nodes == nullptr ? existing : std::min(*count, existing);
  });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags) {
  return call("cuGraphInstantiate", [&] {
    check(exec != nullptr && flags < 16);
    *exec = state().graphExecs.add(instantiate(graph));
  });
}

CUresult cuGraphUpload(CUgraphExec exec, CUstream stream) {
  return call("cuGraphUpload", [&] {
    state().graphExecs.get(exec, CUDA_ERROR_INVALID_VALUE);
    refuseWhileCapturing(*streamOf(stream));
  });
}

CUresult cuGraphLaunch(CUgraphExec handle, CUstream streamHandle) {
  return call("cuGraphLaunch", [&] {
    std::shared_ptr<GraphExec> exec = state().graphExecs.get(handle, CUDA_ERROR_INVALID_VALUE);
    std::shared_ptr<Stream> stream = streamOf(streamHandle);
    refuseWhileCapturing(*stream);
    if (exec->lastLaunch.stream && exec->lastLaunch.stream != stream) waitFor(stream, exec->lastLaunch);
    uint64_t shuffle = state().random();
    exec->lastLaunch = endOf(stream);
    exec->lastLaunch.number++;
    enqueue(stream, "cuGraphLaunch", [graph = exec->graph, shuffle] { runGraph(*graph, shuffle); });
  });
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
  return call("cuGraphExecDestroy", [&] {
    state().graphExecs.get(exec, CUDA_ERROR_INVALID_VALUE);
    state().graphExecs.remove(exec);
  });
}

}  // extern "C"
