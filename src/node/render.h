/* SPDX-License-Identifier: MIT */
/*
 * Tables, events and answers as JSON for the control socket. Seats are numbered from 1 here, as
 * people do; money is whole chips. Called on the worker that owns the session. All results are new
 * references.
 */
#ifndef NODE_RENDER_H
#define NODE_RENDER_H

#include "node/session.h"

/* The table's id as 64 hexadecimal digits; text holds the final zero too. */
#define RENDER_ID_SIZE 65
void render_id(const struct digest *id, char text[static RENDER_ID_SIZE]);

json_t *render_show(const struct session *session);
json_t *render_ledger(const struct session *session, bool settle);
json_t *render_order(const struct session *session, const struct session_reply *reply,
                     const struct table_event *event);
json_t *render_summary(const struct session_summary *summary);

/* Events, each with "event", "table" and "text"; NULL for those that are not shown. */
json_t *render_event(const struct session *session, const struct table_event *event);
json_t *render_state_event(const struct session *session, enum session_standing state,
                           const char *reason);
json_t *render_roll_event(const struct session *session, const struct table_event *event);
json_t *render_decision(const struct craps_decision *decision);
json_t *render_last_roll(const struct table_event *event);

#endif
