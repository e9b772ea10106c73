/* SPDX-License-Identifier: MIT */
/*
 * Protobuf messages read in place and written once, without allocation.
 *
 * Reads and writes protobuf-c's generated structs, driven by their descriptors. One message has one
 * encoding: what is read is canonical proto3 or refused, so that packing what was unpacked gives
 * the same bytes, and a digest over received bytes is a digest over their meaning. What the fields
 * mean is the caller's to judge. Called by any core or shell, on the thread that owns the memory.
 *
 * Supported: uint32, uint64, int32, int64, sint32, sint64, bool, enum, bytes, string and message;
 * one, optional, repeated (packed) or in a oneof. Another kind in a descriptor is a bug: CHECK.
 */
#ifndef FRAME_FRAME_H
#define FRAME_FRAME_H

#include "base/types.h"
#include "base/wire.h"

#include <protobuf-c/protobuf-c.h>

/* Messages within messages, the outermost counted. */
#define FRAME_NESTING_MAX 8

/* A caller's memory that unpacking fills from the front; used = 0 empties it. */
struct arena {
    uint8_t *at;
    size_t size;
    size_t used;
};

/* Why bytes are not a canonical message. */
enum frame_verdict {
    FRAME_OK,
    FRAME_TRUNCATED,     /* Ends inside a tag, a number or what a length promised. */
    FRAME_VARINT_PADDED, /* A number longer than it need be. */
    FRAME_VARINT_LONG,   /* A number of more than 64 bits. */
    FRAME_NUMBER_RANGE,  /* A number beyond the 32 bits of its field. */
    FRAME_BOOL_RANGE,    /* A bool other than 0 and 1. */
    FRAME_ENUM_UNKNOWN,  /* A value that its enum does not name. */
    FRAME_FIELD_NUMBER,  /* Field number 0 or above 2^29 - 1; trailing zeros look like that. */
    FRAME_FIELD_UNKNOWN, /* A field that the message does not have. */
    FRAME_FIELD_ORDER,   /* A field after one of a higher number. */
    FRAME_FIELD_TWICE,   /* A field that is not repeated, or a packed one, again. */
    FRAME_ONEOF_TWICE,   /* A second member of a oneof. */
    FRAME_WIRE_TYPE,     /* Not the wire type of the field. */
    FRAME_UNPACKED,      /* Repeated numbers one by one, not packed. */
    FRAME_DEFAULT,       /* A zero or something empty spelled out where absence says it. */
    FRAME_STRING_UTF8,   /* A string that is not UTF-8 (RFC 3629, section 4). */
    FRAME_STRING_NUL,    /* A string with a NUL inside. */
    FRAME_NESTING,       /* Deeper than FRAME_NESTING_MAX. */
    FRAME_ARENA_FULL,    /* Does not fit the arena. */
    FRAME_VERDICTS
};

/* A phrase for a verdict, for traces; static memory. */
const char *frame_verdict_text(enum frame_verdict verdict);

/*
 * Unpacks all of in as one message of the described type into *out, which lies in the arena. Its
 * bytes fields are slices of in, which must outlive it, and are not to be written to although
 * protobuf-c's type would let you; strings, repeated fields and messages lie in the arena. What is
 * absent is as the generated init leaves it. On any verdict but FRAME_OK *out is NULL and the arena
 * is as full as before. Never call protobuf_c_message_free_unpacked on the result.
 * (Protocol Buffers encoding specification; proto3.)
 */
enum frame_verdict frame_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes in,
                                struct arena *arena, const ProtobufCMessage **out);

/* Bytes that frame_pack will write for the message. */
size_t frame_packed_size(const ProtobufCMessage *message);

/*
 * Appends the message to w, as protobuf_c_message_pack would write it. False when it does not fit
 * (w->failed is set, w->used is as before). Nesting beyond FRAME_NESTING_MAX or unknown fields in
 * the message are a bug: CHECK. Canonical if every string is UTF-8 and every enum value is named.
 */
bool frame_pack(const ProtobufCMessage *message, struct writer *w);

#endif
