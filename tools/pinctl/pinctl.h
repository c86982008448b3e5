/*
 * pinctl.h - what the commands of pinctl share.
 *
 * pinctl is linked to OpenSSL like any program, but uses the objects of the module (judge above
 * all) for every question about pins, so that what it says is what the module does. It never loads
 * openssl.cnf into itself: its own connections are not held by the module.
 *
 * A command is one file, cmd_NAME.c, with one function of the type below. One thread.
 */
#ifndef PINCTL_H
#define PINCTL_H

#include <openssl/x509.h>
#include <pinning/judge.h>
#include <pinning/instance.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit status. */
enum pinctl_status {
    PINCTL_FINE = 0,      /* done, and nothing found */
    PINCTL_FINDING = 1,   /* done, and there is something to act on */
    PINCTL_CANNOT_SAY = 2 /* not done, or the answer is not known */
};

/* ---- the command line: options.c ---- */

/* What every command understands; each also prints it under --help. */
struct pinctl {
    const char *command;
    const char *conf;     /* --conf: another openssl.cnf; NULL: the one programs here use */
    const char *pins;     /* --pins: another store; NULL: the one that conf names */
    const char *module;   /* --module: another pinning.so */
    const char *ca_file;  /* --ca-file: trust anchors; NULL: OpenSSL's default places */
    const char *starttls; /* --starttls: a protocol of openssl s_client, NULL: TLS at once */
    bool yes;             /* --yes: every question is answered yes */
    bool json;            /* --json */
    time_t now;           /* the moment of the call */
};

/* One option of a command beyond the shared ones. */
struct pinctl_option {
    const char *name;  /* without the dashes */
    const char *value; /* what it takes, for --help ("DATE"); NULL: nothing; "[KIND]": optional */
    const char *help;
    /* Called for each occurrence, value NULL if there is none. Returns NULL, or what is wrong with
     * the value ("expected a date as 2027-01-31"). */
    const char *(*take)(void *arg, const char *value);
};

/* Everything about a command but its code. */
struct pinctl_command {
    const char *name;
    int (*run)(struct pinctl *ctl, int argc, char **argv); /* argv[0] is the command's name */
    const char *summary;
};
extern const struct pinctl_command pinctl_commands[]; /* ends with a NULL name; pinctl.c */

/* Reads the options; what is left stands in argv[0 .. result-1]. usage is what follows the
 * command's name ("HOST [--until DATE]"), about a paragraph, example a line that works; all three
 * are printed by --help. Returns the count of arguments left; -1 if the call is to end at once with
 * *status (help was asked for, or the call was wrong and that was said). options may be NULL. */
struct pinctl_usage {
    const char *usage;
    const char *about;
    const char *example;
    const struct pinctl_option *options; /* ends with a NULL name */
};
int pinctl_options(struct pinctl *ctl, int argc, char **argv, const struct pinctl_usage *usage,
                   void *arg, int *status);

/* ---- talking to people and programs: out.c ---- */

/* Writes "pinctl COMMAND: text" to standard error and returns PINCTL_CANNOT_SAY. Whatever is
 * formatted in, control characters and non-ASCII bytes reach no terminal. */
__attribute__((format(printf, 2, 3))) int pinctl_fail(const struct pinctl *ctl, const char *fmt,
                                                      ...);

/* printf to a stream, with every byte outside printable ASCII and newline as \xHH. */
__attribute__((format(printf, 2, 3))) void pinctl_print(FILE *out, const char *fmt, ...);

/* Colours are used on a terminal without NO_COLOR only; otherwise these are empty strings. */
enum pinctl_colour { PINCTL_PLAIN, PINCTL_GOOD, PINCTL_WARN, PINCTL_BAD, PINCTL_DIM };
const char *pinctl_colour(FILE *out, enum pinctl_colour colour);

/* Asks on the terminal; true for yes. --yes answers yes; without a terminal the answer is no, which
 * is said. */
bool pinctl_ask(const struct pinctl *ctl, const char *question);

/* A JSON value as it grows, on a stream. Names and texts may hold anything: they are escaped, and
 * what is not UTF-8 becomes the text \xHH. Objects and lists nest; commas are its own affair. */
struct pinctl_json {
    FILE *out;
    unsigned depth;
    unsigned filled; /* a bit a level: something stands there already */
};
void pinctl_json_open(struct pinctl_json *json, const char *name,
                      char kind);                            /* '{' or '['; name NULL in a list */
void pinctl_json_close(struct pinctl_json *json, char kind); /* '}' or ']' */
void pinctl_json_text(struct pinctl_json *json, const char *name, const char *value);
void pinctl_json_number(struct pinctl_json *json, const char *name, long long value);
void pinctl_json_bool(struct pinctl_json *json, const char *name, bool value);

/* ---- which store: settings.c ---- */

/* The file that programs here read: --conf, else OPENSSL_CONF, else OpenSSL's own. Static or argv's
 * storage. */
const char *pinctl_conf_file(const struct pinctl *ctl);

/* Fills *out with what the provider's section of that file says (found by following openssl_conf
 * and providers to the section with our module), as the module itself would read it; --pins
 * overrides. If --pins is not there, that is the module's fault. Without such a section and without
 * --pins: false, and *err says what was looked for where. *out must be static, or otherwise live
 * and stay where it is to the end of the process: it is never closed. */
bool pinctl_settings(const struct pinctl *ctl, struct pin_instance *out, struct pin_error *err);

/* Only the path of the store, for the commands that write: --pins or the configured one. NULL with
 * *err. The caller frees. */
