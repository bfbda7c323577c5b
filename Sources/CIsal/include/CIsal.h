// Inflates gzip members with ISA-L (Intel Intelligent Storage Acceleration Library), two to three
// times as fast as zlib.
//
// The library is optional twice over: without its header this compiles to "not present", and it is
// loaded when first asked for, so that a binary runs where it is not installed.
#ifndef LOCKSTEP_CISAL_H
#define LOCKSTEP_CISAL_H

#include <stdbool.h>
#include <stdint.h>

// One decoder; made by lockstep_isal_make, given back by lockstep_isal_free.
typedef struct lockstep_isal lockstep_isal;

// What one call did: bytes of the input done with, bytes of the output written, and what comes next.
typedef struct {
    uint32_t consumed;
    uint32_t written;
    // 0 more, 1 the member ended, below 0 damaged (see lockstep_isal_reason).
    int32_t status;
} lockstep_isal_step;

// Whether ISA-L can be used here.
bool lockstep_isal_is_present(void);

// A decoder at the beginning of a gzip member, or NULL where there is no memory or no ISA-L.
lockstep_isal *lockstep_isal_make(void);

void lockstep_isal_free(lockstep_isal *decoder);

// Prepares for the next member.
void lockstep_isal_begin_member(lockstep_isal *decoder);

// Decodes until input or output is used up, the member ends, or it is damaged.
lockstep_isal_step lockstep_isal_inflate(
    lockstep_isal *decoder, const uint8_t *input, uint32_t input_count, uint8_t *output,
    uint32_t output_count);

// A status below 0 in words.
const char *lockstep_isal_reason(int32_t status);

#endif
