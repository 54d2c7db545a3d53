// LEAD's two passes over [B, T] on the device, as token.rs has them on the CPU. What lies between
// them is a few numbers per response, and the host's.
//
//   row_totals  rewards, mask -> each row's total: both read once
//   write       the advantage on valid tokens, 0 elsewhere: the mask is read again only in rows with
//               holes
//
// One block a row. Every sum is in float64 and in an order fixed by the launch, without atomics: the
// same bits on every run. No includes: compiles under NVRTC alone.

typedef unsigned char u8;
typedef unsigned int u32;
typedef int i32;
typedef long long i64;
typedef unsigned long long u64;

// An element of float32 or bfloat16 rewards.
struct bf16 {
    unsigned short bits;
};
__device__ inline float widen(float x) { return x; }
__device__ inline float widen(bf16 x) { return __uint_as_float(u32(x.bits) << 16); }

// What row_totals found in a row. Shared with the host.
enum State : u32 { PREFIX = 0, HOLES = 1, FAULT = 2 };
struct Total {
    double score;
    u32 length, state;
};

const double LARGEST = 1.7976931348623157e308;

// --- what the threads of a block have seen of its row, brought together ----------------------------

const u32 WARP = 32, MAX_WARPS = 8, ALL_LANES = 0xffffffffu;

struct Seen {
    double sum;
    // Valid tokens, the place after the last of them, whether the mask has anything but 0 and 1.
    u32 ones, end, bad;

    __device__ void add(const Seen &other) {
        sum += other.sum;
        ones += other.ones;
        end = end < other.end ? other.end : end;
        bad |= other.bad;
    }
};

__device__ inline Seen over_warp(Seen seen) {
#pragma unroll
    for (u32 other = WARP / 2; other; other /= 2) {
        seen.add({__shfl_xor_sync(ALL_LANES, seen.sum, other),
                  __shfl_xor_sync(ALL_LANES, seen.ones, other),
                  __shfl_xor_sync(ALL_LANES, seen.end, other),
                  __shfl_xor_sync(ALL_LANES, seen.bad, other)});
    }
    return seen;
}

// The first thread gets the block's, whose size is a multiple of 32. Called once by a kernel: a second
// call would have to wait until the first has read.
__device__ inline Seen over_block(Seen seen) {
    __shared__ Seen part[MAX_WARPS];
    const u32 warps = blockDim.x / WARP;
    seen = over_warp(seen);
    if (threadIdx.x % WARP == 0) part[threadIdx.x / WARP] = seen;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (u32 w = 1; w < warps; ++w) seen.add(part[w]);
    }
    return seen;
}

// --- a row's elements, N at a time where memory allows it ------------------------------------------

template <class T, int N> struct Pack {
    // A load is of 16 bytes at most.
    static const u32 BOUNDARY = N * sizeof(T) < 16 ? N * sizeof(T) : 16;

    alignas(16) T at[N];

    __device__ explicit Pack(const T *from) {
        if (BOUNDARY == 16) {
#pragma unroll
            for (int i = 0; i < N * sizeof(T) / 16; ++i) {
                reinterpret_cast<uint4 *>(at)[i] = reinterpret_cast<const uint4 *>(from)[i];
            }
        } else if (BOUNDARY == 8) {
            *reinterpret_cast<uint2 *>(at) = *reinterpret_cast<const uint2 *>(from);
        } else {
            *reinterpret_cast<u32 *>(at) = *reinterpret_cast<const u32 *>(from);
        }
    }

    __device__ static bool begins(const T *pointer) {
        return reinterpret_cast<u64>(pointer) % BOUNDARY == 0;
    }
};

// Elements up to the next boundary of 16 bytes, or to the row's end.
template <class T> __device__ u32 to_boundary(const T *pointer, u32 width) {
    const u32 elements = -reinterpret_cast<u64>(pointer) % 16 / sizeof(T);
    return elements < width ? elements : width;
}

