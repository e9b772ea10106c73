/* SPDX-License-Identifier: MIT */
/*
 * Whatever bytes are accepted are the only packing of what they mean, and protobuf-c agrees. The
 * first byte chooses the message type and whether the arena is small.
 */
#include "base/check.h"
#include "frame/frame.h"
#include "tests/frame/presence.pb-c.h"
#include "tests/frame/sample.pb-c.h"
#include "tests/frame/tree.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_TRIED 4096
#define ARENA_TRIED    65536
#define ARENA_SMALL    512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const types[] = {
    &sample__scalars__descriptor, &sample__repeats__descriptor,     &sample__choice__descriptor,
    &sample__vote__descriptor,    &presence__optionals__descriptor, &sample__batch__descriptor};

static void check_accepted(const ProtobufCMessage *message, struct bytes in,
                           const struct arena *arena)
{
    static uint8_t packed[SIZE_MAX_TRIED];
    CHECK(tree_lies_in(message, in, arena));
    CHECK(frame_packed_size(message) == in.size);
    struct writer w = writer_on(packed, in.size);
    CHECK(frame_pack(message, &w));
    CHECK(w.used == in.size && (in.size == 0 || memcmp(packed, in.at, in.size) == 0));
    ProtobufCMessage *other = protobuf_c_message_unpack(message->descriptor, NULL, in.size, in.at);
    CHECK(other != NULL);
    CHECK(tree_equal(message, other));
    CHECK(protobuf_c_message_get_packed_size(other) == in.size);
    CHECK(protobuf_c_message_pack(other, packed) == in.size);
    CHECK(in.size == 0 || memcmp(packed, in.at, in.size) == 0);
    protobuf_c_message_free_unpacked(other, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > SIZE_MAX_TRIED)
        return 0;
    const size_t choice = data[0] % (2 * sizeof types / sizeof types[0]);
    const size_t arena_size = choice % 2 == 0 ? ARENA_TRIED : ARENA_SMALL;
    /* Heap memory of the exact sizes, so that a sanitizer sees a byte too far. */
    uint8_t *input = malloc(size - 1);
    struct arena arena = {.at = malloc(arena_size), .size = arena_size};
    CHECK(input != NULL && arena.at != NULL);
    memcpy(input, data + 1, size - 1);
    const struct bytes in = {.at = input, .size = size - 1};
    const ProtobufCMessage *message;
    const enum frame_verdict verdict = frame_unpack(types[choice / 2], in, &arena, &message);
    CHECK((verdict == FRAME_OK) == (message != NULL));
    if (verdict == FRAME_OK)
        check_accepted(message, in, &arena);
    else
        CHECK(arena.used == 0);
    free(input);
    free(arena.at);
    return 0;
}
