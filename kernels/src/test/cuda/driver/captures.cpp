#include "captures.h"

#include <algorithm>
#include <random>

#include "call.h"
#include "state.h"

namespace driver {

void capture(Stream& stream, const std::string& name, std::function<void()> run) {
  Capture& recording = *stream.capture;
  check(!recording.invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  recording.graph->nodes.push_back({name, std::move(run), stream.frontier});
  stream.frontier = {static_cast<int>(recording.graph->nodes.size()) - 1};
}

void refuseLegacyStream(Context& context) {
  for (const std::shared_ptr<Stream>& stream : context.streams) {
    if (!stream->capture || !stream->blocking()) continue;
    stream->capture->invalid = true;
    throw Failure{CUDA_ERROR_STREAM_CAPTURE_IMPLICIT};
  }
}

void refuseWhileCapturing(Stream& stream) {
  if (!stream.capture) return;
  stream.capture->invalid = true;
  throw Failure{CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED};
}

void refuseWhileCapturing(Context& context) {
  for (const std::shared_ptr<Stream>& stream : context.streams) refuseWhileCapturing(*stream);
}

CaptureMode& threadCaptureMode() {
  thread_local CaptureMode mode = CAPTURE_GLOBAL;
  return mode;
}

void refuseUnsafeCall() {
  if (threadCaptureMode() == CAPTURE_RELAXED) return;
  for (const std::shared_ptr<Capture>& recording : state().captures) {
    bool mine = recording->thread == std::this_thread::get_id();
    bool forbids = recording->mode == CAPTURE_GLOBAL ? mine || threadCaptureMode() == CAPTURE_GLOBAL
                                                     : recording->mode == CAPTURE_THREAD_LOCAL && mine;
    if (!forbids) continue;
    recording->invalid = true;
    throw Failure{CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED};
  }
}

void requireJoined(const Capture& recording) {
  const std::vector<Node>& nodes = recording.graph->nodes;
  std::vector<bool> joined(nodes.size(), false);
  std::vector<int> open = recording.origin->frontier;
  while (!open.empty()) {
    int node = open.back();
    open.pop_back();
    if (joined[node]) continue;
    joined[node] = true;
    open.insert(open.end(), nodes[node].after.begin(), nodes[node].after.end());
  }
  bool all = std::all_of(joined.begin(), joined.end(), [](bool one) { return one; });
  check(all, CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
}

void runGraph(const Graph& graph, uint64_t shuffle) {
  std::mt19937_64 random(shuffle);
  std::vector<bool> done(graph.nodes.size(), false);
  std::vector<int> ready;
  for (size_t ran = 0; ran < graph.nodes.size(); ran++) {
    ready.clear();
    for (size_t i = 0; i < graph.nodes.size(); i++) {
      const std::vector<int>& after = graph.nodes[i].after;
      bool may = std::all_of(after.begin(), after.end(), [&](int before) { return done[before]; });
      if (!done[i] && may) ready.push_back(static_cast<int>(i));
      if (ready.size() > 8) break;
    }
    int next = ready[random() % ready.size()];
    graph.nodes[next].run();
    done[next] = true;
  }
}

}  // namespace driver
