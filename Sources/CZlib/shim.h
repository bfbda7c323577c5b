// zlib's init calls are macros, which Swift cannot see: these wrap them.
#ifndef LOCKSTEP_CZLIB_SHIM_H
#define LOCKSTEP_CZLIB_SHIM_H

#include <zlib.h>

static inline int lockstep_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

static inline int lockstep_deflate_init(z_stream *stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}

#endif
