/* SPDX-License-Identifier: MIT */
/*
 * Virtual Bluetooth controllers in one room, on /dev/vhci (kernel module hci_vhci), for tests.
 *
 *     air [-n COUNT] [-c FIFO] [-d DELAY_MSEC] [-r BYTES_PER_SEC] [-m ACL_MTU] [-b ACL_BUFFERS]
 *         [-a ADVERTISING_MSEC] [-v]
 *
 * Opens COUNT (default 3, at most 16) dual-mode controllers, hci0 and so on, with the addresses
 * 02:B7:A1:00:00:NN, prints "ready" and serves them until SIGTERM. Any controller may have links
 * to any number of others at once, advertisements are repeated at their interval (-a: no longer
 * than that), and the room can be changed while it runs by lines written to FIFO:
 *
 *     range A B RSSI   the signal between controllers A and B in dBm (-127 to -1), or 0: out of
 *                      range, which ends their links by supervision time-out after the link's own;
 *                      "range le A B RSSI" and "range br A B RSSI": of one kind of radio only
 *     drop A B         ends the links between A and B at once
 *     delay MSEC       one-way latency of data
 *     rate BYTES       per second, link and direction; 0: no limit
 *     loss PERCENT     of packets: advertisements are gone, data goes again an interval later
 *
 * Controllers are Bluetooth 4.2 as a Raspberry Pi's: legacy advertising (one set, 31 bytes), LE
 * encryption, BR/EDR inquiry, paging and simple pairing (its messages, no cryptography), no SCO.
 * Losses are drawn from a fixed seed. What a kernel sends is trusted: this runs in a machine that
 * is thrown away.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX = 16, LINKS = 32, QUEUE = 64, ACCEPT = 16, PKT = 1100 };
typedef uint8_t u8;
typedef uint16_t u16;
typedef int64_t us;

struct pkt {
    us due;
    int len;
    u8 d[PKT];
};
struct link {
    int used, le, central, peer, twin; /* peer: controller; twin: its index in the peer's links */
    u16 handle, interval, latency, timeout;
    us dead;       /* when a link that went out of range ends; 0: it is in range */
    us busy;       /* the air is taken until then by what this side sends */
    struct pkt *q; /* what this side has sent and is still in the air */
    int head, cnt;
    int enc, want; /* encrypted; this side waits for the other's key */
    int auth, yes; /* BR/EDR: this side began authentication; it has confirmed the pairing */
    u8 ltk[16];    /* or BR/EDR's link key */
};
struct ctl {
    int fd;
    u16 next;
    u8 addr[6], rnd[6], cod[3], name[248], eir[240], emask[8], lemask[8];
    /* BR/EDR */
    u8 scan, inqmode, lehost, ssp; /* scan: 1 inquiry, 2 page; ssp: the host has simple pairing */
    us inq_end, inq_next;
    u8 inq_seen[MAX];
    int paging, page_by[MAX]; /* peer that we page, -1; who pages us */
    us page_end;
    u8 page_addr[6];
    /* LE */
    u8 adv, adv_type, adv_own, adv_policy, adv_dtype, adv_daddr[6], adv_data[31], adv_len,
        rsp_data[31], rsp_len;
    u16 adv_int;
    us adv_next;
    unsigned adv_gen;
    u8 lescan, scan_type, scan_own, scan_policy, scan_dup;
    unsigned seen[MAX];
    int init; /* LE Create Connection under way */
    u8 ini_policy, ini_type, ini_addr[6], ini_own;
    u16 ini_int, ini_lat, ini_to;
    u8 acc[ACCEPT][7];
    int nacc;
    struct link l[LINKS];
};
static struct ctl C[MAX];
enum { BR, LE };
static int N = 3, verbose, mtu = 251, bufs = 8, signal_of[2][MAX][MAX];
static us delay_us;
static long rate;
static int loss;    /* Percent. */
static int adv_cap; /* ms; 0: the host's own interval */
static volatile sig_atomic_t stop;

static int is_lost(void)
{
    return loss && rand() % 100 < loss;
}

static us now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (us)1000000 + t.tv_nsec / 1000;
}
static int id(const struct ctl *c)
{
    return c - C;
}
static u16 g16(const u8 *p)
{
    return p[0] | p[1] << 8;
}
static void p16(u8 *p, u16 v)
{
    p[0] = v;
    p[1] = v >> 8;
}
__attribute__((format(printf, 1, 2))) static void say(const char *f, ...)
{
    va_list a;
    if (!verbose)
        return;
    va_start(a, f);
    fprintf(stderr, "air %.3f ", now() / 1e6);
    vfprintf(stderr, f, a);
    fputc('\n', stderr);
    va_end(a);
}
static void out(struct ctl *c, const u8 *b, int n)
{
    if (write(c->fd, b, n) != n)
        say("hci%d: write: %s", id(c), strerror(errno));
}
static void event(struct ctl *c, u8 code, const void *d, int n)
{
    u8 b[3 + 255] = {4, code, n};
    memcpy(b + 3, d, n);
    out(c, b, 3 + n);
}
static void meta(struct ctl *c, u8 sub, const void *d, int n)
{
    u8 b[255] = {sub};
    if (sub && !(c->lemask[(sub - 1) / 8] >> ((sub - 1) & 7) & 1))
        return;
    memcpy(b + 1, d, n);
    event(c, 0x3e, b, n + 1);
}
static void complete(struct ctl *c, u16 op, const void *d, int n)
{
    u8 b[255] = {1, op, op >> 8};
    if (n)
        memcpy(b + 3, d, n);
    event(c, 0x0e, b, 3 + n);
}
static void done(struct ctl *c, u16 op, u8 status)
{
    complete(c, op, &status, 1);
}
static void status(struct ctl *c, u16 op, u8 st)
{
    u8 b[4] = {st, 1, op, op >> 8};
    event(c, 0x0f, b, 4);
}

