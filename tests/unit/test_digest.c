/* test_digest.c - digests as values and as text. */
#include "expect.h"
#include "suite.h"

#include <pinning/digest.h>
#include <stddef.h>

static const struct {
    const char *title;
    enum pin_hash hash;
    const char *name;
    size_t size;
    unsigned char first, last;
    const char *text;
} digests[] = {
    {"digest/sha256-zeros-is-base64", PIN_SHA256, "sha256", 32, 0, 0,
     "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
    {"digest/sha256-slash-at-start-is-base64", PIN_SHA256, "sha256", 32, 0xff, 0xff,
     "sha256///wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8="},
    {"digest/sha384-plus-is-base64-without-padding", PIN_SHA384, "sha384", 48, 0xfb, 0x3e,
     "sha384//+wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+"},
    {"digest/sha512-is-base64-with-two-paddings", PIN_SHA512, "sha512", 64, 0x01, 0x01,
     "sha512//AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
     "AAAAAAAAAAAAAAAAAAAAAAAAAQ=="},
};

START_TEST(digest_has_the_form_of_curl)
{
    struct pin_digest digest = {.hash = digests[_i].hash};
    char text[PIN_DIGEST_TEXT];

    expect_text(digests[_i].title, digests[_i].name, pin_hash_name(digest.hash));
    expect_number(digests[_i].title, (long long)digests[_i].size,
                  (long long)pin_hash_size(digest.hash));
    digest.bytes[0] = digests[_i].first;
    digest.bytes[digests[_i].size - 1] = digests[_i].last;
    pin_digest_format(&digest, text);
    expect_text(digests[_i].title, digests[_i].text, text);
}
END_TEST

START_TEST(digest_differs_in_any_byte_and_in_the_hash)
{
    for (int hash = 0; hash < PIN_HASHES; hash++) {
        const struct pin_digest a = {.hash = (enum pin_hash)hash};
        struct pin_digest b = a;
        ck_assert(pin_digest_equal(&a, &b));
        for (size_t i = 0; i < pin_hash_size(a.hash); i++) {
            b.bytes[i] = 1;
            ck_assert(!pin_digest_equal(&a, &b));
            b.bytes[i] = 0;
        }
        b.hash = (enum pin_hash)((hash + 1) % PIN_HASHES);
        ck_assert(!pin_digest_equal(&a, &b));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digest");
    TCase *digest = tcase_create("digest");

    SUITE_CASES(digest, digest_has_the_form_of_curl, digests);
    tcase_add_test(digest, digest_differs_in_any_byte_and_in_the_hash);
    suite_add_tcase(suite, digest);
    return suite_run(suite);
}