// Tokens from `head` on by the pack, as many as fit; those before and after one by one.
template <u32 N, class Packs, class Tokens>
__device__ void over_row(u32 width, u32 head, bool packs, Packs of_pack, Tokens of_token) {
    const u32 packed = packs ? (width - head) / N * N : 0;
    for (u32 i = threadIdx.x * N; i < packed; i += blockDim.x * N) of_pack(head + i);
    for (u32 i = threadIdx.x; i < width - packed; i += blockDim.x) {
        of_token(i < head ? i : i + packed);
    }
}

// --- the kernels -----------------------------------------------------------------------------------

template <class R, class M>
__device__ void row_totals(const R *__restrict__ rewards, u64 reward_stride,
                           const M *__restrict__ mask, u64 mask_stride, u32 width,
                           Total *__restrict__ total) {
    const u32 row = blockIdx.x, N = 16 / sizeof(R);
    const R *r = rewards + row * reward_stride;
    const M *m = mask + row * mask_stride;

    Seen seen = {0, 0, 0, 0};
    auto take = [&](R reward, M valid, u32 token) {
        if (valid == M(1)) {
            const float x = widen(reward);
            // Most are 0, and float64 is slow on all but the largest devices.
            if (x != 0) seen.sum += x;
            seen.ones += 1;
            seen.end = token + 1 < seen.end ? seen.end : token + 1;
        } else {
            seen.bad |= valid != M(0);
        }
    };
    const u32 head = to_boundary(r, width);
    over_row<N>(
        width, head, Pack<M, N>::begins(m + head),
        [&](u32 i) {
            const Pack<R, N> reward(r + i);
            const Pack<M, N> valid(m + i);
#pragma unroll
            for (u32 k = 0; k < N; ++k) take(reward.at[k], valid.at[k], i + k);
        },
        [&](u32 i) { take(r[i], m[i], i); });

    seen = over_block(seen);
    if (threadIdx.x == 0) {
        const bool finite = fabs(seen.sum) <= LARGEST;
        const State valid = seen.end == seen.ones ? PREFIX : HOLES;
        total[row] = {seen.sum, seen.ones, seen.bad || !finite ? FAULT : valid};
    }
}

template <class M>
__device__ void write(const float *__restrict__ advantage, const Total *__restrict__ total,
                      const M *__restrict__ mask, u64 mask_stride, u32 width,
                      float *__restrict__ out) {
    const u64 row = blockIdx.x;
    const float value = advantage[row];
    float *o = out + row * width;
    const M *m = mask + row * mask_stride;
    const bool prefix = total[row].state == PREFIX;
    const u32 valid = total[row].length, head = to_boundary(o, width);

    over_row<4>(
        width, head, prefix || Pack<M, 4>::begins(m + head),
        [&](u32 i) {
            float4 four;
            if (prefix) {
                four = make_float4(i < valid ? value : 0, i + 1 < valid ? value : 0,
                                   i + 2 < valid ? value : 0, i + 3 < valid ? value : 0);
            } else {
                const Pack<M, 4> p(m + i);
                four = make_float4(p.at[0] == M(1) ? value : 0, p.at[1] == M(1) ? value : 0,
                                   p.at[2] == M(1) ? value : 0, p.at[3] == M(1) ? value : 0);
            }
            *reinterpret_cast<float4 *>(o + i) = four;
        },
        [&](u32 i) { o[i] = (prefix ? i < valid : m[i] == M(1)) ? value : 0; });
}

#define ROW_TOTALS(R, M)                                                                           \
    extern "C" __global__ void __launch_bounds__(256)                                              \
        row_totals_##R##_##M(const R *rewards, u64 reward_stride, const M *mask, u64 mask_stride,  \
                             u32 width, Total *total) {                                            \
        row_totals(rewards, reward_stride, mask, mask_stride, width, total);                       \
    }
#define WITH_MASK(M)                                                                               \
    ROW_TOTALS(float, M)                                                                           \
    ROW_TOTALS(bf16, M)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                              \
        write_##M(const float *advantage, const Total *total, const M *mask, u64 mask_stride,      \
                  u32 width, float *out) {                                                         \
        write(advantage, total, mask, mask_stride, width, out);                                    \
    }
WITH_MASK(i64)
WITH_MASK(i32)
WITH_MASK(u8)
WITH_MASK(float)