/* ---- links ---- */
static struct link *by_handle(struct ctl *c, u16 h)
{
    for (int i = 0; i < LINKS; i++)
        if (c->l[i].used && c->l[i].handle == (h & 0xfff))
            return &c->l[i];
    return NULL;
}
static struct link *free_link(struct ctl *c)
{
    for (int i = 0; i < LINKS; i++)
        if (!c->l[i].used)
            return &c->l[i];
    return NULL;
}
static struct link *twin(struct link *l)
{
    return &C[l->peer].l[l->twin];
}
static int linked(struct ctl *a, struct ctl *b, int le)
{
    for (int i = 0; i < LINKS; i++)
        if (a->l[i].used && a->l[i].le == le && a->l[i].peer == id(b))
            return 1;
    return 0;
}
static struct link *link_up(struct ctl *a, struct ctl *b, int le)
{
    struct link *x = free_link(a), *y;
    if (!x)
        return NULL;
    x->used = 1;
    y = free_link(b);
    x->used = 0;
    if (!y)
        return NULL;
    struct link *s[2] = {x, y};
    struct ctl *o[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct pkt *q = s[i]->q;
        memset(s[i], 0, sizeof *s[i]);
        s[i]->q = q;
        s[i]->used = 1;
        s[i]->le = le;
        s[i]->central = !i;
        s[i]->peer = id(o[!i]);
        s[i]->twin = s[!i] - o[!i]->l;
        do
            o[i]->next = o[i]->next % 0xeff + 1;
        while (by_handle(o[i], o[i]->next));
        s[i]->handle = o[i]->next;
    }
    say("link %s hci%d(%u) -> hci%d(%u)", le ? "LE" : "BR", id(a), x->handle, id(b), y->handle);
    return x;
}
static void gone(struct ctl *c, u16 handle, u8 reason)
{
    u8 b[4] = {0, handle, handle >> 8, reason};
    event(c, 0x05, b, 4);
}
static void link_down(struct ctl *c, struct link *l, u8 here, u8 there)
{
    struct link *t = twin(l);
    struct ctl *p = &C[l->peer];
    say("down hci%d(%u) hci%d(%u) 0x%02x", id(c), l->handle, id(p), t->handle, here);
    l->used = t->used = 0;
    gone(c, l->handle, here);
    gone(p, t->handle, there);
}
static void credit(struct ctl *c, u16 h)
{
    u8 b[5] = {1, h, h >> 8, 1, 0};
    event(c, 0x13, b, 5);
}
static void acl(struct ctl *c, u8 *b, int n)
{
    u16 h = g16(b + 1);
    struct link *l = by_handle(c, h);
    if (!l || n > PKT || n < 5)
        return;
    u8 pb = h >> 12 & 3;
    if (pb == 0)
        pb = 2; /* first, not flushable: host to controller only */
    p16(b + 1, twin(l)->handle | pb << 12);
    if (!delay_us && !rate && !loss && !l->cnt && !l->dead) {
        out(&C[l->peer], b, n);
        credit(c, l->handle);
        return;
    }
    if (l->cnt == QUEUE)
        return; /* the host has no more credits than that */
    if (!l->q && !(l->q = calloc(QUEUE, sizeof *l->q)))
        abort();
    us t = now();
    if (l->busy < t)
        l->busy = t;
    if (rate)
        l->busy += n * (us)1000000 / rate;
    while (is_lost())
        l->busy += l->interval * (us)1250; /* sent again at the next connection event */
    struct pkt *p = &l->q[(l->head + l->cnt++) % QUEUE];
    p->due = l->busy + delay_us;
    p->len = n;
    memcpy(p->d, b, n);
}
static void fly(struct ctl *c, us t)
{
    for (int i = 0; i < LINKS; i++) {
        struct link *l = &c->l[i];
        while (l->used && !l->dead && l->cnt && l->q[l->head].due <= t) {
            out(&C[l->peer], l->q[l->head].d, l->q[l->head].len);
            l->head = (l->head + 1) % QUEUE;
            l->cnt--;
            credit(c, l->handle);
        }
    }
}
static int in_range(int a, int b, int le)
{
    return signal_of[le][a][b] != 0;
}

