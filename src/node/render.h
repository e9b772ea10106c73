/* SPDX-License-Identifier: MIT */
/*
 * Tables, events and answers as JSON for the control socket. Seats are numbered from 1 here, as
 * people do; money is whole chips. Called on the worker that owns the sitting. All results are new
 * references.
 */
#ifndef NODE_RENDER_H
#define NODE_RENDER_H

#include "node/sitting.h"

/* The table's id as 64 hexadecimal digits; text holds the final zero too. */
#define RENDER_ID_SIZE 65
void render_id(const struct digest *id, char text[static RENDER_ID_SIZE]);

json_t *render_show(const struct sitting *sitting);
json_t *render_ledger(const struct sitting *sitting, bool settle);
json_t *render_order(const struct sitting *sitting, const struct sitting_reply *reply,
                     const struct table_event *event);

/* The answer to an approval: of somebody who asks, or by an event of the table. */
json_t *render_approved(const struct sitting *sitting, const struct seat *who, unsigned approvals,
                        unsigned needed);
json_t *render_approval(const struct sitting *sitting, const struct table_event *event);

/* One order of an action that was carried out. */
json_t *render_done(const struct table_event *event);
json_t *render_summary(const struct sitting_summary *summary);

/* Events, each with "event", "table" and "text"; NULL for those that are not shown. */
json_t *render_event(const struct sitting *sitting, const struct table_event *event);
json_t *render_state_event(const struct sitting *sitting, enum sitting_standing state,
                           const char *reason);
json_t *render_roll_event(const struct sitting *sitting, const struct table_event *event);
json_t *render_decision(const struct craps_decision *decision);
json_t *render_last_roll(const struct table_event *event);

#endif
