/* SPDX-License-Identifier: MIT */
/*
 * What can be saved of a damaged journal: the rows before the damage. They make a new file, with
 * the same numbers and chain; the damaged one stays under another name. What came after them is
 * lost to the node, and may have been said to others: its owner has to know. Called at start,
 * before the journal is opened.
 */
#ifndef JOURNAL_SALVAGE_H
#define JOURNAL_SALVAGE_H

#include "journal/journal.h"

#define SALVAGE_NAME_SIZE 400

struct salvage {
    bool damaged; /* Otherwise the journal is whole, or there is none: nothing was touched. */
    uint64_t rows;
    char aside[SALVAGE_NAME_SIZE]; /* The name of the damaged file. */
};

/*
 * Looks at the journal at path and saves what can be saved. On anything but JOURNAL_OK the journal
 * is as it was, and sentence says what is wrong and what to do next.
 */
enum journal_verdict journal_salvage(const char *path, struct salvage *out,
                                     char sentence[static JOURNAL_SENTENCE_SIZE]);

#endif
