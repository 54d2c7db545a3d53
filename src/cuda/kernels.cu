// LEAD's step on the device. What the CPU does in token.rs, target_length.rs, efficiency.rs and
// group.rs, in the same formulas; the host keeps the weights (weights.rs) and decides.
//
//   row_totals     [B, T] -> score, length, state of each row: rewards and mask read once
//   group_step     one block a prompt: L*, efficiency rewards, both z-scores, group moments
//   batch_scalars  a few blocks: every sum the host needs, in one small array
//   combine        the two z-scores to one whitened advantage per response
//   write          the advantage on valid tokens, 0 elsewhere: the mask is read again only in rows
//                  with holes
//
// Every sum is in float64 and in an order fixed by the launch, without atomics: the same bits on
// every run. Arrays of B are in batch order. No includes: compiles under NVRTC alone.

typedef unsigned char u8;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

// An element of float32 or bfloat16 rewards.
struct bf16 {
    unsigned short bits;
};
__device__ inline double widen(float x) { return x; }
__device__ inline double widen(bf16 x) { return __uint_as_float(u32(x.bits) << 16); }

// What row_totals found in a row; the numbers are shared with the host.
enum State : u32 { PREFIX = 0, HOLES = 1, FAULT = 2 };

// The words of LeadConfig, in the order of config.rs.
enum Mode : u32 { MAX_SYM = 0, MAX_ASYM = 1, UPPER_ONLY = 2 };
enum Aggregator : u32 { MEAN_CORRECT = 0, MIN_CORRECT = 1, MEDIAN_CORRECT = 2, MEAN_ALL = 3 };

const double LARGEST = 1.7976931348623157e308;
const double FLOAT_MAX = 3.4028234663852886e38;
const double STD_GUARD = 1e-6;
const double VARIANCE_GUARD = 1e-8;

// --- reductions over a block, whose size is a multiple of 32 ------------------------------------

struct Sum {
    template <class T> __device__ static T of(T a, T b) { return a + b; }
};
struct Min {
    template <class T> __device__ static T of(T a, T b) { return b < a ? b : a; }
};
struct Max {
    template <class T> __device__ static T of(T a, T b) { return a < b ? b : a; }
};

const u32 WARP = 32, MAX_WARPS = 16, ALL_LANES = 0xffffffffu;

template <class Op, class T> __device__ T over_warp(T value) {
#pragma unroll
    for (u32 other = WARP / 2; other; other /= 2) {
        value = Op::of(value, __shfl_xor_sync(ALL_LANES, value, other));
    }
    return value;
}

// Each of K values over all threads of the block; every thread gets the results.
template <class Op, int K, class T> __device__ void over_block(T (&value)[K]) {
    __shared__ T part[K][MAX_WARPS];
    const u32 warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, warps = blockDim.x / WARP;
#pragma unroll
    for (int k = 0; k < K; ++k) {
        value[k] = over_warp<Op>(value[k]);
        if (lane == 0) part[k][warp] = value[k];
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < K; ++k) {
        value[k] = part[k][0];
        for (u32 w = 1; w < warps; ++w) value[k] = Op::of(value[k], part[k][w]);
    }
    __syncthreads();
}

template <class Op, class T> __device__ T over_block(T value) {
    T values[1] = {value};
    over_block<Op>(values);
    return values[0];
}

