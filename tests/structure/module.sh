#!/bin/sh
# module.sh MODULE: one exported symbol, not linked to OpenSSL, never unmapped.
set -eu
module=$1
fail() { echo "$module: $1"; exit 1; }

exported=$(nm -D --defined-only "$module" | awk '{ print $3 }')
[ "$exported" = OSSL_provider_init ] || fail "exports: $exported; expected OSSL_provider_init alone"

needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
case $needed in
    *libcrypto*|*libssl*) fail "is linked to: $needed" ;;
esac
undefined=$(nm -D --undefined-only "$module" | awk '{ print $2 }')
case $undefined in
    *SSL_*|*X509_*|*EVP_*|*CRYPTO_*) fail "has undefined symbols of OpenSSL" ;;
esac

readelf -d "$module" | grep -q NODELETE || fail "can be unmapped (-z nodelete is missing)"
readelf -d "$module" | grep -q BIND_NOW || readelf -d "$module" | grep -q 'FLAGS.*NOW' ||
    fail "binds lazily (-z now is missing)"
echo "$module: one exported symbol, needs: $(echo $needed)"
