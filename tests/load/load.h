/*
 * load.h - the module under load: many clients, while what is pinned changes under them.
 *
 * Both ends of each connection are in one thread, made by the battery's pair.c. Nothing is fuzzy:
 * whoever rewrites a file of the store says so in shared memory before and after (the ledger), so
 * each client knows which files it can have met, and its answer must be that of one of them.
 *
 * Files: states.c what a file can say · ledger.c the rewriting · people.c keys and SSL_CTXs ·
 * meet.c one handshake and its judgement · measure.c memory and descriptors · tally.c the figures ·
 * storm.c, crowd.c, marathon.c, prove.c what is run · main.c.
 */
#ifndef LOAD_H
#define LOAD_H

#include "../attacks/core.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- who and whom ---- */

/* A and B are certified by a root each, for every host here; clients trust both. No file pins B
 * alone unless it stands for the change of a key, so B is the impostor wherever the file says A. */
enum peer { PEER_A, PEER_B, PEERS };

enum host {
    HOST_SWING,   /* A, B and broken files, by rename */
    HOST_BELOW,   /* the same, in the file of its parent */
    HOST_GONE,    /* the same, and sometimes no file: removed, made anew by rename */
    HOST_RENEWED, /* always A, in other words each time, by rename */
    HOST_TORN,    /* always A, truncated and written in place: for moments half a file */
    HOST_FIXED,   /* A, never rewritten */
    HOST_FREE,    /* has no file */
    HOSTS
};
extern const char *const host_names[HOSTS];
extern const char *const host_files[HOSTS]; /* NULL: none */

/* ---- what a file can say ---- */

enum { OK_A = 1, OK_B = 2 };
struct state {
    const char *name;
    const char *text; /* $a $b $c: keys, $A: certificate, $R: root of A; NULL: there is no file */
    unsigned accepts; /* of OK_A and OK_B */
    unsigned reason;  /* of the refusal of the others: 7 is P07 */
    mode_t mode;      /* 0: 0644 */
    bool is_link;     /* a link to nothing */
};
enum kind { SAYS_A, SAYS_B, BROKEN, SAYS_NOTHING, KINDS };

extern const struct state states[];
/* One of that kind, by the number drawn: an index of states. */
unsigned state_of(enum kind kind, uint64_t number);

/* The pins, as text, of who is at the ends. */
struct pins {
    char a[64], b[64], c[64], cert_a[64], root_a[64];
};
/* The bytes of the file. Returns their count. */
size_t state_write(const struct state *state, const struct pins *pins, const char *first_line,
                   char *out, size_t size);

/* ---- the ledger ---- */

/* Every state that a file ever had, numbered. Number begun may stand there already, number done
 * does stand there, or one after it. */
#define HISTORY_RING 4096
struct history {
    atomic_uint_fast64_t begun, done;
    atomic_uint ring[HISTORY_RING]; /* indices of states */
};

struct totals {
    atomic_ulong rewrites, broken, torn, others;
};

/* What all processes share. */
struct fixture {
    struct pins pins;
    struct history histories[HOSTS];
    struct totals totals;
    atomic_bool warm, stop; /* all threads are at it; the end */
    bool lie;               /* the ledger says of each file what the one before it said */
    char dir[64];
};

/* Puts all files there. To be called before anybody looks. */
void history_begin(struct fixture *fixture);
/* Writes one of the files that swing, and one of the others. */
void history_step(struct fixture *fixture, uint64_t *random);
/* So many turns a second until the world stops. */
void history_churn(struct fixture *fixture, unsigned a_second);

/* ---- people.c ---- */

/* Makes the keys and certificates, in a process of its own: nobody inherits an OpenSSL from it. */
void peers_make(struct fixture *fixture);

/* What clients remember. */
struct sessions {
    pthread_mutex_t lock;
    SSL_SESSION *list[HOSTS][PEERS][2];
};
void sessions_init(struct sessions *sessions);
void sessions_clear(struct sessions *sessions); /* all of them */

/* What the threads of a process share; sessions are offered by one thread and were another's. */
struct ends {
    SSL_CTX *client, *servers[PEERS];
    struct sessions sessions;
};
void ends_open(struct ends *ends, const struct fixture *fixture);
void ends_close(struct ends *ends);

/* ---- the figures of one thread ---- */

struct tally {
    unsigned long accepted[HOSTS][PEERS], refused[HOSTS][PEERS];
    unsigned long decided[HOSTS][PEERS]; /* only one answer was possible */
    unsigned long by_way[2][2];          /* TLS 1.2 or 1.3; PEER or NONE */
    unsigned long offered, resumed;      /* sessions */
    unsigned long wrongly_accepted[HOSTS], wrongly_refused[HOSTS];
    unsigned long wrong_reason, unclear, overrun;
    unsigned long longest; /* most files that one handshake can have met */
    long descriptors;      /* more at the end than at the beginning */
    long heap, rss_kib;    /* growth, in bytes; where it was measured */
    bool over;             /* it came to its end */
};
void tally_add(struct tally *sum, const struct tally *one);
unsigned long tally_handshakes(const struct tally *tally);
unsigned long tally_wrong(const struct tally *tally);
void tally_print(const struct tally *tally);

/* ---- meet.c ---- */

struct worker {
    struct fixture *fixture;
    struct ends *ends;
    struct sessions *sessions;
    struct tally *tally;
    uint64_t random;
    unsigned long exchanges;
    bool quiet; /* wrong answers are counted, not shown */
};
uint64_t draw(uint64_t *random);
/* One handshake with somebody, in some way; now and then with SSL_CTXs of its own. */
void exchange(struct worker *worker);

/* ---- measure.c ---- */

struct measure {
    long descriptors, rss_kib;
    size_t heap; /* bytes that are in use by malloc(3); 0 under a sanitizer */
};
struct measure measure_now(void);
void measure_growth(struct tally *tally, const struct measure *before);
bool measure_is_sanitized(void);

/* ---- what is run; each returns the exit status ---- */

struct options {
    char with[128], without[128]; /* openssl.cnf with the module ("": none), and without */
    unsigned seconds, threads, processes, rewrites; /* rewrites: in a second */
    unsigned handshakes;
    bool apart; /* threads offer only sessions of their own */
};
int churn(struct fixture *fixture, const struct options *options);
int soak(struct fixture *fixture, const struct options *options);
int prove(struct fixture *fixture, const struct options *options);

/* Lets a storm pass, and adds up its figures. False if somebody did not come to his end. */
bool churn_run(struct fixture *fixture, const struct options *options, bool quiet,
               struct tally *sum);
/* In a child: it dies with the thread that forked it. */
void churn_bind(pid_t parent);
/* Waits for a child, after the end of the storm not for ever. True if it ended well. */
bool churn_reap(struct fixture *fixture, pid_t child, const char *what);
/* Set by a signal: all is to end. */
extern volatile sig_atomic_t interrupted;

/* A process with threads, and those that it forks: some before its OpenSSL is initialised, the
 * others after that, when all its threads have made handshakes. */
struct parallel {
    struct fixture *fixture;
    struct tally *tallies; /* of the threads, of the one that forks, of the processes */
    unsigned threads, early, late;
    bool quiet, apart;
};
_Noreturn void parallel_run(struct parallel *parallel);
/* A process with one thread. */
_Noreturn void parallel_run_alone(const struct parallel *parallel, unsigned number);

#endif