// The smallest key with at least `rank` keys up to it, by bisection: `count(key)` is this thread's
// number of keys up to `key`.
template <class Count> __device__ u64 kth_smallest(u64 low, u64 high, u32 rank, Count count) {
    while (low < high) {
        const u64 middle = low + (high - low) / 2;
        if (over_block<Sum>(count(middle)) >= rank) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

// --- [B, T]: one block a row --------------------------------------------------------------------

template <class T, int N> struct Pack {
    alignas(16) T at[N];

    // In pieces of 16 bytes, where there are as many.
    __device__ explicit Pack(const T *from) {
        const int bytes = N * sizeof(T);
        if (bytes % 16 == 0) {
#pragma unroll
            for (int i = 0; i < bytes / 16; ++i) {
                reinterpret_cast<uint4 *>(at)[i] = reinterpret_cast<const uint4 *>(from)[i];
            }
        } else if (bytes == 8) {
            *reinterpret_cast<uint2 *>(at) = *reinterpret_cast<const uint2 *>(from);
        } else {
            *reinterpret_cast<u32 *>(at) = *reinterpret_cast<const u32 *>(from);
        }
    }
};

template <class T> __device__ bool aligned(const T *pointer) {
    return reinterpret_cast<u64>(pointer) % 16 == 0;
}

template <class R, class M>
__device__ void row_totals(const R *__restrict__ rewards, u64 reward_stride,
                           const M *__restrict__ mask, u64 mask_stride, u32 width,
                           double *__restrict__ score, u32 *__restrict__ length,
                           u32 *__restrict__ state) {
    const u32 row = blockIdx.x;
    const R *r = rewards + row * reward_stride;
    const M *m = mask + row * mask_stride;
    const u32 N = 16 / sizeof(R);

    double sum = 0;
    u32 ones = 0, end = 0, bad = 0;
    auto take = [&](R reward, M valid, u32 token) {
        if (valid == M(1)) {
            sum += widen(reward);
            ones += 1;
            end = token + 1;
        } else {
            bad |= valid != M(0);
        }
    };
    const u32 packed = aligned(r) && aligned(m) ? width / N * N : 0;
    for (u32 i = threadIdx.x * N; i < packed; i += blockDim.x * N) {
        const Pack<R, N> reward(r + i);
        const Pack<M, N> valid(m + i);
#pragma unroll
        for (u32 k = 0; k < N; ++k) take(reward.at[k], valid.at[k], i + k);
    }
    for (u32 i = packed + threadIdx.x; i < width; i += blockDim.x) take(r[i], m[i], i);

    sum = over_block<Sum>(sum);
    ones = over_block<Sum>(ones);
    u32 most[2] = {end, bad};
    over_block<Max>(most);
    if (threadIdx.x == 0) {
        score[row] = sum;
        length[row] = ones;
        const bool finite = fabs(sum) <= LARGEST;
        state[row] = most[1] || !finite ? FAULT : most[0] == ones ? PREFIX : HOLES;
    }
}

template <class M>
__device__ void write(const float *__restrict__ advantage, const u32 *__restrict__ length,
                      const u32 *__restrict__ state, const M *__restrict__ mask, u64 mask_stride,
                      u32 width, float *__restrict__ out) {
    const u64 row = blockIdx.x;
    const float value = advantage[row];
    float *o = out + row * width;
    const M *m = mask + row * mask_stride;
    const bool prefix = state[row] == PREFIX;
    const u32 valid = length[row];

    const u32 packed = aligned(o) && (prefix || aligned(m)) ? width / 4 * 4 : 0;
    for (u32 i = threadIdx.x * 4; i < packed; i += blockDim.x * 4) {
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
    }
    for (u32 i = packed + threadIdx.x; i < width; i += blockDim.x) {
        o[i] = (prefix ? i < valid : m[i] == M(1)) ? value : 0;
    }
}

#define ROW_TOTALS(R, M)                                                                           \
    extern "C" __global__ void __launch_bounds__(256) row_totals_##R##_##M(                        \
        const R *rewards, u64 reward_stride, const M *mask, u64 mask_stride, u32 width,            \
        double *score, u32 *length, u32 *state) {                                                  \
        row_totals(rewards, reward_stride, mask, mask_stride, width, score, length, state);        \
    }
#define WITH_MASK(M)                                                                               \
    ROW_TOTALS(float, M)                                                                           \
    ROW_TOTALS(bf16, M)                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                              \
        write_##M(const float *advantage, const u32 *length, const u32 *state, const M *mask,      \
                  u64 mask_stride, u32 width, float *out) {                                        \
        write(advantage, length, state, mask, mask_stride, width, out);                            \
    }
typedef int i32;
WITH_MASK(i64)
WITH_MASK(i32)
WITH_MASK(u8)
WITH_MASK(float)

// Lengths given as numbers: whole, or the row is at fault.
extern "C" __global__ void __launch_bounds__(256)
    whole_lengths(const double *given, u32 size, u32 *length, u32 *state) {
    const u32 row = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= size) return;
    const double x = given[row];
    const bool whole = x >= 0 && x <= 4294967295.0 && x == floor(x);
    length[row] = whole ? u32(x) : 0;
    state[row] = whole ? PREFIX : FAULT;
}

// --- B: one block a prompt ----------------------------------------------------------------------

__device__ inline double clamp(double x, double low, double high) {
    return fmin(fmax(x, low), high);
}

