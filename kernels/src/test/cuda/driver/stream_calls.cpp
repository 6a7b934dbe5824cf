// Streams, events, host functions.
#include "streams.h"

#include <chrono>
#include <thread>

#include "call.h"
#include "captures.h"
#include "state.h"

using namespace driver;

namespace {

using Clock = std::chrono::steady_clock;

void create(CUstream* stream, unsigned flags, int priority) {
  check(stream != nullptr && flags <= CU_STREAM_NON_BLOCKING);
  *stream = state().streams.add(createStream(currentContext(), flags, priority));
}

// Records the event in a stream: a place in its work, or in the capture that it takes part in.
void record(Event& event, const std::shared_ptr<Stream>& stream) {
  check(event.context == stream->context, CUDA_ERROR_INVALID_HANDLE);
  event.capture = stream->capture;
  event.frontier = stream->frontier;
  event.recorded = {};
  if (stream->capture) {
    check(!stream->capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    return;
  }
  event.time = std::make_shared<Clock::time_point>();
  event.recorded = enqueue(stream, "cuEventRecord", [time = event.time] { *time = Clock::now(); });
}

// Makes the stream join the capture in which the event was recorded.
void join(Stream& stream, const Event& event) {
  const std::shared_ptr<Capture>& recording = event.capture;
  check(!stream.capture || stream.capture == recording, CUDA_ERROR_STREAM_CAPTURE_MERGE);
  check(!recording->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  stream.capture = recording;
  stream.frontier.insert(stream.frontier.end(), event.frontier.begin(), event.frontier.end());
}

bool stillCapturing(const Event& event) { return event.capture && event.capture->origin != nullptr; }

void refuseCaptured(const Event& event) {
  if (!stillCapturing(event)) return;
  event.capture->invalid = true;
  throw Failure{CUDA_ERROR_CAPTURED_EVENT};
}

std::shared_ptr<Event> liveEvent(CUevent handle) {
  currentContext();
  std::shared_ptr<Event> event = state().events.get(handle);
  check(event->context->stickyError == CUDA_SUCCESS, event->context->stickyError);
  return event;
}

// On a thread of its own, as the driver has one: a host function must not meet the state of the thread that waits.
void runHostFunction(const std::function<void()>& body) {
  std::thread([&] {
    enterHostFunction();
    body();
  }).join();
}

}  // namespace

extern "C" {

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return call("cuStreamCreate", [&] { create(stream, flags, 0); });
}

CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  return call("cuStreamCreateWithPriority", [&] { create(stream, flags, priority); });
}

CUresult cuStreamDestroy_v2(CUstream handle) {
  return call("cuStreamDestroy", [&] {
    std::shared_ptr<Stream> stream = state().streams.get(handle);
    if (stream->capture) stream->capture->invalid = true;
    stream->destroyed = true;
    state().streams.remove(handle);
  });
}

CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
  return call("cuStreamGetFlags", [&] {
    check(flags != nullptr);
    *flags = streamOf(handle)->flags;
  });
}

CUresult cuStreamGetPriority(CUstream handle, int* priority) {
  return call("cuStreamGetPriority", [&] {
    check(priority != nullptr);
    *priority = streamOf(handle)->priority;
  });
}

CUresult cuStreamGetCtx(CUstream handle, CUcontext* context) {
  return call("cuStreamGetCtx", [&] {
    check(context != nullptr);
    *context = streamOf(handle)->context;
  });
}

CUresult cuStreamSynchronize(CUstream handle) {
  return call("cuStreamSynchronize", [&] {
    std::shared_ptr<Stream> stream = streamOf(handle);
    refuseWhileCapturing(*stream);
    reach(endOf(stream));
  });
}

CUresult cuStreamQuery(CUstream handle) {
  return call("cuStreamQuery", [&] {
    std::shared_ptr<Stream> stream = streamOf(handle);
    refuseWhileCapturing(*stream);
    check(approach(endOf(stream)), CUDA_ERROR_NOT_READY);
  });
}

CUresult cuStreamWaitEvent(CUstream handle, CUevent eventHandle, unsigned) {
  return call("cuStreamWaitEvent", [&] {
    std::shared_ptr<Stream> stream = streamOf(handle);
    std::shared_ptr<Event> event = liveEvent(eventHandle);
    if (stillCapturing(*event)) {
      join(*stream, *event);
      return;
    }
    check(!stream->capture || !event->recorded.stream, CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
    if (event->recorded.stream) waitFor(stream, event->recorded);
  });
}

CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data) {
  return call("cuLaunchHostFunc", [&] {
    check(function != nullptr);
    enqueue(streamOf(handle), "cuLaunchHostFunc",
            [function, data] { runHostFunction([&] { function(data); }); });
  });
}

CUresult cuStreamAddCallback(CUstream handle, CUstreamCallback callback, void* data, unsigned flags) {
  return call("cuStreamAddCallback", [&] {
    check(callback != nullptr && flags == 0);
    std::shared_ptr<Stream> stream = streamOf(handle);
    refuseWhileCapturing(*stream);
    enqueue(stream, "cuStreamAddCallback",
            [=] { runHostFunction([&] { callback(handle, CUDA_SUCCESS, data); }); });
  });
}

CUresult cuEventCreate(CUevent* handle, unsigned flags) {
  return call("cuEventCreate", [&] {
    check(handle != nullptr && flags < 8);
    auto event = std::make_shared<Event>();
    event->context = &currentContext();
    event->flags = flags;
    *handle = state().events.add(event);
  });
}

CUresult cuEventDestroy_v2(CUevent handle) {
  return call("cuEventDestroy", [&] {
    state().events.get(handle);
    state().events.remove(handle);
  });
}

CUresult cuEventRecord(CUevent handle, CUstream stream) {
  return call("cuEventRecord", [&] { record(*liveEvent(handle), streamOf(stream)); });
}

CUresult cuEventQuery(CUevent handle) {
  return call("cuEventQuery", [&] {
    std::shared_ptr<Event> event = liveEvent(handle);
    refuseCaptured(*event);
    check(approach(event->recorded), CUDA_ERROR_NOT_READY);
  });
}

CUresult cuEventSynchronize(CUevent handle) {
  return call("cuEventSynchronize", [&] {
    std::shared_ptr<Event> event = liveEvent(handle);
    refuseCaptured(*event);
    reach(event->recorded);
  });
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) {
  return call("cuEventElapsedTime", [&] {
    check(milliseconds != nullptr);
    std::shared_ptr<Event> start = liveEvent(from);
    std::shared_ptr<Event> end = liveEvent(to);
    for (const std::shared_ptr<Event>& event : {start, end}) {
      check(event->time != nullptr && (event->flags & CU_EVENT_DISABLE_TIMING) == 0, CUDA_ERROR_INVALID_HANDLE);
    }
    check(approach(start->recorded) && approach(end->recorded), CUDA_ERROR_NOT_READY);
    *milliseconds = std::chrono::duration<float, std::milli>(*end->time - *start->time).count();
  });
}

}  // extern "C"
