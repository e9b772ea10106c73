/* SPDX-License-Identifier: MIT */
/*
 * Which session of a peer is used, and when a peer comes and goes. A session counts from its first
 * data frame on; until then a handshake, even a complete one, changes nothing about its peer.
 *
 * Of each kind of address a peer has one session at most. That of the best kind is used, the others
 * stand by. Of two sessions of one kind with one peer, both nodes keep the same without a word:
 *   the peer has restarted (higher boot): the new one, at once, and DOWN and UP are told;
 *   the old one is silent since the new one began: the new one, for the peer may have lost the old;
 *   begun by different nodes (crossed dials): that which the smaller node id began;
 *   else (fresh keys): the new one.
 * What is not kept still receives for LINK_DRAIN_MSEC. Called by link.c only.
 */
#ifndef LINK_PEER_H
#define LINK_PEER_H

#include "link/link.h"

/* The peer that is this node, up or not, or LINK_NONE. */
uint32_t peer_find(const struct link *l, const struct node_id *node);

/*
 * The first data frame of a session came: makes it its peer's, or one that drains. Anything but
 * LINK_TOOK_RECORDS: there is no room for the peer, or it is stale, and the session is gone.
 */
enum link_verdict peer_adopt(struct link *l, msec now, struct link_session *s, struct outbox *out);

/*
 * A frame came on a proven session: moves to it when the peer has evidently done so. carries: it
 * had records for the caller, which peers send on the session that they have chosen only.
 */
void peer_follow(struct link *l, msec now, struct link_session *s, bool carries,
                 struct outbox *out);

/* Forgets a peer's sessions and tells so. left: it said so itself, so it is not redialled at once.
 */
void peer_down(struct link *l, msec now, uint32_t number, bool left, struct outbox *out);

/* The path of a proven session is lost: its peer moves to another one, or is down. */
void peer_lost(struct link *l, msec now, struct link_session *s, struct outbox *out);

/* The session of a peer over that kind of address that is used or stands by, or NULL. */
struct link_session *peer_path(struct link *l, uint32_t number, uint8_t kind);

/* The best of the peer's sessions that stand by, or NULL. */
struct link_session *peer_standby(struct link *l, uint32_t number);

/* Sends what waits for company; false when it does not fit the outbox. */
bool peer_flush(struct link *l, struct link_peer *peer, struct outbox *out);

/* An attempt to dial came to nothing: sets when the next one is due. */
void peer_dial_failed(struct link *l, msec now, uint32_t dial);

#endif
