/* SPDX-License-Identifier: MIT */
/* The words of a page. */
#include "report/markup.h"

#include <string.h>

#include "report/letter.h"
#include "report/number.h"

static void write_letter(FILE *out, uint32_t letter)
{
    char bytes[LETTER_SIZE];
    switch (letter) {
    case '&':
        fputs("&amp;", out);
        return;
    case '<':
        fputs("&lt;", out);
        return;
    case '>':
        fputs("&gt;", out);
        return;
    case '"':
        fputs("&quot;", out);
        return;
    case '\'':
        fputs("&#39;", out);
        return;
    }
    fwrite(bytes, 1, letter_write(letter, bytes), out);
}

void markup_text(FILE *out, const char *text)
{
    markup_cut(out, text, SIZE_MAX);
}

void markup_cut(FILE *out, const char *text, size_t letters)
{
    const char *ahead = text;
    size_t count = 0;
    while (count <= letters && letter_read(&ahead) != 0)
        count++;
    for (size_t i = 0; i < count && i < letters; i++) {
        const uint32_t letter = letter_read(&text);
        write_letter(out, count > letters && i + 1 == letters ? 0x2026 : letter);
    }
}

void markup_lines(FILE *out, const char *text)
{
    while (*text != '\0') {
        if (*text == '\n') {
            fputc('\n', out);
            text++;
            continue;
        }
        write_letter(out, letter_read(&text));
    }
}

void markup_element(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<%s>", name);
    markup_text(out, text);
    fprintf(out, "</%.*s>\n", (int)strcspn(name, " "), name);
}

void markup_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    markup_text(out, text);
    fputs("</td>", out);
}

void markup_cell_whole(FILE *out, chips value)
{
    char text[NUMBER_SIZE];
    markup_cell(out, number_whole(value, text));
}

void markup_cell_count(FILE *out, uint64_t value)
{
    char text[NUMBER_SIZE];
    markup_cell(out, number_count(value, text));
}

void markup_cell_decimal(FILE *out, double value, unsigned decimals)
{
    char text[NUMBER_SIZE];
    markup_cell(out, number_decimal(value, decimals, text));
}

void markup_cell_signed(FILE *out, double value, unsigned decimals)
{
    char text[NUMBER_SIZE];
    markup_cell(out, number_signed(value, decimals, text));
}

void markup_cell_percent(FILE *out, double share, unsigned decimals)
{
    char text[NUMBER_SIZE];
    markup_cell(out, number_percent(share, decimals, text));
}

void markup_row(FILE *out, const char *name)
{
    fputs("<tr><th scope=\"row\">", out);
    markup_text(out, name);
    fputs("</th>", out);
}

void markup_table(FILE *out, const char *caption, const char *const *columns)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    markup_text(out, caption);
    fputs("\"><table>\n<caption>", out);
    markup_text(out, caption);
    fputs("</caption>\n<thead><tr>", out);
    for (; *columns != NULL; columns++) {
        fputs("<th scope=\"col\">", out);
        markup_text(out, *columns);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

void markup_table_end(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}

void markup_paragraph(FILE *out, const char *class, const char *text)
{
    if (*text == '\0')
        return;
    fprintf(out, "<p class=\"%s\">", class);
    markup_text(out, text);
    fputs("</p>\n", out);
}

void markup_panel(FILE *out, const char *class, const char *title)
{
    fprintf(out, "<div class=\"%s\"><figure>\n", class);
    markup_element(out, "h3", title);
    fputs("<div>", out);
}

void markup_caption(FILE *out, const char *markup)
{
    fprintf(out, "</div>\n<figcaption>%s</figcaption></figure>\n", markup);
}

void markup_panel_end(FILE *out)
{
    fputs("</div>\n", out);
}

void markup_listing(FILE *out, const char *title, const char *text)
{
    markup_element(out, "h3", title);
    fputs("<pre>", out);
    markup_lines(out, text);
    fputs("</pre>\n", out);
}
