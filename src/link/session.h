/* SPDX-License-Identifier: MIT */
/*
 * The table of sessions, and the data frames that one session seals and opens. Knows nothing of
 * what frames carry, nor of peers. Called by the other files of link/ only.
 */
#ifndef LINK_SESSION_H
#define LINK_SESSION_H

#include "link/link.h"

/* First bytes of frames: 8 + link version - 1 in the high nibble (STUN and DHT stay below 0x80). */
enum frame_kind {
    FRAME_HS1 = 0x81,
    FRAME_HS2 = 0x82,
    FRAME_HS3 = 0x83,
    FRAME_RETRY = 0x84,
    FRAME_DATA = 0x85,
};

/* Fills memory from the link's generator, whose key is replaced each time (no way back). */
void session_random(struct link *l, void *memory, size_t size);

/* value +- percent, evenly. */
msec session_jitter(struct link *l, msec value, msec percent);

/* Whether two addresses are the same. */
bool session_address_equal(const struct link_address *a, const struct link_address *b);

/* Handshakes under way that were begun by us (NOISE_INITIATOR) or by others. */
size_t session_pending(const struct link *l, enum noise_role role);

/* Whether its handshake is under way. */
bool session_is_pending(const struct link_session *s);

/*
 * A new session with a fresh index, in no state yet: the caller sets it at once. The longest
 * replaced one gives way when all slots are taken; NULL when there is none of those either.
 */
struct link_session *session_create(struct link *l, msec now, const struct link_address *address,
                                    enum noise_role role);

/* The session of that index of ours, or NULL. */
struct link_session *session_find(struct link *l, uint32_t index);

/* Its slot. */
uint32_t session_slot(const struct link *l, const struct link_session *s);

/* Forgets it and overwrites its keys. */
void session_free(struct link_session *s);

/* Appends a SEND of a datagram; false when it does not fit. */
bool session_emit(const struct link_address *to, struct bytes datagram, struct outbox *out);

/* Seals the parts, in a row, as one data frame and appends its SEND; false when it does not fit. */
bool session_send(struct link *l, struct link_session *s, const struct link_address *to,
                  const struct bytes *parts, size_t count, enum link_urgency urgency,
                  struct outbox *out);

/* One record of the link's own, in a frame by itself; false when it does not fit. */
bool session_send_record(struct link *l, struct link_session *s, const struct link_address *to,
                         enum link_record_type type, struct bytes body, struct outbox *out);

/*
 * Opens a data frame of size bytes in place. LINK_TOOK_RECORDS: *plain is what it carries, its
 * counter is noted, and *newest tells whether it is the highest so far.
 */
enum link_verdict session_open(struct link_session *s, uint8_t *datagram, size_t size,
                               struct bytes *plain, bool *newest);

#endif
