/* SPDX-License-Identifier: MIT */
/*
 * Every limit of the program, on one page. Sizes in bytes, times in milliseconds.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Tables. */
#ifndef SEATS_MAX
#define SEATS_MAX                                                                                  \
    16 /* Seats at one table, a set of which fits 16 bits; the vote itself takes 64. */
#endif
#define VIEWS_MAX         128   /* Views above the last final one that are remembered. */
#define BLOCKS_MAX        64    /* Blocks above the last final one that are held. */
#define BLOCK_SIZE_MAX    32768 /* One block's payload. */
#define BLOCK_ACTIONS_MAX 128
#define ACTION_SIZE_MAX   2048  /* One signed action; a deal for 16 seats is the largest. */
#define MESSAGE_SIZE_MAX  65536 /* One table message, before it is cut into pieces. */
#define NAME_SIZE_MAX     32    /* Names of players and tables, in bytes of UTF-8. */

/* The mesh. */
#define FRAME_SIZE_MAX  1232 /* One datagram: IPv6's minimum MTU less headers. */
#define PACKET_BODY_MAX 1104 /* What one packet carries beside header and signature. */
#define PIECE_SIZE_MAX  1000 /* A slice of a larger object. */
#define PIECES_MAX      66
#define HOP_LIMIT_MAX   31
#define NEIGHBOURS_MAX  32
#define SCOPES_MAX      64 /* Tables that one node takes part in. */
#define DEDUP_ENTRIES   4096
#define DEDUP_MSEC      120000
#define HANDSHAKES_MAX  32
#define SESSIONS_MAX    96

/* Inside the node. */
#define QUEUE_ENTRIES_DEFAULT 1000
#define ARENA_SIZE            65536 /* What unpacking one message may take. */

_Static_assert(PIECES_MAX *PIECE_SIZE_MAX >= MESSAGE_SIZE_MAX,
               "the largest message fits its pieces");

#endif
