#include "suite.h"

#include <pinning/parse.h>
#include <stdio.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1 /* so that a NUL can stand within */

/* The same key in base64, hex, and hex with colons. */
#define B64 "sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="
#define HEX "sha256:ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c4612776"
#define COLON                                                                                      \
    "sha256:EC:72:29:69:CB:64:20:0A:B6:63:8F:68:AC:53:8E:40:AB:AB:5B:19:A6:48:56:61:04:2A:10:61:"  \
    "C4:61:27:76"
/* Others. */
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

/* Pins alone */

static const struct {
    const char *word, *canonical;
} pins[] = {
    {B64, B64},
    {HEX, B64},
    {COLON, B64},
    {B64_2, B64_2},
    {S384, S384},
    {S384_HEX, S384},
    {S512, S512},
    {S512_HEX, S512},
    {"sha256:EC722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c461277F",
     "sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ38="},
};

START_TEST(pin_is_read)
{
    struct pin_digest digest;
    char text[PIN_DIGEST_TEXT];
    size_t at;

    memset(&digest, 0x55, sizeof digest);
    ck_assert_ptr_null(pin_parse_digest(pins[_i].word, &digest, &at));
    pin_digest_format(&digest, text);
    ck_assert_str_eq(text, pins[_i].canonical);
    for (size_t i = pin_hash_size(digest.hash); i < PIN_DIGEST_MAX; i++)
        ck_assert_int_eq(digest.bytes[i], 0);
}
END_TEST