char *pinctl_store_path(const struct pinctl *ctl, struct pin_error *err);

/* ---- certificates: keys.c (reading), certs.c ---- */

/* One thing that has a public key. */
struct pinctl_key {
    X509 *cert;    /* owned, or NULL */
    EVP_PKEY *key; /* owned; of a public key, a private key or a certificate request; else NULL */
    char what[32]; /* "certificate", "public key", "certificate request", "private key" */
};
struct pinctl_keys {
    struct pinctl_key *list; /* owned */
    size_t count;
};

/* Reads every certificate, public key, private key (no passphrase is asked for) and certificate
 * request of a PEM file, or the one of a DER file; "-" is standard input. False with *err: nothing
 * usable, or a PEM block that is damaged. */
bool pinctl_keys_read(const char *file, struct pinctl_keys *out, struct pin_error *err);
void pinctl_keys_clear(struct pinctl_keys *keys);

/* The pin of one: of its key, or (whole) of the certificate. False with *err. */
bool pinctl_key_digest(const struct pinctl_key *key, bool whole, enum pin_hash hash,
                       struct pin_digest *out, struct pin_error *err);

/* Is it a CA (basicConstraints)? And its subject (RFC 2253, as it is: not yet fit for a terminal).
 */
bool pinctl_is_ca(const struct pinctl_key *key);
void pinctl_subject(const struct pinctl_key *key, char *out, size_t size);
void pinctl_issuer(const struct pinctl_key *key, char *out, size_t size);

/* The days, UTC, in which a certificate's validity begins and ends. */
void pinctl_validity(X509 *cert, pin_day *first, pin_day *last);

/* The trust anchors: --ca-file, else SSL_CERT_FILE and OpenSSL's default places. NULL with *err;
 * the caller frees. */
X509_STORE *pinctl_trust(const struct pinctl *ctl, struct pin_error *err);

/* ---- servers: probe.c ---- */

/* HOST, HOST:PORT, [V6]:PORT or a V6 address; port 443 if there is none. Host is canonical
 * (pin_identity_parse). False with *err. */
struct pinctl_target {
    struct pin_identity host;
    unsigned port;
    char starttls[32];       /* "" for none */
    struct pin_identity sni; /* the server name to send; empty: host, if it is no address */
};
bool pinctl_target_parse(const char *text, struct pinctl_target *out, struct pin_error *err);

/* Sets starttls to what is asked for (NULL: none). False with *err: it is no name of a protocol. */
bool pinctl_target_starttls(struct pinctl_target *target, const char *protocol,
                            struct pin_error *err);

/* What a server presented, leaf first, got by running "openssl s_client" with an empty
 * configuration: many targets at once (at most parallel), each within timeout_in_secs. done is
 * called once for each, in the order in which they end; chain is NULL on failure and err says why
 * (the last line of s_client that says something). Chain and key belong to the callee's caller only
 * for the call. */
typedef void pinctl_probe_done(void *arg, size_t index, STACK_OF(X509) * chain,
                               const struct pin_error *err);
bool pinctl_probe(const struct pinctl_target *targets, size_t count, unsigned parallel,
                  unsigned timeout_in_secs, pinctl_probe_done *done, void *arg,
                  struct pin_error *err);

/* One target: the chain, which the caller frees with sk_X509_pop_free(); NULL with *err. */
STACK_OF(X509) * pinctl_probe_one(const struct pinctl_target *target, struct pin_error *err);

/* ---- the store's files: files.c ---- */

/* Names of all files of the store that end in .pins, and all others (_store apart), each sorted;
 * called one by one. Returns false with *err. Memory does not grow with the store, except where
 * sorted is asked for. */
typedef bool pinctl_each_file(void *arg, const char *name); /* false ends the walk */
bool pinctl_walk(const char *store, bool sorted, pinctl_each_file *each, void *arg,
                 struct pin_error *err);

/* Writes NAME (a file's name) into the store whole or not at all: a temporary file that begins with
 * a dot, mode 0644 whatever the umask, fsync, rename, fsync of the directory. Under a lock (flock
 * on the directory) for the time between pinctl_lock and pinctl_unlock, so that two pinctl never
 * write at once. False with *err: the old file stands as it was. */
int pinctl_lock(const char *store, struct pin_error *err); /* a descriptor, or -1 */
void pinctl_unlock(int lock);
bool pinctl_write(int lock, const char *name, const char *text, size_t len, struct pin_error *err);
bool pinctl_remove(int lock, const char *name, struct pin_error *err);

/* Makes the directory (0755) and _store where they are missing, and says so on standard error.
 * Refuses to turn a directory with other files in it into a store. */
bool pinctl_make_store(const char *store, struct pin_error *err);

/* Reads and parses HOST.pins for editing; name is HOST. FOUND: *policy and *text (both to be
 * cleared) are filled; NONE; otherwise *err. With an error in the file (PIN_R_SYNTAX) the answer is
 * ERROR, and *text is filled nevertheless, for whoever mends it. */
enum pin_store_status pinctl_read(const struct pin_instance *module, const char *name,
                                  struct pin_policy *policy, struct pin_text *text,
                                  struct pin_error *err);

/* The same for _store; never NONE. Without a _store the reason is PIN_R_NO_STORE and *text is
 * empty. */
enum pin_store_status pinctl_read_store_settings(const struct pin_instance *module,
                                                 struct pin_store_settings *settings,
                                                 struct pin_text *text, struct pin_error *err);

#endif
