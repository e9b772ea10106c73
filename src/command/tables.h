/* SPDX-License-Identifier: MIT */
/*
 * What the commands about tables share.
 */
#ifndef COMMAND_TABLES_H
#define COMMAND_TABLES_H

#include "command/command.h"

/* The params of a call about a table: {"table": ...} if --table or an argument names one. */
json_t *tables_params(const struct invocation *invocation, const char *argument);

/* Prints what table.show answered, for people, all but the bets that are legal. */
void tables_print(const json_t *show);

#endif
