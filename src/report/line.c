/* SPDX-License-Identifier: MIT */
/* Lines of a terminal. */
#include "report/line.h"

#include <stdarg.h>
#include <string.h>

#include "report/letter.h"

#define FORMAT_SIZE 1001

static const char *const styles[] = {
    [LINE_NORMAL] = "\033[0m",  [LINE_HEADING] = "\033[1m", [LINE_FAINT] = "\033[2m",
    [LINE_GOOD] = "\033[1;32m", [LINE_BAD] = "\033[1;31m",  [LINE_ALARM] = "\033[1;37;41m",
};

void line_init(struct line *line, FILE *out, size_t limit, bool unicode, bool colour)
{
    if (limit < LINE_WIDTH_MIN)
        limit = LINE_WIDTH_MIN;
    if (limit > LINE_WIDTH_MAX)
        limit = LINE_WIDTH_MAX;
    *line = (struct line){.out = out, .limit = limit, .unicode = unicode, .colour = colour};
}

/* The next letter of text as this terminal shows it. */
static uint32_t shown(const struct line *line, const char **text)
{
    const uint32_t letter = letter_read(text);
    return letter >= 0x80 && !line->unicode ? '?' : letter;
}

size_t line_width(const struct line *line, const char *text)
{
    size_t columns = 0;
    for (uint32_t letter = shown(line, &text); letter != 0; letter = shown(line, &text))
        columns += letter_width(letter);
    return columns;
}

static void put(struct line *line, uint32_t letter)
{
    char bytes[LETTER_SIZE];
    fwrite(bytes, 1, letter_write(letter, bytes), line->out);
    line->column += letter_width(letter);
}

/* Adds text up to a column, which it does not pass. */
static void put_until(struct line *line, size_t end, const char *text)
{
    const bool fits = line->column + line_width(line, text) <= end;
    for (uint32_t letter = shown(line, &text); letter != 0; letter = shown(line, &text)) {
        if (line->column + letter_width(letter) + !fits > end)
            break;
        put(line, letter);
    }
    if (!fits && line->column < end)
        put(line, '~');
}

/* The column so many from here, within the limit. */
static size_t ahead(const struct line *line, size_t columns)
{
    const size_t left = line->limit > line->column ? line->limit - line->column : 0;
    return line->column + (columns < left ? columns : left);
}

void line_text(struct line *line, const char *text)
{
    put_until(line, line->limit, text);
}

void line_format(struct line *line, const char *format, ...)
{
    char text[FORMAT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    line_text(line, text);
}

void line_to(struct line *line, size_t column)
{
    while (line->column < column && line->column < line->limit)
        put(line, ' ');
}

void line_left(struct line *line, size_t columns, const char *text)
{
    const size_t end = ahead(line, columns);
    put_until(line, end, text);
    line_to(line, end);
}

void line_right(struct line *line, size_t columns, const char *text)
{
    const size_t end = ahead(line, columns);
    const size_t needed = line_width(line, text);
    if (line->column + needed < end)
        line_to(line, end - needed);
    put_until(line, end, text);
}

void line_style(struct line *line, enum line_style style)
{
    if (!line->colour)
        return;
    fputs(styles[style], line->out);
    line->styled = style != LINE_NORMAL;
}

void line_end(struct line *line)
{
    if (line->styled)
        line_style(line, LINE_NORMAL);
    fputc('\n', line->out);
    line->column = 0;
}

void line_wrap(struct line *line, size_t indent, const char *text)
{
    line_to(line, indent);
    while (*text != '\0') {
        char word[FORMAT_SIZE];
        const size_t size = strcspn(text, " \n");
        snprintf(word, sizeof word, "%.*s", (int)(size < FORMAT_SIZE ? size : FORMAT_SIZE - 1),
                 text);
        if (line->column > indent && line->column + 1 + line_width(line, word) > line->limit) {
            fputc('\n', line->out);
            line->column = 0;
            line_to(line, indent);
        } else if (line->column > indent) {
            put(line, ' ');
        }
        line_text(line, word);
        text += size;
        text += strspn(text, " \n");
    }
    line_end(line);
}
