/* SPDX-License-Identifier: MIT */
/*
 * Handshake frames: begins one, answers what comes, sends again. It leaves a session with keys,
 * which nothing relies on until its first data frame (peer.h). Called by link.c only.
 *
 *     initiator                      responder
 *     SENT_HS1   -- HS1, padded -->                the same HS1 again: HS2 again
 *                <-- RETRY --------                under load, stateless: HS1 again with the token
 *                <-- HS2 ----------  SENT_HS2
 *     SENT_HS3   -- HS3, PING ---->  GOT_HS3       the initiator drives all repetitions
 *     PROVEN     <-- PING, PONG ---  PROVEN
 *
 * No frame before PROVEN carries anything but a PING or a PONG: one that overtakes its HS3 is
 * dropped at no loss, so none is ever held.
 *
 * Timers: retransmit (initiator), began + LINK_HANDSHAKE_MSEC (both); link.c expires them.
 */
#ifndef LINK_HANDSHAKE_H
#define LINK_HANDSHAKE_H

#include "link/link.h"

/*
 * Begins a handshake as initiator and sends HS1; ticket and pin may be NULL. NULL without room.
 */
struct link_session *handshake_begin(struct link *l, msec now, const struct link_address *to,
                                     const uint8_t *ticket, const struct node_id *pin,
                                     struct outbox *out);

/* Sends the initiator's last message again, as its timer asks. */
void handshake_repeat(struct link *l, msec now, struct link_session *s, struct outbox *out);

/* Takes a frame whose first byte says that it is of a handshake. */
enum link_verdict handshake_receive(struct link *l, msec now, const struct link_address *from,
                                    struct bytes datagram, struct outbox *out);

/* The id under which a handshake frame names a ticket. */
void handshake_ticket_id(const uint8_t ticket[static NOISE_KEY_SIZE],
                         uint8_t id[static LINK_TICKET_ID_SIZE]);

#endif
