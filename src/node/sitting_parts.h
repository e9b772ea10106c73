/* SPDX-License-Identifier: MIT */
/*
 * What the files of a sitting share: sitting.c (a life from lobby to table, step by step),
 * joining.c, orders.c and standing.c. Called by its worker alone.
 */
#ifndef NODE_SITTING_PARTS_H
#define NODE_SITTING_PARTS_H

#include "node/sitting.h"

/* Makes the table of a closed list; false when memory is exhausted. */
bool sitting_open_table(struct sitting *sitting);

/* When the list is closed now: to the table. */
void sitting_start_when_seated(struct sitting *sitting);

/* How many wait for the host's approval, or the seats'. */
unsigned sitting_count_asking(const struct sitting *sitting);

/* After each call into a core: its effects, then what follows from its new state. */
void sitting_settle(struct sitting *sitting);

/* Tells the mesh thread that this node takes part in the table's scope. */
void sitting_tell_mesh(struct sitting *sitting);

/* Replies that wait for the table: when the first is late, and giving up those that are. */
msec sitting_replies_deadline(const struct sitting *sitting);
void sitting_expire_replies(struct sitting *sitting, msec now);

#endif
