/*
 * policy.h - what a pin file can say, once read. Data shared by the rooms, and nothing else.
 */
#ifndef PINNING_POLICY_H
#define PINNING_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Ordered: of several, the weakest is the smallest. */
enum pin_mode { PIN_MODE_OFF, PIN_MODE_REPORT, PIN_MODE_ENFORCE };

/* Returns the word of a mode as it is written in files. Static storage. */
const char *pin_mode_name(enum pin_mode mode);

/* Reads "enforce", "report" or "off" (exactly). Returns false, *out untouched, on anything else. */
bool pin_mode_parse(const char *word, enum pin_mode *out);

/* A day, counted from 1970-01-01 UTC. A date lasts to the end of its day, UTC. */
typedef int32_t pin_day;
#define PIN_DAY_NEVER INT32_MAX

/* The day in which the moment now (seconds since 1970, UTC) lies; never PIN_DAY_NEVER. */
pin_day pin_day_of(time_t now);

/* Reads YYYY-MM-DD, 1970 to 9999, exactly. Returns false, *out untouched, on anything else,
 * also on a day that the calendar does not have (31 February). */
bool pin_day_parse(const char *text, pin_day *out);

/* Writes day as YYYY-MM-DD and a NUL. PIN_DAY_NEVER is written as "never", a day before 1970 or
 * after 9999 as the nearest that can be. */
#define PIN_DAY_TEXT 11
void pin_day_format(pin_day day, char out[static PIN_DAY_TEXT]);

enum pin_kind {
    PIN_KIND_KEY,  /* SubjectPublicKeyInfo of the peer's own certificate, DER (RFC 5280 4.1) */
    PIN_KIND_CERT, /* the peer's own certificate, DER */
    PIN_KIND_CA    /* SubjectPublicKeyInfo of a CA proven to stand above it */
};
const char *pin_kind_name(enum pin_kind kind);

enum pin_hash { PIN_SHA256, PIN_SHA384, PIN_SHA512 };
#define PIN_HASHES     3
#define PIN_DIGEST_MAX 64
const char *pin_hash_name(enum pin_hash hash);
size_t pin_hash_size(enum pin_hash hash); /* in bytes */

/* A digest and what it is of. Bytes after the size of the hash are zero. */
struct pin_digest {
    enum pin_hash hash;
    unsigned char bytes[PIN_DIGEST_MAX];
};
bool pin_digest_equal(const struct pin_digest *a, const struct pin_digest *b);

/* Writes the digest as curl does, "sha256//" and base64, and a NUL. */
#define PIN_DIGEST_TEXT 100
void pin_digest_format(const struct pin_digest *digest, char out[static PIN_DIGEST_TEXT]);

struct pin {
    enum pin_kind kind;
    struct pin_digest digest;
    pin_day until; /* the last day on which it holds; PIN_DAY_NEVER: no end */
    unsigned line; /* where it stands in its file, from 1 */
};

/* One HOST.pins. Zeroed it is empty and may be freed. */
struct pin_policy {
    struct pin *pins; /* owned */
    size_t count;
    bool subdomains;
    enum pin_mode mode;
    pin_day report_after; /* the last day on which mode holds; from the next on it is report */
};

/* Frees what the policy owns and zeroes it; NULL is allowed. */
void pin_policy_clear(struct pin_policy *policy);

/* The mode that holds on a day: mode, or report when report_after has passed and mode is enforce.
 */
enum pin_mode pin_policy_mode(const struct pin_policy *policy, pin_day today);

/* The file _store. */
struct pin_store_settings {
    enum pin_mode mode;
    bool refuse_unpinned;
};

#endif
