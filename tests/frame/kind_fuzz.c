/* SPDX-License-Identifier: MIT */
/*
 * Every kind of message that is sent, signed or stored: whatever bytes are accepted are the only
 * packing of what they mean, and protobuf-c agrees. The first byte chooses the kind.
 */
#include "tests/frame/tree.h"

#include "base/check.h"
#include "base/limits.h"
#include "proto/link.pb-c.h"
#include "proto/table.pb-c.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *const kinds[] = {
    &bitcraps__message__descriptor,     &bitcraps__genesis__descriptor,
    &bitcraps__sit__descriptor,         &bitcraps__seating__descriptor,
    &bitcraps__vote__descriptor,        &bitcraps__certificate__descriptor,
    &bitcraps__block__descriptor,       &bitcraps__proposal__descriptor,
    &bitcraps__status__descriptor,      &bitcraps__blocks__descriptor,
    &bitcraps__recovered__descriptor,   &bitcraps__action__descriptor,
    &bitcraps__action_body__descriptor, &bitcraps__payload__descriptor,
    &bitcraps__partial__descriptor,     &bitcraps__announce__descriptor,
    &bitcraps__link_hello__descriptor};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(max_align_t) uint8_t memory[ARENA_SIZE];
    static uint8_t packed[MESSAGE_SIZE_MAX];
    if (size == 0 || size > MESSAGE_SIZE_MAX)
        return 0;
    /* Heap memory of the exact size, so that a sanitizer sees a byte too far. */
    uint8_t *input = malloc(size - 1);
    CHECK(input != NULL);
    memcpy(input, data + 1, size - 1);
    const struct bytes in = {.at = input, .size = size - 1};
    const ProtobufCMessageDescriptor *kind = kinds[data[0] % (sizeof kinds / sizeof kinds[0])];
    struct arena arena = {.at = memory, .size = sizeof memory};
    const ProtobufCMessage *message;
    if (frame_unpack(kind, in, &arena, &message) == FRAME_OK) {
        CHECK(tree_lies_in(message, in, &arena));
        struct writer w = writer_on(packed, in.size);
        CHECK(frame_packed_size(message) == in.size && frame_pack(message, &w));
        CHECK(w.used == in.size && (in.size == 0 || memcmp(packed, in.at, in.size) == 0));
        ProtobufCMessage *other = protobuf_c_message_unpack(kind, NULL, in.size, in.at);
        CHECK(other != NULL && tree_equal(message, other));
        protobuf_c_message_free_unpacked(other, NULL);
    } else {
        CHECK(message == NULL && arena.used == 0);
    }
    free(input);
    return 0;
}
