// Streams run nothing by themselves. What they were given runs on the thread that waits for it, as late as is legal, so
// that a program which reads a result or reuses a buffer too early is seen to do so.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "state.h"

namespace driver {

// The stream that a handle of the current context means; 0 and 1 are the legacy default stream.
std::shared_ptr<Stream> streamOf(CUstream handle);

// Gives a stream one more operation, or records it if the stream is capturing.
// Returns where the stream is after it (no stream if it was captured).
Point enqueue(const std::shared_ptr<Stream>& stream, const std::string& name, std::function<void()> run);

// Where a stream will be when it has done all it was given.
Point endOf(const std::shared_ptr<Stream>& stream);

// Makes all later work of the stream wait for the point.
void waitFor(const std::shared_ptr<Stream>& stream, const Point& point);

// Runs streams until the point is reached. Throws Failure with the sticky error of the point's context, if it has one.
void reach(const Point& point);

// Runs one operation towards the point, if it is not reached. For queries, which must make progress.
// Returns whether the point was reached already.
bool approach(const Point& point);

// Runs everything that the context's streams were given.
void reachAll(Context& context);

std::shared_ptr<Stream> createStream(Context& context, unsigned flags, int priority);

}  // namespace driver
