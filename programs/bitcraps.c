/* SPDX-License-Identifier: MIT */
/* The client of a node: see src/command/. */
#include "command/command.h"

int main(int count, char **arguments)
{
    return command_main(count, arguments);
}
