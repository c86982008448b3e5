#!/bin/sh
# prove.sh SOURCE BUILD PINCTL: the checks of this directory can fail.
set -eu
source=$1
build=$2
pinctl=$3
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

# The arrows: with an #include too much, and with a call too much.
mkdir -p "$work/tools"
cp -r "$source/provider" "$source/include" "$work"
cp -r "$source/tools/pinctl" "$work/tools"
arrows() { # SOURCE BUILD
    /usr/bin/python3 "$source/tests/structure/arrows.py" "$1" "$2"
}
arrows "$work" "$build" > "$work/out" || { cat "$work/out"; exit 1; }

with_line() { # FILE LINE WHAT: the arrows notice the line
    echo "$2" >> "$work/$1"
    must_fail "$3" arrows "$work" "$build"
    cp "$source/$1" "$work/$1"
}
with_line provider/match/match.c '#include <pinning/store.h>' "match includes store"
with_line include/pinning/judge.h '#include <pinning/hook.h>' "judge includes hook"
with_line provider/hook/binding.h '#include "conn.h"' "a circle of headers within hook"
with_line tools/pinctl/say/print.c '#include "store/pinfile.h"' "say includes store"

objects=provider/CMakeFiles/pinning_components.dir
with_call() { # FILE FUNCTION WHAT: an object file that calls the function is noticed
    rm -rf "$work/build"
    mkdir "$work/build"
    (cd "$build" && find provider tools -name '*.c.o' -exec cp --parents {} "$work/build" \;)
    arrows "$work" "$work/build" > "$work/out" || { cat "$work/out"; exit 1; }
    echo "int $2(void); int one_more(void); int one_more(void) { return $2(); }" > "$work/more.c"
    cc -c -o "$work/more.o" "$work/more.c"
    ld -r -o "$work/both.o" "$work/build/$objects/$1.o" "$work/more.o"
    mv "$work/both.o" "$work/build/$objects/$1.o"
    must_fail "$3" arrows "$work" "$work/build"
}
with_call match/match.c pin_store_close "match calls store"
with_call hook/conn.c pin_hook_evaluate "a circle of calls within hook"

echo 'int OSSL_provider_init(void); int OSSL_provider_init(void) { return 1; } int more = 1;' > "$work/a.c"
cc -shared -fPIC -o "$work/two.so" "$work/a.c"
must_fail "a second symbol" sh "$source/tests/structure/module.sh" "$work/two.so"
echo 'int RAND_status(void); int OSSL_provider_init(void); int OSSL_provider_init(void) { return RAND_status(); }' > "$work/b.c"
cc -shared -fPIC -o "$work/linked.so" "$work/b.c" -lcrypto
must_fail "linked to libcrypto" sh "$source/tests/structure/module.sh" "$work/linked.so"

# The manuals, the map and the words: on a copy with one mistake.
passes() { # COMMAND...
    "$@" > "$work/out" 2>&1 || { cat "$work/out"; exit 1; }
}
structure() { # SCRIPT ARGUMENT...
    script=$1
    shift
    /usr/bin/python3 "$source/tests/structure/$script.py" "$@"
}
copy=$work/copy
mkdir -p "$copy/tools"
cp -r "$source/doc" "$source/README.md" "$copy"
passes structure manuals "$copy" "$pinctl"
sed -i 's/^\.Dq \\&No such/.Dq No such/' "$copy/doc/pinning-provider.7"
must_fail "a word that mdoc takes for a macro" structure manuals "$copy" "$pinctl"
cp "$source/doc/pinning-provider.7" "$copy/doc"
sed -i 's/^\.It Sy P07 .*/.It Sy P07/' "$copy/doc/pinning-provider.7"
must_fail "a reason whose text is not in the manual" structure manuals "$copy" "$pinctl"

# Without git, as in a tarball: the folders that are there.
(cd "$source" && find . -name .git -prune -o -name build -prune -o -type d -print) | while read -r folder; do
    mkdir -p "$copy/$folder"
    touch "$copy/$folder/file"
done
passes structure map "$copy"
mkdir "$copy/provider/more"
touch "$copy/provider/more/file"
must_fail "a folder that is missing in the map" structure map "$copy"
rm -r "$copy/provider/more" "$copy/provider/hook"
must_fail "a folder of the map that does not exist" structure map "$copy"

mkdir "$work/words"
echo 'Each component has a header.' > "$work/words/text"
passes structure words "$work/words"
echo 'Each room has a header.' > "$work/words/text"
must_fail "a private word" structure words "$work/words"

cp "$source/CONTRIBUTING.md" "$copy"
echo 'See `provider/no_such_file.c`.' >> "$copy/CONTRIBUTING.md"
must_fail "a file that CONTRIBUTING.md names and that does not exist" structure contributing "$copy" "$build"
grep -q 'no such file: provider/no_such_file.c' "$work/out" || { cat "$work/out"; exit 1; }