__device__ inline double efficiency(u32 tokens, bool correct, double target, u32 mode,
                                    double min_length) {
    if (tokens == 0) return 0;
    const double length = tokens;
    if (mode == MAX_SYM) return fmax(1 - fabs(length - target) / target, -1.0);
    const double slack = 1 - length / target;
    if (mode == MAX_ASYM && correct) return length < min_length ? 0 : fmax(slack, 0.0);
    return clamp(slack, -1, 0);
}

// (x - mean) / (std + guard), as group.rs has it.
__device__ inline double z_score(double x, bool differ, u32 size, double mean, double squares) {
    if (size == 1) return x / (1 + STD_GUARD);
    return differ ? (x - mean) / (sqrt(squares / (size - 1)) + STD_GUARD) : 0;
}

// `row` are the batch rows by prompt, prompt g's from start[g] to start[g + 1].
extern "C" __global__ void __launch_bounds__(256, 1)
    group_step(const u32 *__restrict__ row, const u32 *__restrict__ start,
               const double *__restrict__ score, const u32 *__restrict__ length, double bmax,
               double lstar_min, double min_length, u32 mode, u32 aggregator, u32 neutral,
               double *__restrict__ reward, double *__restrict__ target,
               double *__restrict__ z_corr, double *__restrict__ z_eff,
               double *__restrict__ group_target, u32 *__restrict__ group_correct,
               double *__restrict__ mean_corr, double *__restrict__ var_corr,
               double *__restrict__ mean_eff, double *__restrict__ var_eff) {
    const u32 g = blockIdx.x, first = start[g], end = start[g + 1], size = end - first;
    auto each = [&](auto body) {
        for (u32 i = first + threadIdx.x; i < end; i += blockDim.x) {
            const u32 b = row[i], tokens = length[b];
            body(b, tokens, tokens ? score[b] : 0);
        }
    };

    // L*: over the correct responses, or over all.
    u64 sums[3] = {0, 0, 0};
    u64 least = ~0ull, most = 0;
    auto chosen = [&](double c) { return aggregator == MEAN_ALL || c > 0.5; };
    each([&](u32, u32 tokens, double c) {
        sums[0] += c > 0.5;
        if (!chosen(c)) return;
        sums[1] += 1;
        sums[2] += tokens;
        least = Min::of(least, u64(tokens));
        most = Max::of(most, u64(tokens));
    });
    over_block<Sum>(sums);
    least = over_block<Min>(least);
    most = over_block<Max>(most);
    const u32 correct = sums[0], count = sums[1];
    double lstar = double(sums[2]) / count;
    if (aggregator == MIN_CORRECT) lstar = least;
    if (aggregator == MEDIAN_CORRECT && count) {
        auto up_to = [&](u64 key) {
            u32 n = 0;
            each([&](u32, u32 tokens, double c) { n += chosen(c) && tokens <= key; });
            return n;
        };
        const u64 low = kth_smallest(least, most, (count + 1) / 2, up_to);
        const u64 high = count % 2 ? low : kth_smallest(low, most, count / 2 + 1, up_to);
        lstar = double(low + high) / 2;
    }
    lstar = count ? clamp(lstar, lstar_min, bmax) : bmax;

    // Efficiency rewards, and the means.
    auto reward_of = [&](u32 tokens, double c) {
        return efficiency(tokens, c > 0.5, lstar, mode, min_length);
    };
    const u32 head = row[first], head_tokens = length[head];
    const double head_corr = head_tokens ? score[head] : 0;
    const double head_eff = reward_of(head_tokens, head_corr);
    double mean[3] = {0, 0, 0};
    u32 differ[2] = {0, 0};
    each([&](u32 b, u32 tokens, double c) {
        const double r = reward_of(tokens, c);
        reward[b] = r;
        target[b] = lstar;
        mean[0] += c;
        mean[1] += r;
        if (c > 0.5) mean[2] += r;
        differ[0] |= c != head_corr;
        differ[1] |= r != head_eff;
    });
    over_block<Sum>(mean);
    over_block<Max>(differ);
    mean[0] /= size;
    mean[1] /= size;
    mean[2] /= correct ? correct : 1;

    // Squared deviations, and the z-scores.
    double squares[3] = {0, 0, 0};
    each([&](u32, u32 tokens, double c) {
        const double r = reward_of(tokens, c);
        squares[0] += (c - mean[0]) * (c - mean[0]);
        squares[1] += (r - mean[1]) * (r - mean[1]);
        if (c > 0.5) squares[2] += (r - mean[2]) * (r - mean[2]);
    });
    over_block<Sum>(squares);
    each([&](u32 b, u32 tokens, double c) {
        z_corr[b] = z_score(c, differ[0], size, mean[0], squares[0]);
        const double z = z_score(reward_of(tokens, c), differ[1], size, mean[1], squares[1]);
        z_eff[b] = neutral && !correct ? 0 : z;
    });
    if (threadIdx.x == 0) {
        group_target[g] = lstar;
        group_correct[g] = correct;
        mean_corr[g] = mean[0];
        var_corr[g] = squares[0] / size;
        mean_eff[g] = mean[2];
        var_eff[g] = squares[2] / (correct ? correct : 1);
    }
}

