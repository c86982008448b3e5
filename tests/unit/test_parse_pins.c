/* test_parse_pins.c - the parser of one pin. A case is named by the word that is parsed. */
#include "parse_fixture.h"

static const char *result_of(const char *error)
{
    return error != NULL ? error : "accepted";
}

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
    expect_text(pins[_i].word, "accepted",
                result_of(pin_parse_digest(pins[_i].word, &digest, &at)));
    pin_digest_format(&digest, text);
    expect_text(pins[_i].word, pins[_i].canonical, text);
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
    /* A placeholder. */
    {"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0, "zero: a placeholder"},
    {"sha256:0000000000000000000000000000000000000000000000000000000000000000", 0, "placeholder"},
    {"sha384//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0, "placeholder"},
    {"sha512//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
     "AAAAAAAAAAAAAAAAAAAAAA==",
     0, "placeholder"},
};

START_TEST(pin_is_refused)
{
    struct pin_digest digest, untouched;
    size_t at = 1000;
    const char *says;

    memset(&digest, 0x55, sizeof digest);
    untouched = digest;
    says = pin_parse_digest(no_pins[_i].word, &digest, &at);
    ck_assert_msg(says != NULL && strstr(says, no_pins[_i].says) != NULL,
                  "%s: expected ...%s..., got %s", no_pins[_i].word, no_pins[_i].says,
                  result_of(says));
    expect_number(no_pins[_i].word, (long long)no_pins[_i].at, (long long)at);
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

int main(void)
{
    Suite *suite = suite_create("parse_pins");
    TCase *pin = tcase_create("pin");

    SUITE_CASES(pin, pin_is_read, pins);
    SUITE_CASES(pin, pin_is_refused, no_pins);
    SUITE_CASES(pin, pin_has_one_meaning, pins);
    suite_add_tcase(suite, pin);
    return suite_run(suite);
}
