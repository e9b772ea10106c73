/* SPDX-License-Identifier: MIT */
/*
 * Text from outside (names of strategies, lines of files), letter by letter, as it may be shown:
 * what is not UTF-8, control characters and marks that change the direction of writing come out as
 * the replacement character, so that no name steers a terminal or reorders a page. Any thread.
 */
#ifndef REPORT_LETTER_H
#define REPORT_LETTER_H

#include <stddef.h>
#include <stdint.h>

/* What stands for what cannot be shown. */
#define LETTER_REPLACEMENT ((uint32_t)0xFFFD)

/* Bytes of a letter in UTF-8, at most, without a zero. */
#define LETTER_SIZE 4

/* Reads a letter and moves text behind it; 0 at the end. A line end or tab is read as a space. */
uint32_t letter_read(const char **text);

/* Writes a letter in UTF-8, without a zero; returns its bytes. */
size_t letter_write(uint32_t letter, char out[static LETTER_SIZE]);

/* Columns that a letter takes in a terminal, at most: 1 or 2. */
size_t letter_width(uint32_t letter);

#endif