/* ---- LE: advertising, scanning, connecting ---- */
static const u8 *adv_addr(struct ctl *a)
{
    return a->adv_own & 1 ? a->rnd : a->addr;
}
static int accepted(struct ctl *c, u8 type, const u8 *addr)
{
    for (int i = 0; i < c->nacc; i++)
        if (c->acc[i][0] == type && !memcmp(c->acc[i] + 1, addr, 6))
            return 1;
    return 0;
}
static void le_complete(struct ctl *c, u8 st, struct link *l, u8 ptype, const u8 *paddr)
{
    u8 b[18] = {st};
    if (l) {
        p16(b + 1, l->handle);
        b[3] = !l->central;
        p16(b + 11, l->interval);
        p16(b + 13, l->latency);
        p16(b + 15, l->timeout);
    }
    b[4] = ptype;
    if (paddr)
        memcpy(b + 5, paddr, 6);
    meta(c, 0x01, b, 18);
}
static void report(struct ctl *s, struct ctl *a, u8 type, const u8 *d, int n)
{
    u8 b[10 + 31 + 1] = {1, type, a->adv_own & 1};
    memcpy(b + 3, adv_addr(a), 6);
    b[9] = n;
    memcpy(b + 10, d, n);
    b[10 + n] = signal_of[LE][id(a)][id(s)];
    meta(s, 0x02, b, 11 + n);
}
static void advertise(struct ctl *a)
{
    int conn = a->adv_type == 0 || a->adv_type == 1 || a->adv_type == 4;
    for (int i = 0; i < N && a->adv; i++) {
        struct ctl *s = &C[i];
        if (s == a || !in_range(id(a), i, LE) || is_lost())
            continue;
        if (s->lescan && !(s->scan_dup && s->seen[id(a)] == a->adv_gen) &&
            (!(s->scan_policy & 1) || accepted(s, a->adv_own & 1, adv_addr(a)))) {
            s->seen[id(a)] = a->adv_gen;
            report(s, a, a->adv_type == 4 ? 1 : a->adv_type, a->adv_data, a->adv_len);
            if (s->scan_type == 1 && (a->adv_type == 0 || a->adv_type == 2))
                report(s, a, 4, a->rsp_data, a->rsp_len);
        }
        if (!s->init || !conn || linked(a, s, 1))
            continue;
        if (s->ini_policy ? !accepted(s, a->adv_own & 1, adv_addr(a))
                          : s->ini_type != (a->adv_own & 1) || memcmp(s->ini_addr, adv_addr(a), 6))
            continue;
        u8 st = s->ini_own & 1;
        const u8 *sa = st ? s->rnd : s->addr;
        if ((a->adv_policy & 2) && !accepted(a, st, sa))
            continue;
        if ((a->adv_type == 1 || a->adv_type == 4) &&
            (a->adv_dtype != st || memcmp(a->adv_daddr, sa, 6)))
            continue;
        struct link *l = link_up(s, a, 1);
        if (!l)
            continue;
        l->interval = twin(l)->interval = s->ini_int;
        l->latency = twin(l)->latency = s->ini_lat;
        l->timeout = twin(l)->timeout = s->ini_to;
        s->init = 0;
        a->adv = 0; /* a connection ends advertising; the host starts it anew */
        le_complete(s, 0, l, a->adv_own & 1, adv_addr(a));
        le_complete(a, 0, twin(l), st, sa);
    }
}
static void encrypted(struct ctl *c, struct link *l, u8 st)
{
    u8 b[4] = {st, l->handle, l->handle >> 8, st ? 0 : 1};
    if (!st)
        l->enc = 1;
    event(c, 0x08, b, 4);
}

/* ---- BR/EDR: inquiry and paging ---- */
static const u8 features[8] = {0x27, 0, 0, 0, 0x40, 0, 0x0b, 0x80};
static u8 host_features(const struct ctl *c)
{
    return (c->ssp ? 1 : 0) | (c->lehost ? 2 : 0);
}
static void inquiry(struct ctl *c)
{
    for (int i = 0; i < N; i++) {
        struct ctl *d = &C[i];
        u8 b[255] = {1};
        if (d == c || c->inq_seen[i] || !(d->scan & 1) || !in_range(i, id(c), BR))
            continue;
        c->inq_seen[i] = 1;
        memcpy(b + 1, d->addr, 6);
        b[7] = 1;
        if (c->inqmode == 0) { /* result */
            memcpy(b + 10, d->cod, 3);
            event(c, 0x02, b, 15);
        } else { /* with RSSI, or extended */
            memcpy(b + 9, d->cod, 3);
            b[14] = signal_of[BR][i][id(c)];
            if (c->inqmode == 1) {
                event(c, 0x22, b, 15);
                continue;
            }
            memcpy(b + 15, d->eir, 240);
            event(c, 0x2f, b, 255);
        }
    }
}
static struct ctl *by_addr(const u8 *a)
{
    for (int i = 0; i < N; i++)
        if (!memcmp(C[i].addr, a, 6))
            return &C[i];
    return NULL;
}
static void br_complete(struct ctl *c, u8 st, u16 h, const u8 *addr)
{
    u8 b[11] = {st, h, h >> 8};
    memcpy(b + 3, addr, 6);
    b[9] = 1;
    event(c, 0x03, b, 11);
}

