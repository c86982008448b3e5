/*
 * load.h - the module under load: many clients, while the pins change.
 *
 * One thread has both ends of a connection (attacks/pair.c). Each rewriting of a pin file is
 * recorded in shared memory before and after (the history). So each client knows which files it can
 * have read, and its answer must follow from one of them.
 *
 * Files: states.c contents of files · history.c rewriting · peer_table.c keys and SSL_CTXs ·
 * exchange.c one handshake · measure.c memory and descriptors · tally.c counts · churn.c,
 * parallel.c, soak.c, prove.c the tests · main.c.
 */
#ifndef LOAD_H
#define LOAD_H

#include "../attacks/core.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- peers and hosts ---- */

/* A and B have a certificate of a root each, for all hosts here; clients trust both roots. A file
 * pins B alone only to stand for a renewed key, so B is the impostor wherever a file pins A. */
enum peer { PEER_A, PEER_B, PEERS };

enum host {
    HOST_SWING,   /* A, B and broken files, by rename */
    HOST_BELOW,   /* the same, in the file of its parent */
    HOST_GONE,    /* the same, and sometimes no file: removed, created again by rename */
    HOST_RENEWED, /* always A, in a different form each time, by rename */
    HOST_TORN,    /* always A, truncated and written in place: half a file for an instant */
    HOST_FIXED,   /* A, never rewritten */
    HOST_FREE,    /* has no file */
    HOSTS
};
extern const char *const host_names[HOSTS];
extern const char *const host_files[HOSTS]; /* NULL: none */

/* ---- contents of a file ---- */

enum { OK_A = 1, OK_B = 2 };
struct state {
    const char *name;
    const char *text; /* $a $b $c: keys, $A: certificate, $R: root of A; NULL: there is no file */
    unsigned accepts; /* of OK_A and OK_B */
    unsigned reason;  /* the reason why others are refused: 7 is P07 */
    mode_t mode;      /* 0: 0644 */
    bool is_link;     /* a link to nothing */
};
enum kind { SAYS_A, SAYS_B, BROKEN, SAYS_NOTHING, KINDS };

extern const struct state states[];
/* Returns the index of a state of that kind, chosen by number. */
unsigned state_of(enum kind kind, uint64_t number);

/* The pins of the peers, as text. */
struct pins {
    char a[64], b[64], c[64], cert_a[64], root_a[64];
};
/* Writes the bytes of the file to out. Returns their count. */
size_t state_write(const struct state *state, const struct pins *pins, const char *first_line,
                   char *out, size_t size);

/* ---- the history ---- */

/* All states of a file, numbered. The file has the state done, or a later one up to begun. */
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
    atomic_bool warm, stop; /* all threads are warm; the test ends */
    bool late;              /* the history records the state before, so it is one file late */
    char dir[64];
};

/* Writes all files of the store. Called before any process reads it. */
void history_begin(struct fixture *fixture);
/* Rewrites one of the files that swing, and one of the others. */
void history_step(struct fixture *fixture, uint64_t *random);
/* Rewrites so many times a second, until fixture->stop. */
void history_churn(struct fixture *fixture, unsigned a_second);

/* ---- peer_table.c ---- */

/* Makes the keys and certificates, in a process of its own, so that no process inherits an
 * initialised OpenSSL. */
void peers_make(struct fixture *fixture);

/* The sessions of clients. */
struct sessions {
    pthread_mutex_t lock;
    SSL_SESSION *list[HOSTS][PEERS][2];
};
void sessions_init(struct sessions *sessions);
void sessions_clear(struct sessions *sessions); /* all of them */

/* What the threads of a process share; a thread offers sessions of all threads. */
struct ends {
    SSL_CTX *client, *servers[PEERS];
    struct sessions sessions;
};
void ends_open(struct ends *ends, const struct fixture *fixture);
void ends_close(struct ends *ends);

/* ---- the counts of one thread ---- */

struct tally {
    unsigned long accepted[HOSTS][PEERS], refused[HOSTS][PEERS];
    unsigned long decided[HOSTS][PEERS]; /* only one answer was right */
    unsigned long by_way[2][2];          /* TLS 1.2 or 1.3; PEER or NONE */
    unsigned long offered, resumed;      /* sessions */
    unsigned long wrongly_accepted[HOSTS], wrongly_refused[HOSTS];
    unsigned long wrong_reason, unclear, overrun;
    unsigned long longest; /* the most files that one handshake can have read */
    long descriptors;      /* more at the end than at the beginning */
    long heap, rss_kib;    /* growth, in bytes; where it was measured */
    bool over;             /* the thread or process ended properly */
};
void tally_add(struct tally *sum, const struct tally *one);
unsigned long tally_handshakes(const struct tally *tally);
unsigned long tally_wrong(const struct tally *tally);
void tally_print(const struct tally *tally);

/* ---- exchange.c ---- */

struct worker {
    struct fixture *fixture;
    struct ends *ends;
    struct sessions *sessions;
    struct tally *tally;
    uint64_t random;
    unsigned long exchanges;
    bool quiet; /* wrong answers are counted, not printed */
};
uint64_t draw(uint64_t *random);
/* Makes one handshake of a random kind; every fiftieth with SSL_CTXs of its own. */
void exchange(struct worker *worker);

/* ---- measure.c ---- */

struct measure {
    long descriptors, rss_kib;
    size_t heap; /* bytes allocated by malloc(3); 0 with a sanitizer */
};
struct measure measure_now(void);
void measure_growth(struct tally *tally, const struct measure *before);
bool measure_is_sanitized(void);

/* ---- the tests; each returns the exit status ---- */

struct options {
    char with[128], without[128]; /* openssl.cnf with the module ("": none), and without */
    unsigned seconds, threads, processes, rewrites; /* rewrites: in a second */
    unsigned handshakes;
    bool apart; /* threads offer only sessions of their own */
};
int churn(struct fixture *fixture, const struct options *options);
int soak(struct fixture *fixture, const struct options *options);
int prove(struct fixture *fixture, const struct options *options);

/* Runs the churn and adds up its counts. False if a process did not end properly. */
bool churn_run(struct fixture *fixture, const struct options *options, bool quiet,
               struct tally *sum);
/* Called in a child: it is killed when the thread that forked it ends. */
void churn_bind(pid_t parent);
/* Waits for a child, with a limit after the end of the churn. True if it exited with status 0. */
bool churn_reap(struct fixture *fixture, pid_t child, const char *what);
/* Set by a signal: end the test. */
extern volatile sig_atomic_t interrupted;

/* A process with threads, and the processes that it forks: some before its OpenSSL is initialised,
 * the others after all its threads have made handshakes. */
struct parallel {
    struct fixture *fixture;
    struct tally *tallies; /* of the threads, the thread that forks, the processes */
    unsigned threads, early, late;
    bool quiet, apart;
};
/* Runs the process with threads. */
_Noreturn void parallel_run(struct parallel *parallel);
/* Runs a process with one thread. */
_Noreturn void parallel_run_alone(const struct parallel *parallel, unsigned number);

#endif