// --- the batch's scalars ------------------------------------------------------------------------

// Weighted moments of (z_corr, z_eff, length) over some responses: those the host needs to whiten,
// and to correlate advantages and lengths, whatever the weights of the two z-scores will be. 13
// numbers: the weights' sum, 3 means, 6 sums of products of deviations, 3 spreads (largest minus
// smallest: 0 tells equal values exactly).
template <class Weight>
__device__ void moments(u32 size, const double *z_corr, const double *z_eff, const u32 *length,
                        double *out, Weight weight) {
    double sums[4] = {0, 0, 0, 0};
    double low[3] = {LARGEST, LARGEST, LARGEST}, high[3] = {-LARGEST, -LARGEST, -LARGEST};
    for (u32 b = threadIdx.x; b < size; b += blockDim.x) {
        const double w = weight(b), x[3] = {z_corr[b], z_eff[b], double(length[b])};
        sums[0] += w;
#pragma unroll
        for (int k = 0; k < 3; ++k) {
            sums[k + 1] += w * x[k];
            if (w > 0) {
                low[k] = Min::of(low[k], x[k]);
                high[k] = Max::of(high[k], x[k]);
            }
        }
    }
    over_block<Sum>(sums);
    over_block<Min>(low);
    over_block<Max>(high);
    const double n = sums[0] > 0 ? sums[0] : 1;
    const double mean[3] = {sums[1] / n, sums[2] / n, sums[3] / n};

    double products[6] = {0, 0, 0, 0, 0, 0};
    for (u32 b = threadIdx.x; b < size; b += blockDim.x) {
        const double w = weight(b);
        const double c = z_corr[b] - mean[0], e = z_eff[b] - mean[1], l = length[b] - mean[2];
        products[0] += w * c * c;
        products[1] += w * c * e;
        products[2] += w * e * e;
        products[3] += w * c * l;
        products[4] += w * e * l;
        products[5] += w * l * l;
    }
    over_block<Sum>(products);
    if (threadIdx.x == 0) {
        out[0] = sums[0];
        for (int k = 0; k < 3; ++k) out[1 + k] = mean[k];
        for (int k = 0; k < 6; ++k) out[4 + k] = products[k];
        for (int k = 0; k < 3; ++k) out[10 + k] = high[k] - low[k];
    }
}

// Efficiency rewards in all, and the first rows at fault: 6 numbers.
__device__ void rewards_and_faults(u32 size, const double *score, const u32 *length,
                                   const u32 *state, const double *reward, double *out) {
    double sums[3] = {0, 0, 0};
    double low[3] = {LARGEST, LARGEST, LARGEST}, high = -LARGEST;
    for (u32 b = threadIdx.x; b < size; b += blockDim.x) {
        const double r = reward[b];
        sums[0] += r;
        if (length[b] && score[b] > 0.5) {
            sums[1] += r;
            sums[2] += 1;
            low[0] = Min::of(low[0], r);
            high = Max::of(high, r);
        }
        if (state[b] == FAULT) low[1] = Min::of(low[1], double(b));
        if (length[b] && !(fabs(score[b]) <= FLOAT_MAX)) low[2] = Min::of(low[2], double(b));
    }
    over_block<Sum>(sums);
    over_block<Min>(low);
    high = over_block<Max>(high);
    if (threadIdx.x == 0) {
        out[0] = sums[0] / size;
        out[1] = sums[2] ? sums[1] / sums[2] : 0;
        out[2] = sums[2] ? low[0] : 0;
        out[3] = sums[2] ? high : 0;
        out[4] = low[1];
        out[5] = low[2];
    }
}

