/* SPDX-License-Identifier: MIT */
/* What a stream can show. */
#include "report/report.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report/line.h"

#define WIDTH_USUAL 80

static bool is(const char *variable, const char *value)
{
    const char *found = getenv(variable);
    return found != NULL && strcmp(found, value) == 0;
}

/* https://no-color.org: set to anything but nothing. */
static bool colour_unwanted(void)
{
    const char *found = getenv("NO_COLOR");
    return (found != NULL && *found != '\0') || is("TERM", "dumb");
}

static size_t width_of(int terminal)
{
    struct winsize size;
    if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_USUAL;
    if (size.ws_col < LINE_WIDTH_MIN)
        return LINE_WIDTH_MIN;
    return size.ws_col > LINE_WIDTH_MAX ? LINE_WIDTH_MAX : size.ws_col;
}

struct report_options report_options_for(FILE *out, bool plain)
{
    const int file = fileno(out);
    const bool terminal = file >= 0 && isatty(file) == 1;
    return (struct report_options){
        .width = terminal ? width_of(file) : WIDTH_USUAL,
        .unicode = !plain && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && !is("TERM", "linux"),
        .colour = !plain && terminal && !colour_unwanted(),
    };
}