/* ---- BR/EDR: authentication ---- */
static struct link *by_peer(struct ctl *c, const u8 *addr)
{
    for (int i = 0; i < LINKS; i++)
        if (c->l[i].used && !c->l[i].le && !memcmp(C[c->l[i].peer].addr, addr, 6))
            return &c->l[i];
    return NULL;
}
/* An event that begins with the address of the other end. */
static void ask(struct ctl *c, const struct link *l, u8 code, const u8 *d, int n)
{
    u8 b[32];
    memcpy(b, C[l->peer].addr, 6);
    if (n)
        memcpy(b + 6, d, n);
    event(c, code, b, 6 + n);
}
/* It is over: tells who began it. */
static void authenticated(struct ctl *c, struct link *l, u8 st)
{
    struct ctl *first = l->auth ? c : &C[l->peer];
    struct link *f = l->auth ? l : twin(l);
    u8 b[3] = {st, f->handle, f->handle >> 8};
    f->auth = 0;
    event(first, 0x06, b, 3);
}
static void paired(struct ctl *c, struct link *l, u8 st)
{
    struct link *s[2] = {l, twin(l)};
    u8 key[17] = {0};
    if (!st && getrandom(key, 16, 0) != 16)
        st = 0x1f;
    key[16] = 4; /* unauthenticated */
    for (int i = 0; i < 2; i++) {
        struct ctl *o = i ? &C[l->peer] : c;
        u8 b[7] = {st};
        memcpy(b + 1, C[s[i]->peer].addr, 6);
        event(o, 0x36, b, 7);
        s[i]->yes = 0;
        if (!st)
            ask(o, s[i], 0x18, key, 17);
    }
    authenticated(c, l, st);
}
/* What a host says of a link, by the address of its other end. */
static void pairing(struct ctl *c, u16 op, const u8 *p)
{
    struct link *l = by_peer(c, p);
    struct ctl *d = l ? &C[l->peer] : NULL;
    u8 b[7] = {l ? 0 : 0x02}, value[4] = {0x40, 0xe2, 1, 0};
    memcpy(b + 1, p, 6);
    complete(c, op, b, 7);
    if (!l)
        return;
    switch (op) {
    case 0x040b: /* has a key */
        memcpy(l->ltk, p + 6, 16);
        if (l->auth)
            ask(d, twin(l), 0x17, NULL, 0);
        else
            authenticated(c, l, memcmp(l->ltk, twin(l)->ltk, 16) ? 0x05 : 0);
        break;
    case 0x040c: /* has none */
        if (l->auth)
            ask(c, l, 0x31, NULL, 0);
        else
            authenticated(c, l, 0x06);
        break;
    case 0x042b: /* what it can show and ask */
        ask(d, twin(l), 0x32, p + 6, 3);
        if (l->auth) {
            ask(d, twin(l), 0x31, NULL, 0);
        } else {
            ask(c, l, 0x33, value, 4);
            ask(d, twin(l), 0x33, value, 4);
        }
        break;
    case 0x042c: /* yes */
        l->yes = 1;
        if (twin(l)->yes)
            paired(c, l, 0);
        break;
    case 0x042d: /* no */
        paired(c, l, 0x05);
        break;
    case 0x0434: /* it does not pair */
        paired(c, l, p[6]);
        break;
    }
}

static void reset(struct ctl *c)
{
    for (int i = 0; i < LINKS; i++)
        if (c->l[i].used) {
            struct link *t = twin(&c->l[i]);
            c->l[i].used = t->used = 0;
            gone(&C[c->l[i].peer], t->handle, 0x08);
        }
    c->adv = c->lescan = c->init = c->scan = c->ssp = c->inqmode = c->adv_len = c->rsp_len =
        c->nacc = 0;
    c->inq_end = 0;
    c->paging = -1;
    c->adv_int = 160;
    memset(c->page_by, 0, sizeof c->page_by);
    memset(c->lemask, 0xff, sizeof c->lemask);
}

