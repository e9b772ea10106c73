/* SPDX-License-Identifier: MIT */
/* Numbers as a report writes them. */
#include "report/number.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* From here on a double has no room for a fraction, and nobody reads so many digits. */
#define LARGE 1e15

/* printf() writes the locale's decimal point, which may be of several bytes: ours is one. */
static void point(char text[static NUMBER_SIZE])
{
    const char *theirs = localeconv()->decimal_point;
    char *found = *theirs == '\0' ? NULL : strstr(text, theirs);
    if (found == NULL)
        return;
    const size_t size = strlen(theirs);
    *found = '.';
    memmove(found + 1, found + size, strlen(found + size) + 1);
}

/* Drops the minus of a number that was rounded to nothing. */
static void no_negative_zero(char text[static NUMBER_SIZE])
{
    if (text[0] == '-' && strpbrk(text, "123456789") == NULL)
        memmove(text, text + 1, strlen(text));
}

/* Puts commas between the thousands of the whole part. */
static void group(char text[static NUMBER_SIZE])
{
    const size_t start = text[0] == '-' || text[0] == '+';
    size_t digits = strspn(text + start, "0123456789");
    if (text[start + digits] == 'e')
        return;
    size_t size = strlen(text) + 1;
    while (digits > 3 && size + 1 < NUMBER_SIZE) {
        digits -= 3;
        char *at = text + start + digits;
        memmove(at + 1, at, size - start - digits);
        *at = ',';
        size++;
    }
}

char *number_plain(double value, unsigned decimals, char text[static NUMBER_SIZE])
{
    if (!isfinite(value)) {
        snprintf(text, NUMBER_SIZE, "%s", NUMBER_UNKNOWN);
        return text;
    }
    const int places = decimals > 9 ? 9 : (int)decimals;
    if (fabs(value) >= LARGE)
        snprintf(text, NUMBER_SIZE, "%.2e", value);
    else
        snprintf(text, NUMBER_SIZE, "%.*f", places, value);
    point(text);
    no_negative_zero(text);
    return text;
}

char *number_decimal(double value, unsigned decimals, char text[static NUMBER_SIZE])
{
    number_plain(value, decimals, text);
    group(text);
    return text;
}

char *number_signed(double value, unsigned decimals, char text[static NUMBER_SIZE])
{
    number_decimal(value, decimals, text);
    if (text[0] == '-' || strpbrk(text, "123456789") == NULL)
        return text;
    memmove(text + 1, text, strlen(text) + 1);
    text[0] = '+';
    return text;
}

char *number_percent(double share, unsigned decimals, char text[static NUMBER_SIZE])
{
    number_decimal(100 * share, decimals, text);
    if (isfinite(share))
        strcat(text, " %");
    return text;
}

char *number_whole(int64_t value, char text[static NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%lld", (long long)value);
    group(text);
    return text;
}

char *number_count(uint64_t value, char text[static NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%llu", (unsigned long long)value);
    group(text);
    return text;
}

/* Divides by thousands until three digits are left; returns the letter for as many. */
static char thousands(double *value, double *step)
{
    static const char letters[] = {'\0', 'k', 'M', 'G', 'T', 'P', 'E'};
    size_t times = 0;
    while (fabs(*value) >= 999.5 && times + 1 < sizeof letters) {
        *value /= 1000;
        *step /= 1000;
        times++;
    }
    return letters[times];
}

static void append(char text[static NUMBER_SIZE], char letter)
{
    const size_t size = strlen(text);
    text[size] = letter;
    if (letter != '\0')
        text[size + 1] = '\0';
}

char *number_brief(double value, char text[static NUMBER_SIZE])
{
    if (!isfinite(value))
        return number_plain(value, 0, text);
    double step = 0;
    const char letter = thousands(&value, &step);
    const bool whole = letter == '\0' && fabs(value - round(value)) < 1e-9;
    const unsigned decimals = whole || fabs(value) >= 99.95 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
    append(number_plain(value, decimals, text), letter);
    return text;
}

char *number_tick(double value, double step, char text[static NUMBER_SIZE])
{
    if (!isfinite(value))
        return number_plain(value, 0, text);
    const char letter = fabs(value) < 999999.5 ? '\0' : thousands(&value, &step);
    unsigned decimals = 0;
    for (double left = step; decimals < 6 && left > 0 && left < 1e6;
         left = step * pow(10, decimals)) {
        if (fabs(left - round(left)) < 1e-6 * left + 1e-9 && round(left) >= 1)
            break;
        decimals++;
    }
    number_decimal(value, decimals, text);
    if (letter != '\0' && strchr(text, '.') != NULL) {
        size_t size = strlen(text);
        while (text[size - 1] == '0')
            text[--size] = '\0';
        if (text[size - 1] == '.')
            text[--size] = '\0';
    }
    append(text, letter);
    return text;
}

char *number_seconds(double seconds, char text[static NUMBER_SIZE])
{
    if (!isfinite(seconds) || seconds < 0) {
        snprintf(text, NUMBER_SIZE, "%s", NUMBER_UNKNOWN);
        return text;
    }
    const bool hours = seconds >= 3600;
    if (seconds < 1)
        strcat(number_brief(seconds * 1000, text), " ms");
    else if (seconds < 60)
        strcat(number_brief(seconds, text), " s");
    else if (seconds < LARGE) {
        const long long large = (long long)seconds / (hours ? 3600 : 60);
        const long long small = (long long)seconds / (hours ? 60 : 1) % 60;
        snprintf(text, NUMBER_SIZE, "%lld %s %lld %s", large, hours ? "h" : "min", small,
                 hours ? "min" : "s");
    } else
        strcat(number_decimal(seconds, 0, text), " s");
    return text;
}