static const struct {
    const char *word;
    size_t at;
    const char *says;
} no_pins[] = {
    /* The form. */
    {"", 0, "expected sha256//BASE64 or sha256:HEX"},
    {"7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 0, "expected sha256//BASE64"},
    {"ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c4612776", 0, "not a pin"},
    {"sha256", 6, "neither"},
    {"sha256=7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 6, "neither"},
    {"sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 6, "one slash"}, /* OkHttp's */
    {"sha256/", 6, "one slash"},
    {"sha2561//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 6, "neither"},
    {"SHA256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 0, "lower case"},
    {"Sha384:00", 0, "lower case"},
    {"pin-sha256=\"7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=\"", 0, "not a pin"},
    {"\"" B64 "\"", 0, "not a pin"},
    {"sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk=", 0, "weaker than sha256"},
    {"sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709", 0, "weaker than sha256"},
    {"SHA1:DA:39", 0, "weaker than sha256"},
    {"sha-1//x", 0, "weaker than sha256"},
    {"md5:d41d8cd98f00b204e9800998ecf8427e", 0, "weaker than sha256"},
    {"MD5//x", 0, "weaker than sha256"},
    {"sha224//x", 0, "weaker than sha256"},
    {"sha3-256//x", 0, "not a pin"},
    {"blake2//x", 0, "not a pin"},
    /* Base64. */
    {"sha256//", 8, "64 hex digits or 44 characters"},
    {"sha256//7HIp", 12, "wrong length"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y", 51, "padding"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3", 50, "wrong length"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3=", 50, "wrong length"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y==", 52, "wrong length"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=A", 52, "wrong length"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=,", 52, "not a character"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3YA", 51, "wrong length"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y.", 51, "not a character"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Z=", 50, "bits"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3b=", 50, "bits"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3_=", 50, "not a character"},
    {"sha256//7HIpact*IAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 15, "not a character"},
    {"sha256//-HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 8, "not a character"},
    {"sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3\xc3\xa4=", 50, "not a character"},
    {"sha256//=HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 8, "wrong length"},
    {"sha384//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 51, "64 characters"},
    {"sha256//jkbbx4pMBXupBxW0HiB+juZGFuLtwUNsQYytXNoevAZUX4Xx+7cyUkqVLV3RcE7I", 51,
     "wrong length"},
    {S384 "=", 72, "wrong length"},
    {S384 "A", 72, "wrong length"},
    {"sha512//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 51, "88 characters"},
    {"sha512//W/"
     "2LefjU4lC3MQ3H3PCq8Hy7LNmbuuQMDRKRfhgDcaGRl3DGyyScwWpWUAq7yvWggVDJX8WKZnRbHArCcYRRIw",
     94, "padding"},
    {"sha512//W/"
     "2LefjU4lC3MQ3H3PCq8Hy7LNmbuuQMDRKRfhgDcaGRl3DGyyScwWpWUAq7yvWggVDJX8WKZnRbHArCcYRRIw=",
     95, "padding"},
    {"sha512//W/"
     "2LefjU4lC3MQ3H3PCq8Hy7LNmbuuQMDRKRfhgDcaGRl3DGyyScwWpWUAq7yvWggVDJX8WKZnRbHArCcYRRIx==",
     93, "bits"},
    {S512 "=", 96, "wrong length"},
    /* Hex. */
    {"sha256:", 7, "64 hex digits"},
    {"sha256:ec", 9, "wrong length"},
    {"sha256:ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c461277", 70, "wrong length"},
    {HEX "0", 71, "wrong length"},
    {HEX "g", 71, "not a hex digit"},
    {HEX ":", 9, "colons"},
    {COLON ":", 102, "wrong length"},
    {COLON ":00", 102, "wrong length"},
    {COLON "0", 102, "wrong length"},
    {"sha256:xc722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c4612776", 7, "not a hex"},
    {"sha256:ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c461277=", 70, "not a hex"},
    {"sha256:0xec", 8, "not a hex"},
    {"sha256:EC:72:29-69", 15, "not a hex"},
    {"sha256:EC:72:2969", 15, "colons in some places"},
    {"sha256:EC72:29:69", 9, "colons in some places"},
    {"sha256:EC::72", 10, "colons in some places"},
    {"sha256::EC:72", 7, "colons in some places"},
    {"sha256:E:C72", 8, "colons in some places"},
    {"sha256:EC:72", 12, "wrong length"},
    {"sha384:ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c4612776", 71, "96 hex"},
    {"sha512:ec722969cb64200ab6638f68ac538e40abab5b19a6485661042a1061c4612776", 71, "128 hex"},
    {"sha256//sha256//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", 51, "wrong length"},
    /* The hash of nothing. */
    {"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 0, "no data"},
    {"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0, "no data"},
    {"sha384//OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb", 0, "no data"},
    {"sha512//z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/"
     "SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
     0, "no data"},
};

START_TEST(pin_is_refused)
{
    struct pin_digest digest, untouched;
    size_t at = 1000;
    const char *says;

    memset(&digest, 0x55, sizeof digest);
    untouched = digest;
    says = pin_parse_digest(no_pins[_i].word, &digest, &at);
    ck_assert_ptr_nonnull(says);
    ck_assert_msg(strstr(says, no_pins[_i].says) != NULL, "%s", says);
    ck_assert_uint_eq(at, no_pins[_i].at);
    ck_assert_int_eq(memcmp(&digest, &untouched, sizeof digest), 0);
}
END_TEST

/* One spelling, one digest: whatever byte of a pin is changed or cut off, it is refused or is a
 * different pin. Only the case of a hex digit may differ. */
START_TEST(pin_has_one_meaning)
{
    struct pin_digest original, digest;
    char word[160];
    size_t at, len = strlen(pins[_i].word);

    ck_assert_ptr_null(pin_parse_digest(pins[_i].word, &original, &at));
    for (size_t i = 0; i < len; i++) {
        for (int byte = 0; byte < 256; byte++) {
            strcpy(word, pins[_i].word);
            if (byte == (unsigned char)word[i] || (byte ^ 0x20) == word[i])
                continue;
            word[i] = (char)byte;
            if (pin_parse_digest(word, &digest, &at) == NULL)
                ck_assert_msg(!pin_digest_equal(&digest, &original), "%s", word);
            else
                ck_assert_msg(at <= strlen(word), "%s at %zu", word, at);
        }
    }
}
END_TEST

/* Files that are right */

#define NEVER PIN_DAY_NEVER
#define K     PIN_KIND_KEY
#define C     PIN_KIND_CERT
#define A     PIN_KIND_CA
#define E     PIN_MODE_ENFORCE

static const struct {
    const char *bytes;
    size_t len;
    size_t count;
    struct {
        enum pin_kind kind;
        const char *digest;
        pin_day until;
        unsigned line;
    } pins[4];
    bool subdomains;
    enum pin_mode mode;
    pin_day report_after;
} files[] = {
    {BYTES("key = " B64 "\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("key = " B64), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("key=" B64 "\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("\t key\t \t=\t " B64 " \t\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("\n\n \t\nkey = " HEX "\n\n"), 1, {{K, B64, NEVER, 4}}, false, E, NEVER},
    {BYTES("# all\n  # of it\n#\nkey = " COLON " # now\n"),
     1,
     {{K, B64, NEVER, 4}},
     false,
     E,
     NEVER},
    {BYTES("key = " B64 "\t# caf\xc3\xa9 = key # key\n"), 1, {{K, B64, NEVER, 1}}, false, E, NEVER},
    {BYTES("key = " B64 " until 2027-01-31\n"), 1, {{K, B64, 20849, 1}}, false, E, NEVER},
    {BYTES("key = " B64 "\t until \t2027-01-31 #x"), 1, {{K, B64, 20849, 1}}, false, E, NEVER},
    {BYTES("key = " B64 " until 1970-01-01\n"), 1, {{K, B64, 0, 1}}, false, E, NEVER},
    {BYTES("key = " B64 "\ncert = " B64 "\nca = " B64 "\nkey = " B64_2 "\n"),
     4,
     {{K, B64, NEVER, 1}, {C, B64, NEVER, 2}, {A, B64, NEVER, 3}, {K, B64_2, NEVER, 4}},
     false,
     E,
     NEVER},
    {BYTES("ca = " S512 "\nca = " S384 "\n"),
     2,
     {{A, S512, NEVER, 1}, {A, S384, NEVER, 2}},
     false,
     E,
     NEVER},
    {BYTES("subdomains = yes\nmode = report\nreport-after = 2027-01-31\nkey = " B64 "\n"),
     1,
     {{K, B64, NEVER, 4}},
     true,
     PIN_MODE_REPORT,
     20849},
    {BYTES("key = " B64 "\nsubdomains=no\nmode=enforce\n"),
     1,
     {{K, B64, NEVER, 1}},
     false,
     E,
     NEVER},
    {BYTES("mode = off\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nsubdomains = yes"), 0, {{0}}, true, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nkey = " B64), 1, {{K, B64, NEVER, 2}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = api.example.com:443\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = API_1.example.com.:65535 smtp\n"),
     0,
     {{0}},
     false,
     PIN_MODE_OFF,
     NEVER},
    {BYTES("mode = off\nprobe = [::1]:1 x-9\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = [2001:db8::1]:443 # x\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nprobe = 1.2.3.4:25 smtp\n"), 0, {{0}}, false, PIN_MODE_OFF, NEVER},
    {BYTES("mode = off\nx-team = a = b  \"c\"\nx-team=again\nx-a.B=1\n"),
     0,
     {{0}},
     false,
     PIN_MODE_OFF,
     NEVER},
};

static void check_file(int i, const struct pin_policy *policy)
{
    ck_assert_uint_eq(policy->count, files[i].count);
    ck_assert_int_eq(policy->subdomains, files[i].subdomains);
    ck_assert_int_eq(policy->mode, files[i].mode);
    ck_assert_int_eq(policy->report_after, files[i].report_after);
    for (size_t n = 0; n < policy->count; n++) {
        char text[PIN_DIGEST_TEXT];
        pin_digest_format(&policy->pins[n].digest, text);
        ck_assert_str_eq(text, files[i].pins[n].digest);
        ck_assert_int_eq(policy->pins[n].kind, files[i].pins[n].kind);
        ck_assert_int_eq(policy->pins[n].until, files[i].pins[n].until);
        ck_assert_uint_eq(policy->pins[n].line, files[i].pins[n].line);
    }
}

/* On a copy without a byte behind it, so that the sanitizer sees a read too far. */
static char *exact_copy(const char *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    ck_assert_ptr_nonnull(copy);
    return memcpy(copy, bytes, len);
}

START_TEST(file_is_read)
{
    struct pin_policy policy;
    struct pin_error err = {0};
    char *bytes = exact_copy(files[_i].bytes, files[_i].len);
    bool ok;

    memset(&policy, 0x55, sizeof policy);
    ok = pin_parse_policy(bytes, files[_i].len, "h.pins", &policy, &err);
    ck_assert_msg(ok, "%s", err.text);
    ck_assert_int_eq(err.reason, PIN_OK);
    check_file(_i, &policy);
    pin_policy_clear(&policy);
    free(bytes);
}
END_TEST

/* Files that are wrong */

struct fault {
    const char *bytes;
    size_t len;
    unsigned line, column;
    const char *says;
};

#define OK "mode = off\n"

static const struct fault faults[] = {
    /* No pin. */
    {BYTES(""), 1, 1, "no pin"},
    {BYTES("\n"), 1, 1, "no pin"},
    {BYTES("\n\n \n"), 3, 1, "no pin"},
    {BYTES("# only\n# comments\n"), 2, 1, "expected key, cert or ca"},
    {BYTES("#key = " B64 "\n"), 1, 1, "no pin"},
    {BYTES("mode = report\n"), 1, 1, "no pin"},
    {BYTES("mode = enforce\nsubdomains = yes\n"), 2, 1, "no pin"},
    {BYTES("x-key = " B64 "\n"), 1, 1, "no pin"},
    {BYTES("probe = a:1"), 1, 1, "no pin"},
    {BYTES("report-after = 2026-01-01"), 1, 1, "no pin"},
    /* Names. */
    {BYTES(OK "host = a\n"), 2, 1, "unknown name 'host': expected key, cert, ca"},
    {BYTES(OK "  kye = " B64), 2, 3, "unknown name 'kye'"},
    {BYTES("Key = " B64), 1, 1, "lower case: expected key"},
    {BYTES("KEY = " B64), 1, 1, "lower case: expected key"},
    {BYTES(OK "\tReport-After = 2026-01-01"), 2, 2, "lower case: expected report-after"},
    {BYTES("pin = " B64), 1, 1, "'pin': expected key = sha256//"},
    {BYTES("pins = " B64), 1, 1, "expected key = sha256//"},
    {BYTES("pin-sha256=\"7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=\""), 1, 1,
     "expected key = sha256//"},
    {BYTES(B64), 1, 1, "expected key = sha256//"},
    {BYTES(HEX), 1, 72, "missing '='"},
    {BYTES("keys = " B64), 1, 1, "unknown name 'keys'"},
    {BYTES("ke = " B64), 1, 1, "unknown name 'ke'"},
    {BYTES("\"key\" = " B64), 1, 1, "unknown name"},
    {BYTES("report_after = 2026-01-01"), 1, 1, "unknown name"},
    {BYTES("unpinned = allow"), 1, 1, "unknown name"}, /* of _store */
    {BYTES("x- = a"), 1, 1, "unknown name"},
    {BYTES("X-a = a"), 1, 1, "unknown name"},
    {BYTES("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = b"), 1, 1,
     "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa':"},
    /* The form of a line. */
    {BYTES("key"), 1, 4, "missing '=': expected NAME = VALUE"},
    {BYTES("key " B64), 1, 5, "missing '='"}, /* and not the '=' at its end */
    {BYTES("key: " B64), 1, 6, "missing '='"},
    {BYTES("key # = " B64), 1, 5, "missing '='"},
    {BYTES("key a = b"), 1, 5, "missing '='"},
    {BYTES("[section]"), 1, 10, "missing '='"},
    {BYTES("; comment"), 1, 3, "missing '='"},
    {BYTES("= " B64), 1, 1, "missing name"},
    {BYTES(OK " \t= x"), 2, 3, "missing name"},
    {BYTES("key =\n"), 1, 6, "empty value: expected sha256//BASE64"},
    {BYTES("key = \t \n"), 1, 9, "empty value"},
    {BYTES("key = # " B64), 1, 7, "empty value"},
    {BYTES("mode ="), 1, 7, "empty value: expected enforce, report or off"},
    {BYTES("subdomains="), 1, 12, "empty value: expected yes or no"},
    {BYTES("report-after="), 1, 14, "empty value: expected YYYY"},
    {BYTES("probe="), 1, 7, "empty value: expected HOST:PORT"},
    {BYTES(OK "x-a ="), 2, 6, "empty value"},
    {BYTES(OK "x-a"), 2, 4, "missing '='"},
    {BYTES("key == " B64), 1, 6, "not a pin"},
    {BYTES("key = " B64 "#now"), 1, 59, "not a character"}, /* no blank before */
    {BYTES("mode = off#now"), 1, 8, "'off#now' is not a value of mode"},
    {BYTES("mode = off \\\n"), 1, 12, "after the value"},
    /* Pins. */
    {BYTES("key = sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="), 1, 13, "one slash"},
    {BYTES("key = sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk="), 1, 7, "weaker than sha256 is not accepted"},
    {BYTES("key = md5:d41d8cd98f00b204e9800998ecf8427e"), 1, 7, "weaker than sha256"},
    {BYTES("key = sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), 1, 7,
     "the hash of no data: the command that made it read empty input"},
    {BYTES("\n key  =  sha256//7HIpactk!Aq2"), 2, 26, "not a character of base64"},
    {BYTES("key = sha256:EC:72:29:6g"), 1, 24, "not a hex digit"},
    {BYTES("key = sha256:EC72:29"), 1, 16, "colons"},
    {BYTES("key = sha256:EC 72 29"), 1, 16, "wrong length"},
    {BYTES("key = sha384//7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y="), 1, 58, "64 characters"},
    {BYTES("key = \"" B64 "\""), 1, 7, "not a pin"},
    {BYTES("key = " B64 "," B64_2), 1, 59, "not a character"},
    {BYTES("key = " B64 ";" B64_2), 1, 59, "not a character"},
    {BYTES("key = " B64 " " B64_2), 1, 60, "expected until YYYY-MM-DD, or nothing"},
    {BYTES("key = " B64 "\nkey = " B64), 2, 7, "already on line 1"},
    {BYTES("key = " B64 "\n\ncert = " B64 "\nkey = " COLON), 4, 7, "already on line 1"},
    {BYTES("ca = " B64 "\nkey = " B64 "\nkey = " B64 " until 2027-01-01"), 3, 7,
     "already on line 2"},
    /* Dates. */
    {BYTES("key = " B64 " until"), 1, 65, "missing date: expected YYYY-MM-DD"},
    {BYTES("key = " B64 " until  "), 1, 67, "missing date"},
    {BYTES("key = " B64 " until # 2027-01-01"), 1, 66, "missing date"},
    {BYTES("key = " B64 " until 2026-02-31"), 1, 66, "'2026-02-31' is not a day"},
    {BYTES("key = " B64 " until 2026-2-3"), 1, 66, "is not a day: expected YYYY-MM-DD"},
    {BYTES("key = " B64 " until never"), 1, 66, "'never' is not a day"},
    {BYTES("key = " B64 " until 2027-01-01 2027-01-02"), 1, 77, "'2027-01-02' after the value"},
    {BYTES("key = " B64 " Until 2027-01-01"), 1, 60, "'Until' after a pin"},
    {BYTES("key = " B64 " till 2027-01-01"), 1, 60, "'till' after a pin"},
    {BYTES("key = " B64 " 2027-01-01"), 1, 60, "'2027-01-01' after a pin"},
    {BYTES("key = " B64 " until=2027-01-01"), 1, 60, "after a pin"},
    {BYTES("report-after = 2025-02-29"), 1, 16, "'2025-02-29' is not a day"},
    {BYTES("report-after = 2027-01-01T00:00"), 1, 16, "is not a day"},
    {BYTES("report-after = 2027-01-01 00:00"), 1, 27, "'00:00' after the value"},
    {BYTES("report-after = until 2027-01-01"), 1, 16, "'until' is not a day"},
    /* Words. */
    {BYTES("mode = On"), 1, 8, "'On' is not a value of mode: expected enforce, report or off"},
    {BYTES("mode = Enforce"), 1, 8, "'Enforce' is not a value"},
    {BYTES("mode = enforce report"), 1, 16, "'report' after the value"},
    {BYTES("mode = enforce, report"), 1, 8, "'enforce,' is not a value"},
    {BYTES("mode = \"off\""), 1, 8, "not a value of mode"},
    {BYTES("subdomains = true"), 1, 14, "'true' is not a value of subdomains: expected yes or no"},
    {BYTES("subdomains = Yes"), 1, 14, "'Yes' is not a value"},
    {BYTES("subdomains = 1"), 1, 14, "'1' is not a value"},
    {BYTES("subdomains = yes no"), 1, 18, "'no' after the value"},
    {BYTES("mode = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 1, 8,
     "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is not a"},
    /* Once. */
    {BYTES("mode = off\nmode = off\n"), 2, 1, "mode is already on line 1"},
    {BYTES("mode = off\n\n mode = enforce\n"), 3, 2, "mode is already on line 1"},
    {BYTES(OK "subdomains = yes\nsubdomains = no"), 3, 1, "subdomains is already on line 2"},
    {BYTES(OK "report-after = 2026-01-01\nreport-after = 2026-01-01"), 3, 1, "already on line 2"},
    {BYTES(OK "probe = a:1\nprobe = a:2"), 3, 1, "probe is already on line 2"},
    /* Probes. */
    {BYTES(OK "probe = api.example.com"), 2, 9, "expected HOST:PORT [PROTOCOL]"},
    {BYTES(OK "probe = a:"), 2, 11, "not a port: expected 1 to 65535"},
    {BYTES(OK "probe = a:0"), 2, 11, "'0' is not a port"},
    {BYTES(OK "probe = a:65536"), 2, 11, "'65536' is not a port"},
    {BYTES(OK "probe = a:100000"), 2, 11, "not a port"},
    {BYTES(OK "probe = a:4294967739"), 2, 11, "not a port"},
    {BYTES(OK "probe = a:0443"), 2, 11, "not a port"},
    {BYTES(OK "probe = a:-1"), 2, 11, "not a port"},
    {BYTES(OK "probe = a:+443"), 2, 11, "not a port"},
    {BYTES(OK "probe = a:https"), 2, 11, "'https' is not a port"},
    {BYTES(OK "probe = a: 443"), 2, 11, "not a port"},
    {BYTES(OK "probe = :443"), 2, 9, "not a host"},
    {BYTES(OK "probe = ::1:443"), 2, 9, "not a host before the port"},
    {BYTES(OK "probe = [::1]"), 2, 12, "not a port"},
    {BYTES(OK "probe = [::1]443"), 2, 12, "not a port"},
    {BYTES(OK "probe = []:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = [:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = [a]:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = [1.2.3.4]:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = [::1%lo]:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = [::1:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = https://a:443"), 2, 9, "not a host"},
    {BYTES(OK "probe = a:443/x"), 2, 11, "not a port"},
    {BYTES(OK "probe = a:443 SMTP"), 2, 15, "'SMTP' is not a value of probe"},
    {BYTES(OK "probe = a:443 s_m"), 2, 15, "not a value of probe"},
    {BYTES(OK "probe = a:443 smtp x"), 2, 20, "'x' after the value"},
    /* Bytes. */
    {BYTES("key = " B64 "\r\n"), 1, 59, "carriage return: use Unix line ends"},
    {BYTES("# comment\r\nkey = " B64 "\r\n"), 1, 10, "carriage return"},
    {BYTES("# comment\rkey = " B64 "\n"), 1, 10, "carriage return"},
    {BYTES("\r\n"), 1, 1, "carriage return"},
    {BYTES("\xef\xbb\xbfkey = " B64), 1, 1, "byte-order mark"},
    {BYTES("\xef\xbb\xbf# comment"), 1, 1, "byte-order mark"},
    {BYTES("\xff\xfek\0e\0y\0"), 1, 1, "byte \\xff"},
    {BYTES("\xef\xbb"), 1, 1, "byte \\xef"},
    {BYTES(OK "\xef\xbb\xbfkey = " B64), 2, 1, "byte \\xef"},
    {BYTES(OK "\0"), 2, 1, "control character \\x00"},
    {BYTES("\0"), 1, 1, "control character \\x00"},
    {BYTES("mode = off\0\n"), 1, 11, "control character \\x00"},
    {BYTES("mode = off # \0\n"), 1, 14, "control character \\x00"},
    {BYTES("mode = off\0 # x\n"), 1, 11, "control character \\x00"},
    {BYTES("# \x1b[2J\n"), 1, 3, "control character \\x1b"},
    {BYTES(OK "mode\x01= off"), 2, 5, "control character \\x01"},
    {BYTES("mode = off\x0c"), 1, 11, "control character \\x0c"},
    {BYTES("mode = off\x0b"), 1, 11, "control character \\x0b"},
    {BYTES("mode = off\x7f"), 1, 11, "control character \\x7f"},
    {BYTES("mode =\xc2\xa0off"), 1, 7, "byte \\xc2: expected ASCII outside of comments"},
    {BYTES("x-a = \xc3\xa4"), 1, 7, "byte \\xc3"},
    {BYTES("mode = off#\xc3\xa4"), 1, 12, "byte \\xc3"},
    {BYTES("k\xd0\xb5y = " B64), 1, 2, "byte \\xd0"}, /* a Cyrillic e */
    {BYTES("key = sha256//\x80"), 1, 15, "byte \\x80"},
    /* The first error counts; lines are counted past blank lines and comments. */
    {BYTES("#\n\n#\n \nmode = on\nhost = x\n"), 5, 8, "'on'"},
};

static void check_fault(const struct fault *fault, const char *file, enum pin_reason reason,
                        const struct pin_error *err)
{
    char file_id[64];

    snprintf(file_id, sizeof file_id, "%s:%u:%u: ", file, fault->line, fault->column);
    ck_assert_int_eq(err->reason, reason);
    ck_assert_msg(strncmp(err->text, file_id, strlen(file_id)) == 0, "%s is not at %s", err->text,
                  file_id);
    ck_assert_msg(strstr(err->text + strlen(file_id), fault->says) != NULL, "%s says no %s",
                  err->text, fault->says);
    for (const char *c = err->text; *c != '\0'; c++)
        ck_assert_msg(*c >= ' ' && *c <= '~', "%s", err->text);
}

static void parse_fault(const struct fault *fault)
{
    static const struct pin_policy empty;
    struct pin_policy policy;
    struct pin_error err = {0};
    char *bytes = exact_copy(fault->bytes, fault->len);

    memset(&policy, 0x55, sizeof policy);
    ck_assert_msg(!pin_parse_policy(bytes, fault->len, "h.pins", &policy, &err), "accepted: %s",
                  fault->bytes);
    check_fault(fault, "h.pins", PIN_R_SYNTAX, &err);
    ck_assert_ptr_null(policy.pins);
    ck_assert_uint_eq(policy.count, empty.count);
    ck_assert_int_eq(policy.subdomains, empty.subdomains);
    ck_assert_int_eq(policy.mode, empty.mode);
    ck_assert_int_eq(policy.report_after, empty.report_after);
    free(bytes);
}

START_TEST(file_is_refused)
{
    parse_fault(&faults[_i]);
}
END_TEST

/* No byte but these can be in a line, wherever it stands. */
START_TEST(file_of_every_byte)
{
    for (int byte = 0; byte < 256; byte++) {
        char bytes[] = OK "x-a = b?\n# ?\n";
        char *value = strchr(bytes, '?'), *comment = strrchr(bytes, '?');
        bool text = byte == '\t' || (byte >= ' ' && byte <= '~');
        struct pin_policy policy;

        *value = (char)byte; /* a newline leaves two good lines */
        ck_assert_msg(pin_parse_policy(bytes, strlen(OK) + 9, "h", &policy, NULL) ==
                          (text || byte == '\n'),
                      "value %d", byte);
        pin_policy_clear(&policy);
        *value = 'c';
        *comment = (char)byte;
        ck_assert_msg(pin_parse_policy(bytes, sizeof bytes - 1, "h", &policy, NULL) ==
                          (text || byte == '\n' || byte >= 0x80),
                      "comment %d", byte);
        pin_policy_clear(&policy);
    }
}
END_TEST

/* Cut anywhere, a file either lacks its pin or ends in a word that is not whole. */
START_TEST(file_cut_short)
{
    static const char bytes[] = "key = " B64;
    struct pin_policy policy;

    for (size_t len = 0; len < sizeof bytes - 1; len++) {
        char *copy = exact_copy(bytes, len);
        ck_assert_msg(!pin_parse_policy(copy, len, "h", &policy, NULL), "%zu", len);
        free(copy);
    }
}
END_TEST

static const struct {
    size_t size; /* of the long line, without its newline */
    bool good;
} long_lines[] = {{PIN_LINE_MAX - 1, true},
                  {PIN_LINE_MAX, true},
                  {PIN_LINE_MAX + 1, false},
                  {PIN_LINE_MAX + 2, false},
                  {100 * PIN_LINE_MAX, false}};

START_TEST(line_too_long)
{
    size_t size = long_lines[_i].size;
    char *bytes = malloc(strlen(OK) + size + 1);
    struct fault fault = {bytes, strlen(OK) + size, 2, PIN_LINE_MAX + 1, "line too long"};

    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, OK, strlen(OK));
    memset(bytes + strlen(OK), '#', size);
    bytes[strlen(OK) + size] = '\n';
    for (; fault.len <= strlen(OK) + size + 1; fault.len++) { /* without and with the newline */
        struct pin_policy policy;
        if (!long_lines[_i].good) {
            parse_fault(&fault);
            continue;
        }
        ck_assert(pin_parse_policy(bytes, fault.len, "h", &policy, NULL));
        pin_policy_clear(&policy);
    }
    free(bytes);
}
END_TEST

START_TEST(file_too_long)
{
    char *bytes = malloc(PIN_FILE_MAX + 1);
    struct pin_policy policy;
    struct fault fault = {bytes, PIN_FILE_MAX + 1, 1, 1, "file too long: expected at most 1048576"};

    ck_assert_ptr_nonnull(bytes);
    memset(bytes, '\n', PIN_FILE_MAX + 1);
    memcpy(bytes, OK, strlen(OK));
    ck_assert(pin_parse_policy(bytes, PIN_FILE_MAX, "h", &policy, NULL));
    pin_policy_clear(&policy);
    parse_fault(&fault);
    free(bytes);
}
END_TEST

START_TEST(many_pins)
{
    enum { MANY = 1000 };
    char *bytes = malloc(MANY * 100);
    struct pin_policy policy;
    struct pin_error err = {0};
    size_t len = 0;

    ck_assert_ptr_nonnull(bytes);
    for (unsigned i = 0; i < MANY; i++)
        len += (size_t)sprintf(bytes + len, "ca = sha256:%064x\n", i);
    ck_assert_msg(pin_parse_policy(bytes, len, "h", &policy, &err), "%s", err.text);
    ck_assert_uint_eq(policy.count, MANY);
    ck_assert_uint_eq(policy.pins[MANY - 1].line, MANY);
    pin_policy_clear(&policy);
    free(bytes);
}
END_TEST

/* A long path is cut at its front, never the message. */
START_TEST(long_path)
{
    char path[4096];
    struct pin_policy policy;
    struct pin_error err = {0};

    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    strcpy(path + sizeof path - 6, ".pins");
    ck_assert(!pin_parse_policy(BYTES("key = " B64 " until 2026-02-31"), path, &policy, &err));
    ck_assert(strncmp(err.text, "...aaa", 6) == 0);
    ck_assert_ptr_nonnull(
        strstr(err.text, "a.pins:1:66: '2026-02-31' is not a day: expected YYYY-MM-DD"));
    ck_assert_uint_lt(strlen(err.text), sizeof err.text - 1);
}
END_TEST

START_TEST(error_may_be_unwanted)
{
    struct pin_policy policy;
    struct pin_store_settings settings;

    ck_assert(!pin_parse_policy(BYTES("mode = on"), "h", &policy, NULL));
    ck_assert(!pin_parse_settings(BYTES("mode = on"), "h", &settings, NULL));
}
END_TEST

/* _store */

static const struct {
    const char *bytes;
    size_t len;
    enum pin_mode mode;
    bool refuse_unpinned;
} heads[] = {
    {BYTES(""), E, false},
    {BYTES("\n# nothing\n"), E, false},
    {BYTES("mode = enforce\nunpinned = allow\n"), E, false},
    {BYTES("unpinned = refuse"), E, true},
    {BYTES(" mode=report # 3 a.m.\n"), PIN_MODE_REPORT, false},
    {BYTES("mode = off\nunpinned = refuse\nx-owner = me\n"), PIN_MODE_OFF, true},
};

START_TEST(head_is_read)
{
    struct pin_store_settings settings;
    struct pin_error err = {0};
    char *bytes = exact_copy(heads[_i].bytes, heads[_i].len);

    memset(&settings, 0x55, sizeof settings);
    ck_assert_msg(pin_parse_settings(bytes, heads[_i].len, "_store", &settings, &err), "%s",
                  err.text);
    ck_assert_int_eq(settings.mode, heads[_i].mode);
    ck_assert_int_eq(settings.refuse_unpinned, heads[_i].refuse_unpinned);
    ck_assert_int_eq(err.reason, PIN_OK);
    free(bytes);
}
END_TEST

static const struct fault head_faults[] = {
    {BYTES("mode = report\nunpinned = refuse\nmode = off"), 3, 1, "mode is already on line 1"},
    {BYTES("unpinned = refuse\nunpinned = allow"), 2, 1, "unpinned is already on line 1"},
    {BYTES("mode = off\nmode = off"), 2, 1, "already"},
    {BYTES("mode = off\nunpinned = maybe"), 2, 12,
     "'maybe' is not a value of unpinned: expected allow"},
    {BYTES("unpinned = Allow"), 1, 12, "'Allow'"},
    {BYTES("unpinned = allow refuse"), 1, 18, "'refuse' after the value"},
    {BYTES("unpinned = refuse\nmode = Off"), 2, 8, "'Off' is not a value of mode"},
    {BYTES("mode = off\nkey = " B64), 2, 1, "unknown name 'key': expected mode or unpinned"},
    {BYTES("subdomains = yes"), 1, 1, "unknown name"},
    {BYTES("report-after = 2026-01-01"), 1, 1, "unknown name"},
    {BYTES("probe = a:443"), 1, 1, "unknown name"},
    {BYTES("pin = x"), 1, 1, "unknown name 'pin': expected mode or unpinned"},
    {BYTES("Unpinned = refuse"), 1, 1, "lower case: expected unpinned"},
    {BYTES("mode off"), 1, 6, "missing '='"},
    {BYTES("mode ="), 1, 7, "empty value"},
    {BYTES("mode = off\r\n"), 1, 11, "carriage return"},
    {BYTES("mode = off\n\0"), 2, 1, "control character"},
    {BYTES("\xef\xbb\xbfmode = off"), 1, 1, "byte-order mark"},
    {BYTES("mode = \xc3\xb6"), 1, 8, "byte \\xc3"},
};

START_TEST(head_is_refused)
{
    const struct fault *fault = &head_faults[_i];
    struct pin_store_settings settings;
    struct pin_error err = {0};
    char *bytes = exact_copy(fault->bytes, fault->len);

    memset(&settings, 0x55, sizeof settings);
    ck_assert(!pin_parse_settings(bytes, fault->len, "_store", &settings, &err));
    check_fault(fault, "_store", PIN_R_NO_STORE, &err);
    ck_assert_int_eq(settings.mode, PIN_MODE_ENFORCE); /* also where a weaker one stood before */
    ck_assert(!settings.refuse_unpinned);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse");
    TCase *pin = tcase_create("pin"), *file = tcase_create("file"),
          *settings = tcase_create("head");

    SUITE_ROWS(pin, pin_is_read, pins);
    SUITE_ROWS(pin, pin_is_refused, no_pins);
    SUITE_ROWS(pin, pin_has_one_meaning, pins);
    suite_add_tcase(suite, pin);

    SUITE_ROWS(file, file_is_read, files);
    SUITE_ROWS(file, file_is_refused, faults);
    SUITE_ROWS(file, line_too_long, long_lines);
    tcase_add_test(file, file_of_every_byte);
    tcase_add_test(file, file_cut_short);
    tcase_add_test(file, file_too_long);
    tcase_add_test(file, many_pins);
    tcase_add_test(file, long_path);
    tcase_add_test(file, error_may_be_unwanted);
    tcase_set_timeout(file, 120); /* valgrind */
    suite_add_tcase(suite, file);

    SUITE_ROWS(settings, head_is_read, heads);
    SUITE_ROWS(settings, head_is_refused, head_faults);
    suite_add_tcase(suite, settings);
    return suite_run(suite);
}
