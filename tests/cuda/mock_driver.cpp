// A CUDA driver with one device, whose memory is the host's and which runs the kernels at once, as
// compiled for the host. Built as libcuda.so, it is loaded in place of NVIDIA's. MOCK_CUDA_FAILS
// names a function that fails with the error MOCK_CUDA_ERROR.
#include "host_shim.h"

#include "../../src/cuda/kernels.cu"

#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace {
int outcome(const char *function) {
    const char *failing = std::getenv("MOCK_CUDA_FAILS");
    if (!failing || std::strcmp(failing, function)) return 0;
    return std::atoi(std::getenv("MOCK_CUDA_ERROR"));
}

using Kernel = std::function<std::function<void()>(void **)>;

// Reads as many bytes of each argument as the kernel declares, as the driver does.
template <class... A, std::size_t... I>
Kernel kernel(void (*function)(A...), std::index_sequence<I...>) {
    return [function](void **arguments) -> std::function<void()> {
        std::tuple<A...> values{*static_cast<A *>(arguments[I])...};
        return [=] { std::apply(function, values); };
    };
}
template <class... A> Kernel kernel(void (*function)(A...)) {
    return kernel(function, std::index_sequence_for<A...>());
}

#define NAMED(name) {#name, kernel(name)}
#define OF_MASK(M) NAMED(row_totals_float_##M), NAMED(row_totals_bf16_##M), NAMED(write_##M)
std::map<std::string, Kernel> kernels = {
    OF_MASK(i64), OF_MASK(i32), OF_MASK(u8), OF_MASK(float),
};
} // namespace

extern "C" {
int cuInit(unsigned) { return outcome("cuInit"); }
int cuDeviceGetCount(int *count) {
    *count = std::getenv("MOCK_CUDA_DEVICES") ? std::atoi(std::getenv("MOCK_CUDA_DEVICES")) : 1;
    return outcome("cuDeviceGetCount");
}
int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return outcome("cuDeviceGet");
}
int cuDevicePrimaryCtxRetain(void **context, int) {
    *context = &kernels;
    return outcome("cuDevicePrimaryCtxRetain");
}
int cuCtxSetCurrent(void *context) { return context == &kernels ? outcome("cuCtxSetCurrent") : 201; }
int cuModuleLoadData(void **module, const void *image) {
    *module = &kernels;
    const char *version = std::strstr(static_cast<const char *>(image), ".version 8.0");
    return version ? outcome("cuModuleLoadData") : 218;
}
int cuModuleGetFunction(void **function, void *, const char *name) {
    auto found = kernels.find(name);
    if (found == kernels.end()) return 500;
    *function = &found->second;
    return outcome("cuModuleGetFunction");
}
int cuLaunchKernel(void *function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned,
                   unsigned, unsigned, void *stream, void **arguments, void **) {
    // The stream that the tests pass.
    if (!blocks || !threads || threads % 32 || threads > 1024) return 1;
    if (stream != reinterpret_cast<void *>(0x57)) return 400;
    fibers::body = (*static_cast<Kernel *>(function))(arguments);
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) fibers::run_block(threads);
    return outcome("cuLaunchKernel");
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, std::size_t bytes, void *) {
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
    return outcome("cuMemcpyHtoDAsync_v2");
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, std::size_t bytes, void *) {
    std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
    return outcome("cuMemcpyDtoHAsync_v2");
}
int cuStreamSynchronize(void *) { return outcome("cuStreamSynchronize"); }
}
