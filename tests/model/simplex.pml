/* SPDX-License-Identifier: MIT */
/*
 * The voting rules of src/consensus/ as a model for spin: Simplex (Chan, Pass, TCC 2023, eprint
 * 2023/463) with four seats, one of which may do anything, over VIEWS views, 2 or 3.
 *
 * Honest seats 0, 1, 2 follow the rules; the fourth is the liar. He votes for everything: a quorum of
 * three is any two honest votes. Messages are a growing set that everybody may read at any time or
 * never, which covers every delay, loss, order and repetition, and a crash between writing the log
 * and sending. A crash forgets all but the log, so that a seat may vote in any view at any time. The
 * blocks are chosen at the start: in a view that the liar leads two, on any parents; in another one.
 *
 * Checked in every state: no honest key signs two statements that conflict, and of any two final
 * blocks one is an ancestor of the other.
 *
 * BREAK leaves a rule out, to show that the model would notice:
 *   1  a quorum of two                              4  sent first, then written to the log
 *   2  FINALIZE although NULLIFY was sent           5  a second NOTARIZE in one view
 *   3  views between parent and child unexamined    6  NULLIFY although FINALIZE was sent
 */
#ifndef VIEWS
#define VIEWS 2
#endif
#ifndef BREAK
#define BREAK 0
#endif
#if BREAK == 1
#define QUORUM 1 /* Of honest votes. */
#else
#define QUORUM 2
#endif

/* Blocks by view and number, 1 or 2; the genesis is 0. */
#define B(view, id) (2 * (view) + (id)-2)
#define VIEW_OF(b)  (((b) + 1) / 2)
#define BLOCKS      (2 * VIEWS + 1)
#define NOBODY      255

/* What was sent; bit i: by honest seat i. And the logs, which are the same unless BREAK is 4. */
byte notarize[BLOCKS], nullify[VIEWS + 1], finalize[BLOCKS];
#if BREAK == 4
byte log_notarize[BLOCKS], log_nullify[VIEWS + 1], log_finalize[BLOCKS];
#define SIGN(set, log, seat) set = set | (1 << (seat)); if :: log = log | (1 << (seat)) :: skip fi
#else
#define log_notarize notarize
#define log_nullify  nullify
#define log_finalize finalize
#define SIGN(set, log, seat) set = set | (1 << (seat))
#endif
byte parent[BLOCKS]; /* NOBODY: there is no such block. */

#define HAS(set, seat)           (((set) >> (seat)) & 1)
#define MANY(set)                (((set) & 1) + (((set) >> 1) & 1) + (((set) >> 2) & 1) >= QUORUM)
#define NOTARIZED(b)             ((b) == 0 || MANY(notarize[b]))
#define LOGGED_NOTARIZE(seat, v) HAS(log_notarize[B(v, 1)] | log_notarize[B(v, 2)], seat)
#define LOGGED_FINALIZE(seat, v) HAS(log_finalize[B(v, 1)] | log_finalize[B(v, 2)], seat)

/* Every view between the parent's and the child's is nullified. */
#if BREAK == 3
#define SKIPPED(p, v) true
#else
#define SKIPPED(p, v) \
    (((v) <= 2 || (p) >= 2 || MANY(nullify[2])) && ((v) <= 1 || (p) >= 1 || MANY(nullify[1])))
#endif

/* A block whose parent is notarized, with nothing skipped. */
#define NOTARIZE(seat, v, id)                                                          \
    :: atomic { parent[B(v, id)] != NOBODY && !HAS(notarize[B(v, id)], seat) &&        \
                (BREAK == 5 || !LOGGED_NOTARIZE(seat, v)) &&                           \
                NOTARIZED(parent[B(v, id)]) && SKIPPED(VIEW_OF(parent[B(v, id)]), v) -> \
                SIGN(notarize[B(v, id)], log_notarize[B(v, id)], seat) }

/* A timer ran out, or enough others did. */
#define NULLIFY(seat, v)                                                               \
    :: atomic { !HAS(log_nullify[v], seat) && !HAS(nullify[v], seat) &&                \
                (BREAK == 6 || !LOGGED_FINALIZE(seat, v)) ->                           \
                SIGN(nullify[v], log_nullify[v], seat) }

#define FINALIZE(seat, v, id)                                                          \
    :: atomic { parent[B(v, id)] != NOBODY && !HAS(finalize[B(v, id)], seat) &&        \
                NOTARIZED(B(v, id)) && !LOGGED_FINALIZE(seat, v) &&                    \
                (BREAK == 2 || !HAS(log_nullify[v], seat)) ->                          \
                SIGN(finalize[B(v, id)], log_finalize[B(v, id)], seat) }

#define VOTES(seat, v)                                                                 \
    NOTARIZE(seat, v, 1) NOTARIZE(seat, v, 2) NULLIFY(seat, v)                         \
    FINALIZE(seat, v, 1) FINALIZE(seat, v, 2)
#define VIEW(v) VOTES(0, v) VOTES(1, v) VOTES(2, v)

/* On the genesis or any block of an earlier view. */
inline choose_parent(b, v)
{
    if
    :: parent[b] = 0
    :: v > 1 -> parent[b] = 1
    :: v > 1 -> parent[b] = 2
#if VIEWS == 3
    :: v > 2 -> parent[b] = 3
    :: v > 2 -> parent[b] = 4
#endif
    fi
}

active proctype seats()
{
    byte v = 1;
    atomic {
        do
        :: v <= VIEWS ->
            choose_parent(B(v, 1), v);
            if
            :: choose_parent(B(v, 2), v)
            :: parent[B(v, 2)] = NOBODY
            fi;
            v++
        :: else -> v = 0; break
        od
    }
end:
    do
    VIEW(1)
    VIEW(2)
#if VIEWS == 3
    VIEW(3)
#endif
    od
}

/* Two NOTARIZE of one view by one key, or NULLIFY and FINALIZE. */
#define TRUTHFUL(v) \
    ((notarize[B(v, 1)] & notarize[B(v, 2)]) == 0 && \
     (nullify[v] & (finalize[B(v, 1)] | finalize[B(v, 2)])) == 0 && \
     (finalize[B(v, 1)] & finalize[B(v, 2)]) == 0)

#define FINAL(b) MANY(finalize[b])
/* A final block of a view, and a final one of a later view that does not descend from it. */
#define DESCENDS(b, a) (parent[b] == (a) || (VIEW_OF(parent[b]) > VIEW_OF(a) && parent[parent[b]] == (a)))
#define FORK(a, b)     (FINAL(a) && FINAL(b) && !DESCENDS(b, a))
#define FORKS_2 (FORK(1, 3) || FORK(1, 4) || FORK(2, 3) || FORK(2, 4))
#if VIEWS == 3
#define FORKS (FORKS_2 || FORK(1, 5) || FORK(1, 6) || FORK(2, 5) || FORK(2, 6) || \
               FORK(3, 5) || FORK(3, 6) || FORK(4, 5) || FORK(4, 6) || (FINAL(5) && FINAL(6)))
#define TRUTHFUL_ALL (TRUTHFUL(1) && TRUTHFUL(2) && TRUTHFUL(3))
#else
#define FORKS FORKS_2
#define TRUTHFUL_ALL (TRUTHFUL(1) && TRUTHFUL(2))
#endif

active proctype watcher()
{
end:
    atomic {
        !TRUTHFUL_ALL || FORKS || (FINAL(1) && FINAL(2)) || (FINAL(3) && FINAL(4)) ->
        assert(TRUTHFUL_ALL);
        assert(false)
    }
}