// Total variance of both rewards over prompts, and the target lengths: 10 numbers. A prompt is
// solvable, as the reference has it, if its target is below bmax.
__device__ void groups(u32 count, const double *target, const u32 *correct, const double *mean_corr,
                       const double *var_corr, const double *mean_eff, const double *var_eff,
                       double bmax, double *out) {
    double sums[6] = {0, 0, 0, 0, 0, 0};
    double low = LARGEST, high = 0;
    u32 n[2] = {0, 0};
    for (u32 g = threadIdx.x; g < count; g += blockDim.x) {
        sums[0] += mean_corr[g];
        sums[1] += var_corr[g];
        if (correct[g]) {
            n[0] += 1;
            sums[2] += mean_eff[g];
            sums[3] += var_eff[g];
        }
        sums[4] += target[g];
        if (target[g] < bmax) {
            n[1] += 1;
            sums[5] += target[g];
            low = Min::of(low, target[g]);
            high = Max::of(high, target[g]);
        }
    }
    over_block<Sum>(sums);
    over_block<Sum>(n);
    low = over_block<Min>(low);
    high = over_block<Max>(high);
    const u32 solved = n[0], solvable = n[1];
    const double mu_corr = sums[0] / count, mu_eff = solved ? sums[2] / solved : 0;
    double squares[2] = {0, 0};
    for (u32 g = threadIdx.x; g < count; g += blockDim.x) {
        squares[0] += (mean_corr[g] - mu_corr) * (mean_corr[g] - mu_corr);
        if (correct[g]) squares[1] += (mean_eff[g] - mu_eff) * (mean_eff[g] - mu_eff);
    }
    over_block<Sum>(squares);

    double median = 0;
    if (solvable) {
        // The bits of positive floats are in the floats' order.
        auto up_to = [&](u64 key) {
            u32 n = 0;
            for (u32 g = threadIdx.x; g < count; g += blockDim.x) {
                n += target[g] < bmax && u64(__double_as_longlong(target[g])) <= key;
            }
            return n;
        };
        const u64 least = __double_as_longlong(low), most = __double_as_longlong(high);
        const u64 a = kth_smallest(least, most, (solvable + 1) / 2, up_to);
        const u64 b = solvable % 2 ? a : kth_smallest(a, most, solvable / 2 + 1, up_to);
        median = (__longlong_as_double(a) + __longlong_as_double(b)) / 2;
    }
    if (threadIdx.x == 0) {
        out[0] = mu_corr;
        out[1] = sqrt(sums[1] / count + squares[0] / count + VARIANCE_GUARD);
        out[2] = mu_eff;
        out[3] = solved ? sqrt(sums[3] / solved + squares[1] / solved + VARIANCE_GUARD) : 0;
        out[4] = sums[4] / count;
        out[5] = solvable ? sums[5] / solvable : 0;
        out[6] = median;
        out[7] = solvable ? low : 0;
        out[8] = high;
        out[9] = solvable;
    }
}

// Five blocks side by side; what each writes is in the order of scalars.rs.
extern "C" __global__ void __launch_bounds__(512)
    batch_scalars(u32 size, u32 prompts, const double *score, const u32 *length, const u32 *state,
                  const double *reward, const double *z_corr, const double *z_eff,
                  const double *group_target, const u32 *group_correct, const double *mean_corr,
                  const double *var_corr, const double *mean_eff, const double *var_eff,
                  double bmax, double *out) {
    if (blockIdx.x < 3) {
        const u32 part = blockIdx.x;
        moments(size, z_corr, z_eff, length, out + 13 * part, [&](u32 b) -> double {
            if (part == 0) return length[b];
            return length[b] != 0 && (part == 1 || score[b] > 0.5);
        });
    } else if (blockIdx.x == 3) {
        rewards_and_faults(size, score, length, state, reward, out + 39);
    } else {
        groups(prompts, group_target, group_correct, mean_corr, var_corr, mean_eff, var_eff, bmax,
               out + 45);
    }
}

extern "C" __global__ void __launch_bounds__(256)
    combine(u32 size, const u32 *length, const double *z_corr, const double *z_eff,
            double lambda_corr, double mean, double scale, float *advantage) {
    const u32 b = blockIdx.x * blockDim.x + threadIdx.x;
    if (b >= size) return;
    const double a = lambda_corr * z_corr[b] + (1 - lambda_corr) * z_eff[b];
    advantage[b] = length[b] ? float((a - mean) / scale) : 0;
}
