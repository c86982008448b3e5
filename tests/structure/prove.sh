#!/bin/sh
# prove.sh SOURCE: the checks of this directory can fail.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
must_fail() { # WHAT COMMAND...
    what=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        echo "not noticed: $what"
        exit 1
    fi
    echo "noticed: $what"
}

cp -r "$source/provider" "$source/include" "$work"
echo '#include <pinning/store.h>' >> "$work/provider/match.c"
must_fail "match includes store" /usr/bin/python3 "$source/tests/structure/includes.py" "$work"
cp "$source/provider/match.c" "$work/provider/match.c"
echo '#include <pinning/hook.h>' >> "$work/include/pinning/judge.h"
must_fail "judge includes hook" /usr/bin/python3 "$source/tests/structure/includes.py" "$work"

echo 'int OSSL_provider_init(void); int OSSL_provider_init(void) { return 1; } int more = 1;' > "$work/a.c"
cc -shared -fPIC -o "$work/two.so" "$work/a.c"
must_fail "a second symbol" sh "$source/tests/structure/module.sh" "$work/two.so"
echo 'int RAND_status(void); int OSSL_provider_init(void); int OSSL_provider_init(void) { return RAND_status(); }' > "$work/b.c"
cc -shared -fPIC -o "$work/linked.so" "$work/b.c" -lcrypto
must_fail "linked to libcrypto" sh "$source/tests/structure/module.sh" "$work/linked.so"
