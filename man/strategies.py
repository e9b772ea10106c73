# SPDX-License-Identifier: MIT
"""Writes the manual page bitcraps-strategies(5) from strategies/README.md, whose text is the
reference of the language: strategies.py README.md >bitcraps-strategies.5"""

import re
import sys

HEAD = r'''.\" SPDX-License-Identifier: MIT
.\" Written by man/strategies.py from strategies/README.md.
.TH BITCRAPS\-STRATEGIES 5 2026-11-21 BitCraps "File Formats"
.SH NAME
bitcraps\-strategies \- language of strategies for craps
.SH DESCRIPTION
'''
TAIL = r'''.SH "SEE ALSO"
.BR bitcraps (1)
'''
# Code, and what is strong.
MARKS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")


def literal(text):
    """Text in which roff sees nothing of its own."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return r"\&" + text if text.startswith(".") else text


def prose(text):
    written, last = "", 0
    for mark in MARKS.finditer(text):
        written += literal(text[last:mark.start()])
        written += rf"\fB{literal(mark.group(1) or mark.group(2))}\fR"
        last = mark.end()
    written += literal(text[last:])
    return r"\&" + written if written.startswith((".", r"\(aq")) else written


def cells(row):
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def table(rows):
    """Each row of two cells as a tagged paragraph; the two lines of the heading are left out."""
    for row in rows[2:]:
        tag, text = cells(row)
        yield ".TP"
        yield prose(tag.replace("` `", "`, `"))
        yield prose(text) if text else r"\&"


def code(lines):
    yield from [".PP", ".RS 4", ".EX"]
    yield from (literal(line) for line in lines)
    yield from [".EE", ".RE"]


def blocks(text):
    """The parts between empty lines; code is one part."""
    for part in re.split(r"(^```\n.*?^```\n)", text, flags=re.M | re.S):
        if part.startswith("```"):
            yield part.splitlines()
        else:
            yield from (block.strip().splitlines() for block in part.split("\n\n") if block.strip())


def page(text):
    fresh = True  # No paragraph needs to be begun right after a heading.
    for lines in blocks(text):
        if lines[0].startswith("# "):
            continue
        if lines[0].startswith("## "):
            yield f'.SH "{literal(lines[0][3:].upper())}"'
            fresh = True
            continue
        if lines[0].startswith("|"):
            yield from table(lines)
        elif lines[0].startswith("```"):
            yield from code(lines[1:-1])
        else:
            yield from [] if fresh else [".PP"]
            yield from map(prose, lines)
        fresh = False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = page(file.read().replace("of this folder", "of the library"))
    sys.stdout.write(HEAD + "\n".join(lines) + "\n" + TAIL)


main()
