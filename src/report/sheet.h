/* SPDX-License-Identifier: MIT */
/*
 * The style sheet of the page: light or dark as the reader prefers, light on paper.
 *
 * Colours of series are those of Okabe and Ito (Color Universal Design, 2008), which colour-blind
 * readers can tell apart, made lighter for the dark page; nothing is told by colour alone.
 */
#ifndef REPORT_SHEET_H
#define REPORT_SHEET_H

/* Colours of series, s0 to s7; each further eight are dashed otherwise, d0 to d3. */
#define SHEET_SERIES 8
#define SHEET_DASHES 4

/* CSS without < and &, so that it stands in HTML and XML alike. */
extern const char sheet_css[];

#endif
