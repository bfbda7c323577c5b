#ifndef LOCKSTEP_CSCAN_H
#define LOCKSTEP_CSCAN_H

// Two things that Swift has no word for: which of 64 bytes are a mark, as the bits of one word,
// and asking for memory ahead of its use. Both are inlined into the Swift that calls them.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

// Bit n is set where text[n] is a quote or a backslash, for the 64 bytes at text.
static inline uint64_t lockstep_marks_of_64(const uint8_t *text) {
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    uint64_t marks = 0;
    for (int part = 0; part < 4; part++) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(text + 16 * part));
        const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
        marks |= (uint64_t)(uint16_t)_mm_movemask_epi8(hits) << (16 * part);
    }
    return marks;
#elif defined(__ARM_NEON) && defined(__aarch64__)
    const uint8x16_t quote = vdupq_n_u8('"');
    const uint8x16_t slash = vdupq_n_u8('\\');
    const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t hits[4];
    for (int part = 0; part < 4; part++) {
        const uint8x16_t bytes = vld1q_u8(text + 16 * part);
        hits[part] = vandq_u8(vorrq_u8(vceqq_u8(bytes, quote), vceqq_u8(bytes, slash)), bits);
    }
    const uint8x16_t low = vpaddq_u8(hits[0], hits[1]);
    const uint8x16_t high = vpaddq_u8(hits[2], hits[3]);
    const uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
#else
    uint64_t marks = 0;
    for (int place = 0; place < 64; place++) {
        marks |= (uint64_t)(text[place] == '"' || text[place] == '\\') << place;
    }
    return marks;
#endif
}

// Sets bit n of marks where text[n] is a quote or a backslash; all bits from count on are 0.
// marks has room for count / 64 + 2 words, so that a word can be read at any byte of the first
// count / 8.
static inline void lockstep_marks(const uint8_t *text, size_t count, uint64_t *marks) {
    size_t place = 0;
    for (; place + 64 <= count; place += 64) *marks++ = lockstep_marks_of_64(text + place);
    uint8_t rest[64] = {0};
    memcpy(rest, text + place, count - place);
    *marks++ = lockstep_marks_of_64(rest);
    *marks = 0;
}

// Asks for the cache line at place, and waits for nothing.
static inline void lockstep_prefetch(const void *place) { __builtin_prefetch(place, 1, 3); }

#endif
