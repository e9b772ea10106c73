/* SPDX-License-Identifier: MIT */
/*
 * CHECK(fact): a fact that only a bug of ours can break. Kept in release; it stops the node, which
 * is safe because everything that matters was durable before anyone heard of it.
 * Bad input from outside is never CHECKed: it gets a verdict.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Prints what broke to standard error, then aborts. Any thread. */
_Noreturn void check_failed(const char *fact, const char *file, int line);

#define CHECK(fact) ((fact) ? (void)0 : check_failed(#fact, __FILE__, __LINE__))

#endif
