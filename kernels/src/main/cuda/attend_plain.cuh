// Launch geometry of attend_plain.cu.
#pragma once

#include "portable.cuh"

constexpr int ATTEND_PLAIN_THREADS = 128;
constexpr int ATTEND_PLAIN_STEP = 64;  // tokens

HOST_DEVICE int attendPlainSharedBytes(int headSize) { return (2 * headSize + ATTEND_PLAIN_STEP) * 4; }
