/* SPDX-License-Identifier: MIT */
/*
 * Messages as trees, for tests and the fuzzer: compared, checked for where their memory lies, and
 * made up from a seed. Driven by descriptors, and independent of how src/frame/ walks them.
 */
#ifndef TESTS_FRAME_TREE_H
#define TESTS_FRAME_TREE_H

#include "base/types.h"
#include "frame/frame.h"

/* Whether two messages of one type mean the same. */
bool tree_equal(const ProtobufCMessage *a, const ProtobufCMessage *b);

/* Whether bytes fields lie in the input, and all else in the used part of the arena. */
bool tree_lies_in(const ProtobufCMessage *message, struct bytes input, const struct arena *arena);

/* A source of numbers that are the same for the same seed (splitmix64). */
struct dice_box {
    uint64_t state;
};

uint64_t dice_box_next(struct dice_box *box);

/* Below count. */
size_t dice_box_below(struct dice_box *box, size_t count);

/*
 * A message made up in the arena whose packing is canonical, with at most nesting_max levels. NULL
 * when the arena is too small.
 */
ProtobufCMessage *tree_invent(const ProtobufCMessageDescriptor *descriptor, struct dice_box *box,
                              struct arena *arena, unsigned nesting_max);

#endif