/* ---- commands ---- */
static void command(struct ctl *c, u16 op, const u8 *p, int n)
{
    u8 b[255] = {0};
    struct link *l;
    struct ctl *d;
    switch (op) {
    /* link control */
    case 0x0401:
        status(c, op, 0);
        memset(c->inq_seen, 0, sizeof c->inq_seen);
        c->inq_end = now() + p[3] * (us)1280000;
        c->inq_next = now() + 20000;
        break;
    case 0x0402:
        c->inq_end = 0;
        done(c, op, 0);
        break;
    case 0x0405:
        status(c, op, 0);
        d = by_addr(p);
        c->paging = d ? id(d) : MAX;
        memcpy(c->page_addr, p, 6);
        c->page_end = now() + 5120000; /* Nobody answers: page time-out, the standard's default. */
        if (d && d != c && (d->scan & 2) && in_range(id(d), id(c), BR) && !linked(c, d, 0)) {
            d->page_by[id(c)] = 1;
            memcpy(b, c->addr, 6);
            memcpy(b + 6, c->cod, 3);
            b[9] = 1;
            event(d, 0x04, b, 10);
        }
        break;
    case 0x0408:
        memcpy(b + 1, p, 6);
        b[0] = c->paging < 0 ? 0x02 : 0;
        complete(c, op, b, 7);
        if (c->paging >= 0) {
            if (c->paging < MAX)
                C[c->paging].page_by[id(c)] = 0;
            c->paging = -1;
            br_complete(c, 0x02, 0, p);
        }
        break;
    case 0x0409:
    case 0x040a:
        d = by_addr(p);
        if (!d || !c->page_by[id(d)]) {
            status(c, op, 0x02);
            break;
        }
        status(c, op, 0);
        c->page_by[id(d)] = 0;
        d->paging = -1;
        l = op == 0x0409 ? link_up(d, c, 0) : NULL;
        br_complete(d, l ? 0 : 0x0d, l ? l->handle : 0, c->addr);
        br_complete(c, l ? 0 : 0x0d, l ? twin(l)->handle : 0, d->addr);
        if (l) {
            l->timeout = twin(l)->timeout = 0x7d00 / 16; /* 20 s in 10 ms units */
            l->interval = twin(l)->interval = 1;         /* two slots */
        }
        break;
    case 0x0406:
        l = by_handle(c, g16(p));
        status(c, op, l ? 0 : 0x02);
        if (l)
            link_down(c, l, 0x16, p[2]);
        break;
    case 0x0411:
    case 0x0413:
        l = by_handle(c, g16(p));
        status(c, op, l && !l->le ? 0 : 0x02);
        if (!l || l->le)
            break;
        if (op == 0x0411) {
            l->auth = 1;
            ask(c, l, 0x17, NULL, 0);
        } else {
            encrypted(c, l, 0);
            encrypted(&C[l->peer], twin(l), 0);
        }
        break;
    case 0x040b:
    case 0x040c:
    case 0x042b:
    case 0x042c:
    case 0x042d:
    case 0x0434:
        pairing(c, op, p);
        break;
    case 0x0419:
        status(c, op, 0);
        d = by_addr(p);
        memcpy(b + 1, p, 6);
        if (d && in_range(id(d), id(c), BR))
            memcpy(b + 7, d->name, 248);
        else
            b[0] = 0x04;
        event(c, 0x07, b, 255);
        break;
    case 0x041a:
        memcpy(b + 1, p, 6);
        complete(c, op, b, 7);
        break;
    case 0x041b:
    case 0x041c:
    case 0x041d:
        l = by_handle(c, g16(p));
        status(c, op, l ? 0 : 0x02);
        if (!l)
            break;
        p16(b + 1, l->handle);
        if (op == 0x041b) {
            memcpy(b + 3, features, 8);
            event(c, 0x0b, b, 11);
        } else if (op == 0x041d) {
            b[3] = 8;
            p16(b + 4, 0xffff);
            event(c, 0x0c, b, 8);
        } else {
            b[3] = p[2];
            b[4] = 1;
            if (p[2] == 0)
                memcpy(b + 5, features, 8);
            else if (p[2] == 1)
                b[5] = host_features(&C[l->peer]);
            event(c, 0x23, b, 13);
        }
        break;
    /* link policy, baseband */
    case 0x080f:
    case 0x0c05:
    case 0x0c16:
    case 0x0c18:
    case 0x0c1c:
    case 0x0c1e:
    case 0x0c20:
    case 0x0c22:
    case 0x0c3a:
    case 0x0c43:
    case 0x0c47:
    case 0x0c33:
    case 0x0c1f:
        done(c, op, 0);
        break;
    case 0x080d:
    case 0x0c28:
    case 0x0c37:
        memcpy(b + 1, p, 2);
        complete(c, op, b, 3);
        break;
    case 0x0c01:
        memcpy(c->emask, p, 8);
        done(c, op, 0);
        break;
    case 0x0c03:
        reset(c);
        done(c, op, 0);
        break;
    case 0x0c12:
        complete(c, op, b, 3);
        break;
    case 0x0c13:
        memcpy(c->name, p, 248);
        done(c, op, 0);
        break;
    case 0x0c14:
        memcpy(b + 1, c->name, 248);
        complete(c, op, b, 249);
        break;
    case 0x0c1a:
        c->scan = p[0];
        done(c, op, 0);
        break;
    case 0x0c1b:
        p16(b + 1, 0x800);
        p16(b + 3, 0x12);
        complete(c, op, b, 5);
        break;
    case 0x0c23:
        memcpy(b + 1, c->cod, 3);
        complete(c, op, b, 4);
        break;
    case 0x0c24:
        memcpy(c->cod, p, 3);
        done(c, op, 0);
        break;
    case 0x0c25:
        p16(b + 1, 0x60);
        complete(c, op, b, 3);
        break;
    case 0x0c38:
        b[1] = 2;
        complete(c, op, b, 2);
        break;
    case 0x0c39:
        b[1] = 1;
        b[2] = 0x33;
        b[3] = 0x8b;
        b[4] = 0x9e;
        complete(c, op, b, 5);
        break;
    case 0x0c45:
        c->inqmode = p[0];
        done(c, op, 0);
        break;
    case 0x0c46:
        complete(c, op, b, 2);
        break;
    case 0x0c52:
        memcpy(c->eir, p + 1, 240);
        done(c, op, 0);
        break;
    case 0x0c55:
        b[1] = c->ssp;
        complete(c, op, b, 2);
        break;
    case 0x0c56:
        c->ssp = p[0];
        done(c, op, 0);
        say("hci%d simple pairing %d", id(c), p[0]);
        break;
    case 0x0c58:
        complete(c, op, b, 2);
        break;
    case 0x0c6d:
        c->lehost = p[0];
        done(c, op, 0);
        break;
    /* information */
    case 0x1001:
        b[1] = 8;
        b[4] = 8;
        p16(b + 5, 0xffff);
        complete(c, op, b, 9);
        break;
    case 0x1002:
        b[1 + 5] = 0x10;  /* write default link policy */
        b[1 + 24] = 0x60; /* LE host support */
        b[1 + 25] = 0xf7; /* LE: all of the basics; the kernel asks for an event only */
        b[1 + 26] = 0xff; /* where the command that leads to it is listed here */
        b[1 + 27] = 0xa7;
        b[1 + 28] = 0x0f;
        complete(c, op, b, 65);
        break;
    case 0x1003:
        memcpy(b + 1, features, 8);
        complete(c, op, b, 9);
        break;
    case 0x1004:
        b[1] = p[0];
        b[2] = 1;
        if (p[0] == 0)
            memcpy(b + 3, features, 8);
        else if (p[0] == 1)
            b[3] = host_features(c);
        complete(c, op, b, 11);
        break;
    case 0x1005:
        p16(b + 1, 1021);
        p16(b + 4, bufs);
        complete(c, op, b, 8);
        break;
    case 0x1009:
        memcpy(b + 1, c->addr, 6);
        complete(c, op, b, 7);
        break;
    case 0x1405:
        memcpy(b + 1, p, 2);
        l = by_handle(c, g16(p));
        b[0] = l ? 0 : 0x02;
        b[3] = l ? signal_of[l->le][l->peer][id(c)] : 0;
        complete(c, op, b, 4);
        break;
    /* LE */
    case 0x2001:
        memcpy(c->lemask, p, 8);
        done(c, op, 0);
        break;
    case 0x2002:
        p16(b + 1, mtu);
        b[3] = bufs;
        complete(c, op, b, 4);
        break;
    case 0x2003:
        b[1] = 0x01;
        complete(c, op, b, 9);
        break;
    case 0x2005:
        memcpy(c->rnd, p, 6);
        c->adv_gen++;
        done(c, op, 0);
        break;
    case 0x2006:
        if (c->adv) {
            done(c, op, 0x0c);
            break;
        }
        c->adv_int = g16(p);
        c->adv_type = p[4];
        c->adv_own = p[5];
        c->adv_dtype = p[6];
        memcpy(c->adv_daddr, p + 7, 6);
        c->adv_policy = p[14];
        c->adv_gen++;
        done(c, op, 0);
        break;
    case 0x2007:
        complete(c, op, b, 2);
        break;
    case 0x2008:
    case 0x2009:
        if (n < 32 || p[0] > 31) {
            done(c, op, 0x12);
            break;
        }
        memcpy(op == 0x2008 ? c->adv_data : c->rsp_data, p + 1, 31);
        *(op == 0x2008 ? &c->adv_len : &c->rsp_len) = p[0];
        c->adv_gen++;
        done(c, op, 0);
        break;
    case 0x200a:
        c->adv = p[0];
        c->adv_next = now() + 1000;
        done(c, op, 0);
        say("hci%d adv %d", id(c), p[0]);
        break;
    case 0x200b:
        if (c->lescan) {
            done(c, op, 0x0c);
            break;
        }
        c->scan_type = p[0];
        c->scan_own = p[5];
        c->scan_policy = p[6];
        done(c, op, 0);
        break;
    case 0x200c:
        c->lescan = p[0];
        c->scan_dup = p[1];
        memset(c->seen, 0, sizeof c->seen);
        done(c, op, 0);
        say("hci%d scan %d dup %d policy %d", id(c), p[0], p[1], c->scan_policy);
        break;
    case 0x200d:
        if (c->init) {
            status(c, op, 0x0c);
            break;
        }
        c->ini_policy = p[4];
        c->ini_type = p[5];
        memcpy(c->ini_addr, p + 6, 6);
        c->ini_own = p[12];
        c->ini_int = g16(p + 15);
        c->ini_lat = g16(p + 17);
        c->ini_to = g16(p + 19);
        c->init = 1;
        status(c, op, 0);
        break;
    case 0x200e:
        done(c, op, c->init ? 0 : 0x0c);
        if (c->init) {
            c->init = 0;
            le_complete(c, 0x02, NULL, c->ini_type, c->ini_addr);
        }
        break;
    case 0x200f:
        b[1] = ACCEPT;
        complete(c, op, b, 2);
        break;
    case 0x2010:
        c->nacc = 0;
        done(c, op, 0);
        break;
    case 0x2011:
        if (!accepted(c, p[0], p + 1)) {
            if (c->nacc == ACCEPT) {
                done(c, op, 0x07);
                break;
            }
            memcpy(c->acc[c->nacc++], p, 7);
        }
        done(c, op, 0);
        break;
    case 0x2012:
        for (int i = 0; i < c->nacc; i++)
            if (!memcmp(c->acc[i], p, 7)) {
                memcpy(c->acc[i], c->acc[--c->nacc], 7);
                break;
            }
        done(c, op, 0);
        break;
    case 0x2013:
        l = by_handle(c, g16(p));
        status(c, op, l ? 0 : 0x02);
        if (!l)
            break;
        l->interval = twin(l)->interval = g16(p + 4);
        l->latency = twin(l)->latency = g16(p + 6);
        l->timeout = twin(l)->timeout = g16(p + 8);
        memcpy(b + 3, p + 4, 6);
        p16(b + 1, l->handle);
        meta(c, 0x03, b, 9);
        p16(b + 1, twin(l)->handle);
        meta(&C[l->peer], 0x03, b, 9);
        break;
    case 0x2016:
        l = by_handle(c, g16(p));
        status(c, op, l ? 0 : 0x02);
        if (!l)
            break;
        p16(b + 1, l->handle);
        b[3] = 0x01;
        meta(c, 0x04, b, 11);
        break;
    case 0x2018:
        if (getrandom(b + 1, 8, 0) != 8)
            b[0] = 0x1f;
        complete(c, op, b, 9);
        break;
    case 0x2019: /* start encryption: ask the other host for its key */
        l = by_handle(c, g16(p));
        status(c, op, l && l->le ? 0 : 0x02);
        if (!l || !l->le)
            break;
        memcpy(l->ltk, p + 12, 16);
        twin(l)->want = 1;
        p16(b, twin(l)->handle);
        memcpy(b + 2, p + 2, 10);
        meta(&C[l->peer], 0x05, b, 12);
        break;
    case 0x201a:
    case 0x201b:
        l = by_handle(c, g16(p));
        p16(b + 1, g16(p));
        b[0] = l && l->want ? 0 : 0x02;
        complete(c, op, b, 3);
        if (b[0])
            break;
        l->want = 0;
        if (op == 0x201b)
            encrypted(&C[l->peer], twin(l), 0x06);
        else if (memcmp(p + 2, twin(l)->ltk, 16))
            link_down(c, l, 0x3d, 0x3d); /* MIC failure */
        else {
            encrypted(&C[l->peer], twin(l), 0);
            encrypted(c, l, 0);
        }
        break;
    case 0x201c:
        memset(b + 1, 0xff, 5);
        b[6] = 0x03;
        complete(c, op, b, 9);
        break;
    default:
        say("hci%d: unknown command 0x%04x", id(c), op);
        status(c, op, 0x01);
    }
}

