#include "CIsal.h"

#include <stdlib.h>
#include <string.h>

#if defined(__has_include)
#if __has_include(<isa-l.h>) && __has_include(<dlfcn.h>)
#define LOCKSTEP_HAS_ISAL 1
#endif
#endif

#ifdef LOCKSTEP_HAS_ISAL

#include <dlfcn.h>
#include <isa-l.h>
#include <pthread.h>

// Beside ISA-L's own: the check sum of the header, not of the content.
enum { HEADER_MISMATCH = -100 };

struct lockstep_isal {
    struct inflate_state state;
    // isal_inflate forgets a header that comes in two pieces; read by itself it may be cut anywhere.
    struct isal_gzip_header header;
    bool is_in_header;
    // What is wrong after the bytes that ISA-L had decoded before it and that did not fit: it keeps
    // them in its own buffer and, once it has said so, never hands them out.
    int32_t damage;
};

// The functions that are needed, found once.
static struct {
    void (*init)(struct inflate_state *);
    void (*reset)(struct inflate_state *);
    int (*inflate)(struct inflate_state *);
    void (*begin_header)(struct isal_gzip_header *);
    int (*read_header)(struct inflate_state *, struct isal_gzip_header *);
} library;
static bool is_loaded = false;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {"libisal.so.2", "libisal.2.dylib", "libisal.so"};
    void *handle = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && handle == NULL; i++) {
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == NULL) return;
    *(void **)&library.init = dlsym(handle, "isal_inflate_init");
    *(void **)&library.reset = dlsym(handle, "isal_inflate_reset");
    *(void **)&library.inflate = dlsym(handle, "isal_inflate");
    *(void **)&library.begin_header = dlsym(handle, "isal_gzip_header_init");
    *(void **)&library.read_header = dlsym(handle, "isal_read_gzip_header");
    is_loaded = library.init != NULL && library.reset != NULL && library.inflate != NULL &&
                library.begin_header != NULL && library.read_header != NULL;
}

bool lockstep_isal_is_present(void) {
    pthread_once(&once, load);
    return is_loaded;
}

static void begin(lockstep_isal *decoder) {
    // A reset keeps the kind of wrapping in some versions and forgets it in others.
    decoder->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
    library.begin_header(&decoder->header);
    decoder->is_in_header = true;
    decoder->damage = ISAL_DECOMP_OK;
}

lockstep_isal *lockstep_isal_make(void) {
    if (!lockstep_isal_is_present()) return NULL;
    lockstep_isal *decoder = malloc(sizeof *decoder);
    if (decoder == NULL) return NULL;
    library.init(&decoder->state);
    begin(decoder);
    return decoder;
}

void lockstep_isal_free(lockstep_isal *decoder) { free(decoder); }

void lockstep_isal_begin_member(lockstep_isal *decoder) {
    library.reset(&decoder->state);
    begin(decoder);
}

// How many decoded bytes wait in ISA-L's own buffer.
static uint32_t held_back(const struct inflate_state *state) {
    return (uint32_t)(state->tmp_out_valid - state->tmp_out_processed);
}

// Hands out what was decoded before damage; its last part comes with the damage itself.
static lockstep_isal_step give_held_back(
    lockstep_isal *decoder, uint8_t *output, uint32_t output_count) {
    struct inflate_state *state = &decoder->state;
    uint32_t count = held_back(state) < output_count ? held_back(state) : output_count;
    if (count > 0) memcpy(output, state->tmp_out_buffer + state->tmp_out_processed, count);
    state->tmp_out_processed += (int32_t)count;
    lockstep_isal_step step = {0, count, held_back(state) > 0 ? 0 : decoder->damage};
    return step;
}

lockstep_isal_step lockstep_isal_inflate(
    lockstep_isal *decoder, const uint8_t *input, uint32_t input_count, uint8_t *output,
    uint32_t output_count) {
    struct inflate_state *state = &decoder->state;
    if (decoder->damage != ISAL_DECOMP_OK) return give_held_back(decoder, output, output_count);
    // ISA-L only reads through next_in, though its type does not say so.
    state->next_in = (uint8_t *)input;
    state->avail_in = input_count;
    state->next_out = output;
    state->avail_out = output_count;
    int status = ISAL_DECOMP_OK;
    if (decoder->is_in_header) {
        status = library.read_header(state, &decoder->header);
        decoder->is_in_header = status != ISAL_DECOMP_OK;
        if (status == ISAL_INCORRECT_CHECKSUM) status = HEADER_MISMATCH;
    }
    if (!decoder->is_in_header) status = library.inflate(state);
    lockstep_isal_step step = {input_count - state->avail_in, output_count - state->avail_out, 0};
    if (status < 0 && !decoder->is_in_header && held_back(state) > 0) {
        decoder->damage = status;
    } else if (status < 0) {
        step.status = status;
    } else if (state->block_state == ISAL_BLOCK_FINISH) {
        step.status = 1;
    }
    return step;
}

const char *lockstep_isal_reason(int32_t status) {
    switch (status) {
    case ISAL_INVALID_BLOCK: return "invalid block type or length";
    case ISAL_INVALID_SYMBOL: return "invalid code";
    case ISAL_INVALID_LOOKBACK: return "invalid distance too far back";
    case ISAL_INVALID_WRAPPER: return "incorrect header check";
    case ISAL_UNSUPPORTED_METHOD: return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM: return "incorrect data check or incorrect length check";
    case HEADER_MISMATCH: return "header crc mismatch";
    default: return "invalid data";
    }
}

#else

bool lockstep_isal_is_present(void) { return false; }
lockstep_isal *lockstep_isal_make(void) { return NULL; }
void lockstep_isal_free(lockstep_isal *decoder) { (void)decoder; }
void lockstep_isal_begin_member(lockstep_isal *decoder) { (void)decoder; }
lockstep_isal_step lockstep_isal_inflate(
    lockstep_isal *decoder, const uint8_t *input, uint32_t input_count, uint8_t *output,
    uint32_t output_count) {
    (void)decoder, (void)input, (void)input_count, (void)output, (void)output_count;
    lockstep_isal_step step = {0, 0, -1};
    return step;
}
const char *lockstep_isal_reason(int32_t status) {
    (void)status;
    return "ISA-L is not installed";
}

#endif
