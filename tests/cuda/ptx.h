// What the instructions of PTX do that the kernels are of, by PTX's names for them.
#pragma once
#include "block.h"

#include <cmath>

using pred = bool;
using b8 = uint8_t;
using u8 = uint8_t;
using b16 = uint16_t;
using u16 = uint16_t;
using s16 = uint16_t; // Nothing here asks for the sign.
using b32 = uint32_t;
using u32 = uint32_t;
using s32 = uint32_t;
using b64 = uint64_t;
using u64 = uint64_t;
using s64 = uint64_t;
using f32 = float;
using f64 = double;

template <class T, class Bits> T from_bits(Bits bits) {
    T value;
    static_assert(sizeof value == sizeof bits);
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// --- where a thread goes on -------------------------------------------------------------------------

#define WAIT(what)                                                                                 \
    do {                                                                                           \
        place = __LINE__;                                                                          \
        waits = what;                                                                              \
        return;                                                                                    \
        case __LINE__:;                                                                            \
    } while (0)

#define bra(label) goto label
#define bra_uni(label) goto label
#define ret() WAIT(END)
#define bar_sync(barrier)                                                                          \
    do {                                                                                           \
        static_assert(barrier == 0, "one barrier is enough");                                      \
        WAIT(BLOCK);                                                                               \
    } while (0)
#define shfl_sync_bfly_b32(d, there, a, other, last_lane, lanes)                                   \
    do {                                                                                           \
        give(a, other, last_lane, lanes);                                                          \
        WAIT(WARP);                                                                                \
        d = taken;                                                                                 \
        there = true;                                                                              \
    } while (0)

// --- memory ------------------------------------------------------------------------------------------

template <class T> T *reach(u64 address, std::size_t count) {
    if (address % (count * sizeof(T))) fail("an address that is not on its boundary");
    return reinterpret_cast<T *>(address);
}
template <class T, class... D> void ld(u64 from, D &...d) {
    const T *at = reach<T>(from, sizeof...(D));
    ((d = *at++), ...);
}
template <class T, class... A> void st(u64 to, A... a) {
    T *at = reach<T>(to, sizeof...(A));
    ((*at++ = T(a)), ...);
}
template <class T> void ld_param(T &d, const void *argument) { std::memcpy(&d, argument, sizeof d); }
inline void ld_param_u32(u32 &d, const void *argument) { ld_param(d, argument); }
inline void ld_param_u64(u64 &d, const void *argument) { ld_param(d, argument); }

// --- moves and conversions ---------------------------------------------------------------------------

inline void cvta_to_global_u64(u64 &d, u64 a) { d = a; }
inline void cvt_f64_f32(f64 &d, f32 a) { d = a; }
inline void cvt_u16_u8(u16 &d, u16 a) { d = u8(a); }
inline void cvt_u16_u32(u16 &d, u32 a) { d = u16(a); }
inline void cvt_u32_u16(u32 &d, u16 a) { d = a; }
inline void cvt_u32_u64(u32 &d, u64 a) { d = u32(a); }
inline void cvt_u64_u32(u64 &d, u32 a) { d = a; }
inline void mov_b32(u32 &d, f32 a) { d = from_bits<u32>(a); }
inline void mov_b32(f32 &d, u32 a) { d = from_bits<f32>(a); }
inline void mov_b32(u16 &low, u16 &high, u32 a) {
    low = u16(a);
    high = u16(a >> 16);
}
inline void mov_b64(u64 &d, u32 low, u32 high) { d = low | u64(high) << 32; }
inline void mov_b64(f64 &d, u32 low, u32 high) { d = from_bits<f64>(low | u64(high) << 32); }
inline void mov_b64(u32 &low, u32 &high, f64 a) {
    low = u32(from_bits<u64>(a));
    high = u32(from_bits<u64>(a) >> 32);
}
inline void mov_f64(f64 &d, f64 a) { d = a; }
inline void mov_u16(u16 &d, u16 a) { d = a; }
inline void mov_u32(u32 &d, u32 a) { d = a; }
inline void mov_u64(u64 &d, b8 *shared) { d = reinterpret_cast<u64>(shared); }
inline void selp_b32(u32 &d, u32 a, u32 b, bool c) { d = c ? a : b; }
inline void selp_u32(u32 &d, u32 a, u32 b, bool c) { d = c ? a : b; }
inline void selp_f32(f32 &d, f32 a, f32 b, bool c) { d = c ? a : b; }
inline void selp_f64(f64 &d, f64 a, f64 b, bool c) { d = c ? a : b; }

// --- arithmetic --------------------------------------------------------------------------------------

inline void abs_f64(f64 &d, f64 a) { d = std::fabs(a); }
inline void add_rn_f64(f64 &d, f64 a, f64 b) { d = a + b; }
inline void add_s32(u32 &d, u32 a, u32 b) { d = a + b; }
inline void add_s64(u64 &d, u64 a, u64 b) { d = a + b; }
inline void and_b16(u16 &d, u16 a, u16 b) { d = a & b; }
inline void and_b32(u32 &d, u32 a, u32 b) { d = a & b; }
inline void and_b64(u64 &d, u64 a, u64 b) { d = a & b; }
inline void max_u32(u32 &d, u32 a, u32 b) { d = std::max(a, b); }
inline void min_u32(u32 &d, u32 a, u32 b) { d = std::min(a, b); }
inline void mul_lo_s64(u64 &d, u64 a, u64 b) { d = a * b; }
inline void mul_wide_u32(u64 &d, u32 a, u32 b) { d = u64(a) * b; }
inline void neg_s64(u64 &d, u64 a) { d = -a; }
inline void or_b32(u32 &d, u32 a, u32 b) { d = a | b; }
inline void or_pred(bool &d, bool a, bool b) { d = a || b; }
inline void shl_b32(u32 &d, u32 a, u32 b) { d = b < 32 ? a << b : 0; }
inline void shl_b64(u64 &d, u64 a, u32 b) { d = b < 64 ? a << b : 0; }
inline void shr_u32(u32 &d, u32 a, u32 b) { d = b < 32 ? a >> b : 0; }
inline void shr_u64(u64 &d, u64 a, u32 b) { d = b < 64 ? a >> b : 0; }
inline void sub_s32(u32 &d, u32 a, u32 b) { d = a - b; }

// --- comparisons: a u behind one says that it holds of a NaN too ---------------------------------------

inline void setp_eq_f32(bool &d, f32 a, f32 b) { d = a == b; }
inline void setp_eq_s16(bool &d, u16 a, u16 b) { d = a == b; }
inline void setp_eq_s32(bool &d, u32 a, u32 b) { d = a == b; }
inline void setp_eq_s64(bool &d, u64 a, u64 b) { d = a == b; }
inline void setp_ge_u32(bool &d, u32 a, u32 b) { d = a >= b; }
inline void setp_gt_u32(bool &d, u32 a, u32 b) { d = a > b; }
inline void setp_gtu_f64(bool &d, f64 a, f64 b) { d = !(a <= b); }
inline void setp_lt_u32(bool &d, u32 a, u32 b) { d = a < b; }
inline void setp_ne_s16(bool &d, u16 a, u16 b) { d = a != b; }
inline void setp_ne_s32(bool &d, u32 a, u32 b) { d = a != b; }
inline void setp_ne_s64(bool &d, u64 a, u64 b) { d = a != b; }
inline void setp_neu_f32(bool &d, f32 a, f32 b) { d = !(a == b); }
