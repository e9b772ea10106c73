/* SPDX-License-Identifier: MIT */
/* How the node stands, and whom it is linked to, as the client asks for it. */
#ifndef NODE_STATUS_H
#define NODE_STATUS_H

#include "node/carrier.h"

#include <jansson.h>

/* An object of the schemas bitcraps.status/1 and bitcraps.peers/1; the caller's. Mesh thread. */
json_t *status_of_node(const struct carrier *carrier, msec now);
json_t *status_of_peers(const struct carrier *carrier, msec now);

#endif
