/* parse_fixture.h - pins, and the checks of an error, for the suites of parse. */
#ifndef PARSE_FIXTURE_H
#define PARSE_FIXTURE_H

#include "expect.h"
#include "suite.h"

#include <pinning/parse.h>
#include <stdio.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1 /* the text may contain a NUL */

/* The same key in base64, hex, and hex with colons. */
#define B64 "sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="
#define HEX "sha256:ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c4612776"
#define COLON                                                                                      \
    "sha256:EC:72:29:69:CB:64:20:0A:B6:63:8F:68:AC:53:8E:40:AB:AB:5B:19:A6:48:56:61:04:2A:10:61:"  \
    "C4:61:27:76"
/* Other digests. */
#define B64_2 "sha256//x9SZw6TwIqfmvrLZ/kz1o0Ossjmn728BnBKpUFqGNVM="
#define S384  "sha384//jkbbx4pMBXupBxW0HiB+juZGFuLtwUNsQYytXNoevAZUX4Xx+7cyUkqVLV3RcE7I"
#define S384_HEX                                                                                   \
    "sha384:"                                                                                      \
    "8e46dbc78a4c057ba90715b41e207e8ee64616e2edc1436c418cad5cda1ebc06545f85f1fbb732524a952d5dd170" \
    "4ec8"
#define S512                                                                                       \
    "sha512//W/"                                                                                   \
    "2LefjU4lC3MQ3H3PCq8Hy7LNmbuuQMDRKRfhgDcaGRl3DGyyScwWpWUAq7yvWggVDJX8WKZnRbHArCcYRRIw=="
#define S512_HEX                                                                                   \
    "sha512:5bfd8b79f8d4e250b7310dc7dcf0aaf07cbb2cd99bbae40c0d12917e180371a1"                      \
    "919770c6cb249cc16a56500abbcaf5a08150c95fc58a66745b1c0ac271845123"

#define OK "mode = off\n" /* a good first line */

/* Returns a copy without a byte behind it, so that the sanitizer sees a read too far. */
static inline char *exact_copy(const char *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(copy);
    return memcpy(copy, bytes, len);
}

/* A file and the error that it must cause. */
struct fault {
    const char *bytes;
    size_t len;
    unsigned line, column;
    const char *says;
};

static inline void check_fault(const struct fault *fault, const char *file, enum pin_reason reason,
                               const struct pin_error *err)
{
    const char *name = case_name("parse", fault->bytes, fault->len);
    char place[64];

    snprintf(place, sizeof place, "%s:%u:%u: ", file, fault->line, fault->column);
    expect_text(name, pin_reason_text(reason), pin_reason_text(err->reason));
    ck_assert_msg(strncmp(err->text, place, strlen(place)) == 0, "%s: expected %s..., got %s", name,
                  place, err->text);
    ck_assert_msg(strstr(err->text + strlen(place), fault->says) != NULL,
                  "%s: expected ...%s..., got %s", name, fault->says, err->text);
    for (const char *c = err->text; *c != '\0'; c++)
        ck_assert_msg(*c >= ' ' && *c <= '~', "%s", err->text);
}

static inline void parse_fault(const struct fault *fault)
{
    static const struct pin_policy empty;
    struct pin_policy policy;
    struct pin_error err = {0};
    char *bytes = exact_copy(fault->bytes, fault->len);

    memset(&policy, 0x55, sizeof policy);
    ck_assert_msg(!pin_parse_policy(bytes, fault->len, "h.pins", &policy, &err),
                  "%s: expected an error, got none", case_name("parse", fault->bytes, fault->len));
    check_fault(fault, "h.pins", PIN_R_SYNTAX, &err);
    ck_assert_ptr_null(policy.pins);
    ck_assert_uint_eq(policy.count, empty.count);
    ck_assert_int_eq(policy.subdomains, empty.subdomains);
    ck_assert_int_eq(policy.mode, empty.mode);
    ck_assert_int_eq(policy.report_after, empty.report_after);
    ck_assert_int_eq(policy.mode_until, empty.mode_until);
    free(bytes);
}

#endif
