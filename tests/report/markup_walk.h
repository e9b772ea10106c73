/* SPDX-License-Identifier: MIT */
/*
 * A walk over a page: whether it is well-formed, as XML and so as HTML, as far as pages of reports
 * go: elements nest, attributes are quoted and named once, ids are unique, references are known,
 * coordinates are numbers.
 */
#ifndef TESTS_REPORT_MARKUP_WALK_H
#define TESTS_REPORT_MARKUP_WALK_H

#include <stddef.h>

/* What is wrong first, as a sentence, with *at where in the page; NULL when nothing is. */
const char *markup_walk(const char *page, size_t *at);

/* How many elements of a name the page has. */
size_t markup_count(const char *page, const char *name);

#endif