/* ---- the room ---- */
static void set_range(int le, int a, int b, int v)
{
    signal_of[le][a][b] = signal_of[le][b][a] = v;
    for (int i = 0; i < LINKS; i++) {
        struct link *l = &C[a].l[i];
        if (!l->used || l->peer != b || l->le != le)
            continue;
        l->dead = twin(l)->dead = v ? 0 : now() + l->timeout * (us)10000;
    }
}
static void control(char *s)
{
    int a, b, v, br = 1, le = 1;
    double f;
    if (!strncmp(s, "range le ", 9) || !strncmp(s, "range br ", 9)) {
        br = s[6] == 'b';
        le = !br;
    }
    if (sscanf(s, br && le ? "range %d %d %d" : "range %*s %d %d %d", &a, &b, &v) == 3 && a >= 0 &&
        b >= 0 && a < N && b < N && v <= 0 && v > -128) {
        if (br)
            set_range(BR, a, b, v);
        if (le)
            set_range(LE, a, b, v);
    } else if (sscanf(s, "drop %d %d", &a, &b) == 2 && a >= 0 && b >= 0 && a < N && b < N) {
        for (int i = 0; i < LINKS; i++)
            if (C[a].l[i].used && C[a].l[i].peer == b)
                link_down(&C[a], &C[a].l[i], 0x08, 0x08);
    } else if (sscanf(s, "delay %lf", &f) == 1 && f >= 0)
        delay_us = f * 1000;
    else if (sscanf(s, "rate %d", &v) == 1 && v >= 0)
        rate = v;
    else if (sscanf(s, "loss %d", &v) == 1 && v >= 0 && v < 90)
        loss = v;
    else
        fprintf(stderr, "air: bad line: %s\n", s);
}
static us sooner(us a, us b)
{
    return !a || (b && b < a) ? b : a;
}
static us tick(us t)
{
    us next = 0;
    for (int i = 0; i < N; i++) {
        struct ctl *c = &C[i];
        if (c->adv && c->adv_next <= t) {
            advertise(c);
            us step = c->adv_int * 625;
            if (adv_cap && step > adv_cap * 1000)
                step = adv_cap * 1000;
            c->adv_next = t + step + rand() % 10000;
        }
        if (c->adv)
            next = sooner(next, c->adv_next);
        if (c->inq_end && c->inq_next <= t) {
            inquiry(c);
            c->inq_next = t + 100000;
        }
        if (c->inq_end && c->inq_end <= t) {
            u8 z = 0;
            c->inq_end = 0;
            event(c, 0x01, &z, 1);
        }
        if (c->inq_end)
            next = sooner(next, sooner(c->inq_next, c->inq_end));
        if (c->paging >= 0 && c->page_end <= t) {
            if (c->paging < MAX)
                C[c->paging].page_by[i] = 0;
            br_complete(c, 0x04, 0, c->page_addr);
            c->paging = -1;
        }
        if (c->paging >= 0)
            next = sooner(next, c->page_end);
        fly(c, t);
        for (int k = 0; k < LINKS; k++) {
            struct link *l = &c->l[k];
            if (l->used && l->dead && l->dead <= t)
                link_down(c, l, 0x08, 0x08);
            if (l->used && l->dead)
                next = sooner(next, l->dead);
            else if (l->used && l->cnt)
                next = sooner(next, l->q[l->head].due);
        }
    }
    return next;
}
static void on_signal(int s)
{
    (void)s;
    stop = 1;
}

