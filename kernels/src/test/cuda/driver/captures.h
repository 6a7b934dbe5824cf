// Stream capture: what it records, and what must not be called while it lasts.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "objects.h"

namespace driver {

// Adds a node behind the stream's frontier and makes it the frontier.
void capture(Stream& stream, const std::string& name, std::function<void()> run);

// Throws Failure if a blocking stream of the context is capturing: the legacy stream would have to wait for it.
void refuseLegacyStream(Context& context);

// Throws Failure, and spoils the capture, if the stream is capturing. For calls that wait for a stream or ask about it.
void refuseWhileCapturing(Stream& stream);

// The same for calls that concern a whole context.
void refuseWhileCapturing(Context& context);

// Throws Failure if a call that may wait for the device (allocation, release, loading) is not safe on this thread now.
void refuseUnsafeCall();

// The mode of this thread, which cuThreadExchangeStreamCaptureMode changes.
CaptureMode& threadCaptureMode();

// Throws Failure with CUDA_ERROR_STREAM_CAPTURE_UNJOINED if nodes exist that the origin's frontier does not come after.
void requireJoined(const Capture& capture);

// Runs a graph's nodes in an order that its edges allow; `shuffle` picks one.
void runGraph(const Graph& graph, uint64_t shuffle);

}  // namespace driver
