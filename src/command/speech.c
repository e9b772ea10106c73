/* SPDX-License-Identifier: MIT */
#include "command/speech.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- Foreign text -----------------------------------------------------------------------------
 */

/* How many bytes at text are one character that must not reach a terminal; 0 if it may. */
static size_t unwanted(const char *text)
{
    const unsigned char a = (unsigned char)text[0];
    if (a < 0x20 || a == 0x7F)
        return 1;
    const unsigned char b = (unsigned char)text[1];
    if (a == 0xC2 && b >= 0x80 && b <= 0x9F) /* C1 controls. */
        return 2;
    if (a == 0xD8 && b == 0x9C) /* U+061C */
        return 2;
    if (a != 0xE2 || b == 0)
        return 0;
    const unsigned char c = (unsigned char)text[2];
    bool mark = b == 0x80 && (c == 0x8E || c == 0x8F || (c >= 0xA8 && c <= 0xAE));
    bool isolate = b == 0x81 && c >= 0xA6 && c <= 0xA9;
    return mark || isolate ? 3 : 0;
}

void speech_clean_text(char *text)
{
    char *to = text;
    while (*text) {
        size_t skipped = unwanted(text);
        *to++ = skipped > 0 ? '?' : *text;
        text += skipped > 0 ? skipped : 1;
    }
    *to = '\0';
}

static void clean_string(json_t *value)
{
    char text[2 * SPEECH_SIZE];
    const char *from = json_string_value(value);
    bool dirty = false;
    for (const char *at = from; *at; at++)
        dirty |= unwanted(at) > 0;
    if (!dirty)
        return;
    snprintf(text, sizeof text, "%s", from);
    speech_clean_text(text);
    if (json_string_set(value, text) < 0) /* Cut inside a character. */
        json_string_set(value, "?");
}

void speech_clean(json_t *value)
{
    const char *key;
    size_t index;
    json_t *inner;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        json_object_foreach(value, key, inner) speech_clean(inner);
        break;
    case JSON_ARRAY:
        json_array_foreach(value, index, inner) speech_clean(inner);
        break;
    case JSON_STRING:
        clean_string(value);
        break;
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
}

/* ---- Fields -----------------------------------------------------------------------------------
 */

const char *speech_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "unknown";
}

json_int_t speech_number(const json_t *object, const char *key, json_int_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

const char *speech_count(const json_t *object, const char *key, char buffer[static 24])
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return "unknown";
    snprintf(buffer, 24, "%lld", (long long)json_integer_value(value));
    return buffer;
}

/* ---- Rolls ------------------------------------------------------------------------------------
 */

/* Appends as printf; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) static void add(char out[static SPEECH_SIZE],
                                                      const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + used, SPEECH_SIZE - used, format, arguments);
    va_end(arguments);
}

/* The bytes of a bet's name before its number: 6 of "place 6"; 0 if it has none. */
static size_t size_of_kind(const char *bet)
{
    const char *last = strrchr(bet, ' ');
    return last && last[1] >= '0' && last[1] <= '9' ? (size_t)(last + 1 - bet) : 0;
}

void speech_bets(const json_t *bets, char out[static SPEECH_SIZE])
{
    size_t index;
    json_t *bet;
    const char *before = "";
    out[0] = '\0';
    json_array_foreach(bets, index, bet)
    {
        const char *name = json_string_value(bet) ? json_string_value(bet) : "unknown";
        size_t kind = size_of_kind(name);
        if (kind > 0 && kind == size_of_kind(before) && memcmp(name, before, kind) == 0)
            add(out, "/%s", name + kind);
        else
            add(out, "%s%s", index > 0 ? ", " : "", name);
        before = name;
    }
}

/* ---- Orders -----------------------------------------------------------------------------------
 */

static bool is_deed(const json_t *order, const char *deed, const char *call)
{
    return strcmp(speech_text(order, "deed"), deed) == 0 &&
           (call == NULL || strcmp(speech_text(order, "call"), call) == 0);
}

/* "You put 5 on place 4, 6 on place 6: 11 in all." */
static void add_moved(char out[static SPEECH_SIZE], const json_t *orders, const char *deed,
                      const char *verb, const char *where)
{
    size_t index;
    json_t *order;
    long long sum = 0;
    long long vig = 0;
    unsigned count = 0;
    json_array_foreach(orders, index, order)
    {
        if (!is_deed(order, deed, NULL))
            continue;
        const long long amount = (long long)speech_number(order, "amount", 0);
        const long long cost = (long long)speech_number(order, "cost", 0);
        if (count == 0)
            add(out, "%sYou %s ", out[0] ? " " : "", verb);
        add(out, "%s%lld %s %s", count > 0 ? ", " : "", amount, where, speech_text(order, "bet"));
        sum += amount;
        vig += cost != 0 ? cost - amount : 0;
        count++;
    }
    if (count > 1)
        add(out, ": %lld in all", sum);
    if (vig > 0)
        add(out, ", and %lld of vig", vig);
    if (count > 0)
        add(out, ".");
}

static void add_called(char out[static SPEECH_SIZE], const json_t *orders, const char *call,
                       const char *one, const char *several)
{
    size_t index;
    json_t *order;
    unsigned count = 0;
    json_array_foreach(orders, index, order)
    {
        if (!is_deed(order, "call", call))
            continue;
        const char *bet = speech_text(order, "bet");
        const char *before = count > 0 ? ", " : out[0] ? " " : "";
        const size_t at = strlen(out) + strlen(before);
        add(out, "%s%s", before, bet);
        if (count == 0 && at < SPEECH_SIZE - 1 && out[at] >= 'a' && out[at] <= 'z')
            out[at] = (char)(out[at] - 'a' + 'A');
        count++;
    }
    if (count > 0)
        add(out, " %s.", count == 1 ? one : several);
}

