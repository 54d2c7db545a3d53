// Enough of CUDA to compile the kernels for the host: every thread of a block is a fiber, which
// runs until it waits for its warp (a shuffle) or its block (a barrier).
#pragma once
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <ucontext.h>
#include <vector>

#define __device__
#define __global__
#define __shared__ static
#define __launch_bounds__(...)
#define __restrict__

struct dim3 { unsigned x; };
struct uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(16) float4 { float x, y, z, w; };
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline dim3 threadIdx, blockIdx, blockDim;

inline float __uint_as_float(unsigned bits) { float x; std::memcpy(&x, &bits, 4); return x; }
inline double __longlong_as_double(long long b) { double x; std::memcpy(&x, &b, 8); return x; }
inline long long __double_as_longlong(double x) { long long b; std::memcpy(&b, &x, 8); return b; }
using std::fabs;
using std::floor;
using std::fmax;
using std::fmin;
using std::sqrt;

namespace fibers {
enum State { RUNNING, AT_WARP, AT_BLOCK, DONE };
struct Fiber {
    std::jmp_buf place;
    std::vector<char> stack = std::vector<char>(64 << 10);
    State state = DONE;
};
inline std::jmp_buf scheduler;
inline std::deque<Fiber> all;
inline unsigned current;
inline std::function<void()> body;
inline uint64_t exchanged[1024];

// Jumps, since a switch of contexts proper is a call of the system.
inline void wait(State state) {
    all[current].state = state;
    if (!_setjmp(all[current].place)) _longjmp(scheduler, 1);
}
inline void run(unsigned i) {
    current = i;
    threadIdx.x = i;
    if (!_setjmp(scheduler)) _longjmp(all[i].place, 1);
}
// A fiber lives on from block to block.
inline void live() {
    for (;;) {
        wait(DONE);
        body();
    }
}
inline void add_fiber() {
    current = all.size();
    Fiber &fiber = all.emplace_back();
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber.stack.data();
    context.uc_stack.ss_size = fiber.stack.size();
    makecontext(&context, live, 0);
    if (!_setjmp(scheduler)) setcontext(&context);
}

// All fibers of a warp or block that are not done wait: let them go on.
inline bool release(unsigned from, unsigned to, State state) {
    bool waiting = false;
    for (unsigned i = from; i < to; ++i) {
        if (all[i].state == DONE) continue;
        if (all[i].state != state) return false;
        waiting = true;
    }
    for (unsigned i = from; waiting && i < to; ++i) {
        if (all[i].state == state) all[i].state = RUNNING;
    }
    return waiting;
}

inline void run_block(unsigned threads) {
    while (all.size() < threads) add_fiber();
    for (unsigned i = 0; i < threads; ++i) all[i].state = RUNNING;
    for (;;) {
        for (unsigned i = 0; i < threads; ++i) {
            if (all[i].state == RUNNING) run(i);
        }
        bool moves = false, done = true;
        for (unsigned w = 0; w < threads; w += 32) moves |= release(w, w + 32, AT_WARP);
        moves |= release(0, threads, AT_BLOCK);
        for (unsigned i = 0; i < threads; ++i) done &= all[i].state == DONE;
        if (done) return;
        if (!moves) {
            std::fprintf(stderr, "a block waits for threads that wait for something else\n");
            std::abort();
        }
    }
}
} // namespace fibers

inline void __syncthreads() { fibers::wait(fibers::AT_BLOCK); }

template <class T> T __shfl_xor_sync(unsigned, T value, unsigned other) {
    const unsigned me = fibers::current;
    std::memcpy(&fibers::exchanged[me], &value, sizeof value);
    fibers::wait(fibers::AT_WARP);
    std::memcpy(&value, &fibers::exchanged[me ^ other], sizeof value);
    fibers::wait(fibers::AT_WARP);
    return value;
}
