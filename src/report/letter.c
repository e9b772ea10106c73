/* SPDX-License-Identifier: MIT */
/* Text from outside, letter by letter. */
#include "report/letter.h"

#include <stdbool.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct range {
    uint32_t first;
    uint32_t last;
};

/* Not to be shown: controls, directions and what is invisible (Unicode 15, general categories Cc
 * and Cf, and line separators), and what is no character. */
static const struct range hidden[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x61C, 0x61C},
    {0x180E, 0x180E}, {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0xD800, 0xDFFF}, {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF}, {0x1FFFE, 0x1FFFF}, {0x2FFFE, 0x2FFFF}, {0x3FFFE, 0xFFFFFFFF},
};

/* Two columns wide (Unicode 15, East Asian Width W and F, in blocks). */
static const struct range wide[] = {
    {0x1100, 0x115F}, {0x231A, 0x231B},   {0x23E9, 0x23F3},   {0x25FD, 0x25FE},
    {0x2600, 0x27BF}, {0x2B1B, 0x2B55},   {0x2E80, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},   {0xFE10, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6}, {0x16FE0, 0x18DFF}, {0x1AFF0, 0x1B2FF}, {0x1F000, 0x3FFFD},
};

static bool within(uint32_t letter, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (letter >= ranges[i].first && letter <= ranges[i].last)
            return true;
    return false;
}

/* How many bytes follow a first byte, and the least letter that needs so many; -1: none begins so.
 */
static int following(unsigned char first, uint32_t *least)
{
    *least = first < 0xE0 ? 0x80 : first < 0xF0 ? 0x800 : 0x10000;
    if (first < 0x80)
        return *least = 0, 0;
    if (first >= 0xC2 && first < 0xE0)
        return 1;
    if (first >= 0xE0 && first < 0xF0)
        return 2;
    return first >= 0xF0 && first < 0xF5 ? 3 : -1;
}

uint32_t letter_read(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    if (*at == '\0')
        return 0;
    uint32_t least;
    const int more = following(*at, &least);
    uint32_t letter = more > 0 ? *at & (0x3Fu >> more) : *at;
    int read = 0;
    while (read < more && (at[1 + read] & 0xC0) == 0x80)
        letter = letter << 6 | (at[1 + read++] & 0x3F);
    *text += 1 + read;
    if (more < 0 || read < more || letter < least)
        return LETTER_REPLACEMENT;
    if (letter == '\t' || letter == '\n' || letter == '\r')
        return ' ';
    return within(letter, hidden, COUNT(hidden)) ? LETTER_REPLACEMENT : letter;
}

size_t letter_write(uint32_t letter, char out[static LETTER_SIZE])
{
    if (letter < 0x80) {
        out[0] = (char)letter;
        return 1;
    }
    const size_t more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (letter & 0x3F));
        letter >>= 6;
    }
    static const unsigned char firsts[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(firsts[more] | letter);
    return more + 1;
}

size_t letter_width(uint32_t letter)
{
    return within(letter, wide, COUNT(wide)) ? 2 : 1;
}