void speech_orders(const json_t *answer, char out[static SPEECH_SIZE])
{
    const json_t *orders = json_object_get(answer, "orders");
    out[0] = '\0';
    add_moved(out, orders, "add", "put", "on");
    add_moved(out, orders, "take", "took", "off");
    add_called(out, orders, "off", "is off", "are off");
    add_called(out, orders, "working", "is working", "are working");
    add_called(out, orders, "usual", "works as the house has it", "work as the house has it");
    if (json_is_true(json_object_get(answer, "more")))
        add(out, " There was more: say it again.");
}

/* "Roll 14: 4 and 3, seven out" */
static void add_dice(char out[static SPEECH_SIZE], const json_t *event)
{
    const json_t *dice = json_object_get(event, "dice");
    char call[256];
    snprintf(call, sizeof call, "%s", speech_text(event, "call"));
    size_t size = strlen(call);
    if (size > 0 && call[size - 1] == '.') /* Here the call is a part of a sentence. */
        call[size - 1] = '\0';
    if (call[0] >= 'A' && call[0] <= 'Z')
        call[0] = (char)(call[0] - 'A' + 'a');
    add(out, "Roll %lld: %lld and %lld, %s", (long long)speech_number(event, "roll", 0),
        (long long)json_integer_value(json_array_get(dice, 0)),
        (long long)json_integer_value(json_array_get(dice, 1)), call);
}

void speech_roll(const json_t *event, char out[static SPEECH_SIZE])
{
    size_t index;
    json_t *seat;
    json_int_t point = speech_number(event, "point", 0);
    out[0] = '\0';
    add_dice(out, event);
    if (point > 0)
        add(out, ". Point %lld.", (long long)point);
    else
        add(out, ". Point off.");
    json_array_foreach(json_object_get(event, "seats"), index, seat)
    {
        json_int_t net = speech_number(seat, "net", 0);
        add(out, "%s %s %s%lld", index > 0 ? "," : "", speech_text(seat, "name"),
            net > 0 ? "+" : "", (long long)net);
    }
    add(out, ". Height %lld.", (long long)speech_number(event, "height", 0));
}

static void add_decision(char out[static SPEECH_SIZE], const json_t *decision, long long total)
{
    const char *bet = speech_text(decision, "bet");
    const char *outcome = speech_text(decision, "outcome");
    long long amount = (long long)speech_number(decision, "amount", 0);
    if (strcmp(outcome, "win") == 0)
        add(out, " You win %lld on %s.", (long long)speech_number(decision, "profit", 0), bet);
    else if (strcmp(outcome, "lose") == 0)
        add(out, " You lose %lld on %s.", amount, bet);
    else if (strcmp(outcome, "push") == 0)
        add(out, " Your %lld on %s push.", amount, bet);
    else if (strcmp(outcome, "return") == 0)
        add(out, " Your %lld on %s come back.", amount, bet);
    else if (strcmp(outcome, "travel") == 0 && !strstr(bet, "pass")) /* Those just stay. */
        add(out, " Your %lld on %s go to the %lld.", amount, bet, total);
}

static long long total_of(const json_t *event)
{
    const json_t *dice = json_object_get(event, "dice");
    return (long long)(json_integer_value(json_array_get(dice, 0)) +
                       json_integer_value(json_array_get(dice, 1)));
}

void speech_own_roll(const json_t *event, json_int_t seat, char out[static SPEECH_SIZE])
{
    size_t index;
    json_t *entry;
    out[0] = '\0';
    add_dice(out, event);
    add(out, ".");
    json_array_foreach(json_object_get(event, "decisions"), index, entry)
    {
        if (speech_number(entry, "seat", 0) == seat)
            add_decision(out, entry, total_of(event));
    }
    json_array_foreach(json_object_get(event, "seats"), index, entry)
    {
        if (speech_number(entry, "seat", 0) == seat)
            add(out, " Balance %lld.", (long long)speech_number(entry, "rail", 0));
    }
    json_int_t point = speech_number(event, "point", 0);
    if (point > 0)
        add(out, " The point is %lld.", (long long)point);
    else
        add(out, " Come-out next.");
    json_int_t shooter = speech_number(event, "shooter", 0);
    if (json_is_true(json_object_get(event, "seven_out")) && shooter > 0)
        add(out, " Seat %lld shoots%s.", (long long)shooter, shooter == seat ? ": you" : "");
}

void speech_print_wrapped(const char *words, size_t column)
{
    size_t at = column;
    while (*words != '\0') {
        const size_t size = strcspn(words, " ");
        if (at > column && at + 1 + size > SPEECH_COLUMNS) {
            printf("\n%*s", (int)column, "");
            at = column;
        }
        at += (size_t)printf("%s%.*s", at > column ? " " : "", (int)size, words);
        words += size;
        words += strspn(words, " ");
    }
    putchar('\n');
}

void speech_phrase(char *text)
{
    const size_t size = strlen(text);
    if (text[0] >= 'A' && text[0] <= 'Z' &&
        (text[1] == ' ' || (text[1] >= 'a' && text[1] <= 'z')) &&
        !(text[0] == 'I' && text[1] == ' '))
        text[0] = (char)(text[0] - 'A' + 'a');
    if (size > 1 && text[size - 1] == '.' && text[size - 2] != '.')
        text[size - 1] = '\0';
}
