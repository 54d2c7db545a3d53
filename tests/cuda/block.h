// A kernel's launch on the host. A thread is its registers and a place in its kernel, to which it
// returns from a wait. Between two barriers the warps of a block run one after the other, in an order
// of chance: what does not wait for the others is run ahead of them, or behind.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

const unsigned WARP_SIZE = 32;

[[noreturn]] inline void fail(const char *why) {
    std::fprintf(stderr, "%s\n", why);
    std::abort();
}

// Neither registers nor shared memory begin with anything in them.
inline void poison(void *memory, std::size_t bytes) { std::memset(memory, 0xC9, bytes); }

enum Wait { NOTHING, WARP, BLOCK, END };

struct Thread {
    unsigned place;
    Wait waits;
    uint32_t tid_x, ntid_x, ctaid_x;
    // A shuffle: what is given, the lane from which is taken, apart by so many bits, and what is.
    uint32_t given, apart, taken;

    void give(uint32_t value, uint32_t other, uint32_t last_lane, uint32_t lanes) {
        if (last_lane != WARP_SIZE - 1 || lanes != 0xffffffffu) fail("a shuffle of part of a warp");
        given = value;
        apart = other;
    }
};

// Have all lanes come to a shuffle, they take and go on.
template <class Kernel> bool shuffle(Kernel *lanes) {
    for (unsigned i = 0; i < WARP_SIZE; ++i) {
        if (lanes[i].waits != WARP || lanes[i].place != lanes[0].place) return false;
    }
    for (unsigned i = 0; i < WARP_SIZE; ++i) {
        lanes[i].taken = lanes[(i ^ lanes[i].apart) % WARP_SIZE].given;
        lanes[i].waits = NOTHING;
    }
    return true;
}

// Until its lanes wait for the block or are at the end.
template <class Kernel> void run_warp(Kernel *lanes, void **arguments, std::mt19937 &chance) {
    do {
        const unsigned first = chance() % WARP_SIZE;
        for (unsigned i = 0; i < WARP_SIZE; ++i) {
            Kernel &lane = lanes[i ^ first];
            if (lane.waits == NOTHING) lane.run(arguments);
        }
    } while (shuffle(lanes));
    for (unsigned i = 0; i < WARP_SIZE; ++i) {
        if (lanes[i].waits == WARP) fail("a shuffle waits for lanes that wait for something else");
    }
}

template <class Kernel>
void run_block(std::vector<Kernel> &threads, void **arguments, std::mt19937 &chance) {
    std::vector<unsigned> warps(threads.size() / WARP_SIZE);
    std::iota(warps.begin(), warps.end(), 0);
    bool goes_on = true;
    while (goes_on) {
        std::shuffle(warps.begin(), warps.end(), chance);
        for (unsigned warp : warps) run_warp(&threads[warp * WARP_SIZE], arguments, chance);
        goes_on = false;
        for (Kernel &thread : threads) {
            if (thread.waits != BLOCK) continue;
            thread.waits = NOTHING;
            goes_on = true;
        }
    }
}

void poison_shared();

using Launch = void (*)(unsigned blocks, unsigned threads, void **arguments, unsigned seed);

template <class Kernel>
void launch(unsigned blocks, unsigned size, void **arguments, unsigned seed) {
    std::mt19937 chance(seed);
    std::vector<Kernel> threads(size);
    for (unsigned block = 0; block < blocks; ++block) {
        poison_shared();
        poison(threads.data(), size * sizeof(Kernel));
        for (unsigned i = 0; i < size; ++i) {
            static_cast<Thread &>(threads[i]) = {0, NOTHING, i, size, block, 0, 0, 0};
        }
        run_block(threads, arguments, chance);
    }
}
