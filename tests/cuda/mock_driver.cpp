// A CUDA driver with one device, whose memory is the host's and which runs the kernels at once: the
// instructions of their PTX, in kernels.h as C++. Built as libcuda.so, it is loaded in place of
// NVIDIA's. MOCK_CUDA_FAILS names a function that fails with the error MOCK_CUDA_ERROR; MOCK_CUDA_SEED
// is that of the order in which warps run.
#include "ptx.h"

#include <map>
#include <string>

#include "kernels.h"

namespace {
int number(const char *variable, int otherwise) {
    const char *text = std::getenv(variable);
    return text ? std::atoi(text) : otherwise;
}
int outcome(const char *function) {
    const char *failing = std::getenv("MOCK_CUDA_FAILS");
    return failing && !std::strcmp(failing, function) ? number("MOCK_CUDA_ERROR", 0) : 0;
}
int driver;
} // namespace

extern "C" {
int cuInit(unsigned) { return outcome("cuInit"); }
int cuDeviceGetCount(int *count) {
    *count = number("MOCK_CUDA_DEVICES", 1);
    return outcome("cuDeviceGetCount");
}
int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return outcome("cuDeviceGet");
}
int cuDevicePrimaryCtxRetain(void **context, int) {
    *context = &driver;
    return outcome("cuDevicePrimaryCtxRetain");
}
int cuCtxSetCurrent(void *context) { return context == &driver ? outcome("cuCtxSetCurrent") : 201; }
int cuModuleLoadData(void **module, const void *image) {
    *module = &driver;
    if (std::strcmp(static_cast<const char *>(image), PTX)) return 218;
    return outcome("cuModuleLoadData");
}
int cuModuleGetFunction(void **function, void *, const char *name) {
    auto found = KERNELS.find(name);
    if (found == KERNELS.end()) return 500;
    *function = reinterpret_cast<void *>(found->second);
    return outcome("cuModuleGetFunction");
}
int cuLaunchKernel(void *function, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned,
                   unsigned, unsigned, void *stream, void **arguments, void **) {
    // The stream that the tests pass.
    if (!blocks || !threads || threads % 32 || threads > 1024) return 1;
    if (stream != reinterpret_cast<void *>(0x57)) return 400;
    reinterpret_cast<Launch>(function)(blocks, threads, arguments, number("MOCK_CUDA_SEED", 0));
    return outcome("cuLaunchKernel");
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, std::size_t bytes, void *) {
    std::copy_n(static_cast<const char *>(from), bytes, reinterpret_cast<char *>(to));
    return outcome("cuMemcpyHtoDAsync_v2");
}
int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, std::size_t bytes, void *) {
    std::copy_n(reinterpret_cast<const char *>(from), bytes, static_cast<char *>(to));
    return outcome("cuMemcpyDtoHAsync_v2");
}
int cuStreamSynchronize(void *) { return outcome("cuStreamSynchronize"); }
}