int main(int argc, char **argv)
{
    const char *fifo = NULL;
    struct pollfd p[MAX + 1];
    int o, cfd = -1;
    while ((o = getopt(argc, argv, "n:c:d:r:m:b:a:v")) != -1)
        switch (o) {
        case 'n':
            N = atoi(optarg);
            break;
        case 'c':
            fifo = optarg;
            break;
        case 'd':
            delay_us = atof(optarg) * 1000;
            break;
        case 'r':
            rate = atol(optarg);
            break;
        case 'm':
            mtu = atoi(optarg);
            break;
        case 'b':
            bufs = atoi(optarg);
            break;
        case 'a':
            adv_cap = atoi(optarg);
            break;
        case 'v':
            verbose = 1;
            break;
        default:
            return 2;
        }
    if (N < 1 || N > MAX || mtu < 27 || mtu > 1021 || bufs < 1 || bufs > QUEUE) {
        fputs("air: bad option\n", stderr);
        return 2;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    if (fifo) {
        if (mkfifo(fifo, 0600) < 0 && errno != EEXIST) {
            perror(fifo);
            return 1;
        }
        cfd =
            open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC); /* RDWR: no end of file between writers */
        if (cfd < 0) {
            perror(fifo);
            return 1;
        }
    }
    for (int i = 0; i < N; i++) {
        struct ctl *c = &C[i];
        u8 a[6] = {i, 0, 0, 0xa1, 0xb7, 0x02}, req[2] = {0xff, 0x00}, rsp[4];
        memcpy(c->addr, a, 6);
        for (int k = 0; k < N; k++)
            signal_of[BR][i][k] = signal_of[LE][i][k] = -60;
        snprintf((char *)c->name, sizeof c->name, "air%d", i);
        reset(c);
        c->fd = open("/dev/vhci", O_RDWR | O_CLOEXEC);
        if (c->fd < 0) {
            perror("/dev/vhci");
            return 1;
        }
        if (write(c->fd, req, 2) != 2 || read(c->fd, rsp, 4) != 4) {
            perror("vhci");
            return 1;
        }
        say("controller %d is hci%d", i, g16(rsp + 2));
        p[i].fd = c->fd;
        p[i].events = POLLIN;
    }
    p[N].fd = cfd;
    p[N].events = POLLIN;
    puts("ready");
    fflush(stdout);
    while (!stop) {
        us t = now(), next = tick(t);
        int ms = next ? next > t ? (next - t + 999) / 1000 : 0 : 1000;
        if (poll(p, N + 1, ms > 1000 ? 1000 : ms) <= 0)
            continue;
        for (int i = 0; i < N; i++) {
            u8 b[2048];
            ssize_t n;
            if (!(p[i].revents & POLLIN))
                continue;
            n = read(C[i].fd, b, sizeof b);
            if (n >= 4 && b[0] == 1 && n >= 4 + b[3]) {
                memset(b + n, 0, sizeof b - n);
                command(&C[i], g16(b + 1), b + 4, b[3]);
            } else if (n >= 5 && b[0] == 2)
                acl(&C[i], b, n);
        }
        if (p[N].revents & POLLIN) {
            char s[1024], *q = s, *line;
            ssize_t n = read(cfd, s, sizeof s - 1);
            if (n <= 0)
                continue;
            s[n] = 0;
            while ((line = strsep(&q, "\n")))
                if (*line)
                    control(line);
        }
    }
    return 0;
}
