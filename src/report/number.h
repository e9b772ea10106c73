/* SPDX-License-Identifier: MIT */
/*
 * Numbers as a report writes them: always with a full stop for the fraction and commas between
 * thousands, whatever the locale, and never "nan", "inf" or "-0".
 *
 * Each function returns the buffer it was given. Any thread.
 */
#ifndef REPORT_NUMBER_H
#define REPORT_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Room for any number and its zero. */
#define NUMBER_SIZE 40

/* What stands where a number cannot be known. */
#define NUMBER_UNKNOWN "-"

/* With so many decimals: "1,234.50"; in powers of ten from 10^15 on. */
char *number_decimal(double value, unsigned decimals, char text[static NUMBER_SIZE]);

/* The same with a sign unless it is 0: "+12.5", "-3.0", "0.0". */
char *number_signed(double value, unsigned decimals, char text[static NUMBER_SIZE]);

/* The same without commas, for coordinates and machines. */
char *number_plain(double value, unsigned decimals, char text[static NUMBER_SIZE]);

/* A share of 1 in percent: 0.0141 is "1.41 %". */
char *number_percent(double share, unsigned decimals, char text[static NUMBER_SIZE]);

/* A whole number: "1,234,567". */
char *number_whole(int64_t value, char text[static NUMBER_SIZE]);
char *number_count(uint64_t value, char text[static NUMBER_SIZE]);

/* In three digits and at most 6 characters: "950", "1.25k", "-12.3M", "3.40G". */
char *number_brief(double value, char text[static NUMBER_SIZE]);

/* A tick of an axis, with as many decimals as ticks so far apart need: "1,500", "0.25", "1.5M". */
char *number_tick(double value, double step, char text[static NUMBER_SIZE]);

/* A span of seconds: "0.80 ms", "12.3 s", "4 min 5 s", "2 h 3 min". */
char *number_seconds(double seconds, char text[static NUMBER_SIZE]);

#endif
