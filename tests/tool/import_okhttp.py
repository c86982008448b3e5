#!/usr/bin/env python3
"""pinctl import okhttp: sources with pins, and what in them it refuses to guess."""

import os

from import_fixture import A, B, Store, both, options, run, run_accepted, run_refused, run_tests, tap, top

PIN_A, PIN_B = f'"sha256/{A}"', f'"sha256/{B}"'
ONE = {"a.example": both(A)}
KOTLIN = f"""package x
import okhttp3.CertificatePinner // .add("c.example", {PIN_B})
/* .add("d.example", {PIN_B}) */
class Net(val list: MutableList<String>) {{
    fun add(name: String) {{ list.add(name) }}
    private val quote = '"'
    private val raw = \"\"\"a "quoted" // text\"\"\"
    val client = OkHttpClient.Builder()
        .addInterceptor(Log("http://x/*"))
        .certificatePinner(
            CertificatePinner
                .Builder()
                .add("a.example", {PIN_A}, /* old */ {PIN_B},)
                .build())
        .build()
    fun more() {{ list.add("b"); headers.add("Accept", "x") }}
}}
"""
JAVA = f"""import okhttp3.*;
public class Net {{
    static CertificatePinner pinner() {{
        CertificatePinner.Builder builder = new CertificatePinner.Builder();
        builder.add("a.example", {PIN_A});
        CertificatePinner made = builder.build();
        list.add(made);
        return made;
    }}
}}
"""


def builder(call, after=""):
    return f"val p = CertificatePinner.Builder()\n{call}\n.build()\n{after}"


ACCEPTED = [
    ("okhttp/kotlin", "okhttp", KOTLIN, [], {"a.example": both(A, B)}),
    ("okhttp/java-variable", "okhttp", JAVA, [], ONE),
    ("okhttp/apply", "okhttp", f'CertificatePinner.Builder().apply {{ add("a.example", {PIN_A}) }}.build()', [], ONE),
    ("okhttp/groovy", "okhttp", f"def p = new CertificatePinner.Builder().add('a.example', 'sha256/{A}').build()", [], ONE),
    ("okhttp/scala", "okhttp", f'val p = new CertificatePinner.Builder().add("a.example", {PIN_A}).build()', [], ONE),
    ("okhttp/block-comment", "okhttp", f'/* pins */\n.add("a.example", {PIN_A}) /* current */\n', [], ONE),
    ("okhttp/inside-call", "okhttp", f'c.certificatePinner(\nnew CertificatePinner.Builder()\n.add("a.example", {PIN_A})\n'
     ".build())", [], ONE),
    ("okhttp/union", "okhttp", f'.add("**.example.com", {PIN_A})\n.add("api.example.com", {PIN_B})\n', [],
     {"example.com": both(A) + ["subdomains = yes"], "api.example.com": both(A, B)}),
    ("okhttp/union-of-two-trees", "okhttp", f'.add("**.x.example.com", {PIN_B})\n.add("**.example.com", {PIN_A})\n', [],
     {"example.com": both(A) + ["subdomains = yes"], "x.example.com": both(B, A) + ["subdomains = yes"]}),
    ("okhttp/not-below", "okhttp", f'.add("**.example.com", {PIN_A})\n.add("notexample.com", {PIN_B})\n', [],
     {"example.com": both(A) + ["subdomains = yes"], "notexample.com": both(B)}),
    ("okhttp/same-for-all", "okhttp", f'.add("**.a.example", {PIN_A}, {PIN_B})\n.add("a.example", {PIN_A})\n', [],
     {"a.example": both(A, B) + ["subdomains = yes"]}),
]

REFUSED = [
    ("okhttp/variable-pin", "okhttp", builder('.add("a.example", PIN)'), [], ":2:19: expected a text in double quotes"),
    ("okhttp/variable-host", "okhttp", builder(f".add(HOST, {PIN_A})"), [], ":2:6: expected a text in double quotes"),
    ("okhttp/both-variables", "okhttp", builder(".add(HOST, PIN)"), [], ":2:6: expected a text"),
    ("okhttp/concatenation", "okhttp", builder('.add("a.example", "sha256/" + PIN)'), [], ":2:27: wrong length"),
    ("okhttp/concatenated-host", "okhttp", builder(f'.add("a." + ZONE, {PIN_A})'), [], ":2:11: expected , and a pin"),
    ("okhttp/template", "okhttp", builder(f'.add("$host", {PIN_A})'), [], ":2:7: expected a text without"),
    ("okhttp/nested-template", "okhttp", builder(f'.add("${{h["x"]}}", {PIN_A})'), [], ":2:7: a text within a template"),
    ("okhttp/constant", "okhttp", f'val PIN = {PIN_A}\n' + builder(".add(HOST, PIN)"), [], ":1:12: a pin outside of .add"),
    ("okhttp/builder-variable", "okhttp", builder(f'.add("a.example", {PIN_A})', "val b = CertificatePinner.Builder()\n"
     "val c = x.build()\nb.add(h, p)\n"), [], ":6:7: expected a text"),
    ("okhttp/builder-typed", "okhttp", "val b: CertificatePinner.Builder = CertificatePinner.Builder()\nx.build()\n"
     f'b.add("a.example", {PIN_A})\nb?.add(h, p)\n', [], ":4:8: expected a text"),
    ("okhttp/builder-loop", "okhttp", builder(f'.add("a.example", {PIN_A})\n.apply {{ val h = 1; add(h, p) }}'), [],
     ":3:25: expected a text"),
    ("okhttp/with-builder", "okhttp", f'val b = CertificatePinner.Builder()\nb.add("a.example", {PIN_A})\nx.build()\n'
     "with(b) { add(h, p) }", [], ":4:15: expected a text"),
    ("okhttp/spread", "okhttp", builder('.add("a.example", *PINS)'), [], ":2:19: expected a text"),
    ("okhttp/comment-cut", "okhttp", f'.add("a.example", {PIN_A})\n/* x', [], ":2:1: the end of this comment"),
    ("okhttp/comment-in-comment", "okhttp", f'/* /* */ .add("a.example", {PIN_A})', [], ":1:4: a comment within"),
    ("okhttp/bare-line-in-source", "okhttp", f'.add("a.example", {PIN_A})\nb.example sha256/{B}\n', [],
     ":2:11: a pin outside"),
    ("okhttp/one-label", "okhttp", builder(f'.add("*.example.com", {PIN_A})'), [], ":2:7: *. matches one label"),
    ("okhttp/split", "okhttp", f'.add("**.a.example", {PIN_A})\n.add("a.example", {PIN_B})\n', [],
     ":2:7: a.example has a pin that **.a.example lacks"),
    ("okhttp/zeros", "okhttp", f'.add("a.example", "sha256/{"A" * 43}=")', [], "all bytes are zero"),
    ("okhttp/no-pins", "okhttp", "import okhttp3.CertificatePinner\nval x = CertificatePinner.DEFAULT\n", [], "no pin in it"),
]


def nested_comments():
    text = f'/* /* */ .add("a.example", {PIN_A}) /* */ .add("b.example", {PIN_B})\n'
    for name, expected, status in (("x.java", ["a.example", "b.example"], 0), ("x.kt", [], 2)):
        path, store = os.path.join(top, name), Store()
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        done = run(options.pinctl, "import", "okhttp", path, "--pins", store.path)
        tap.check(f"okhttp/comment-in-comment-{name}", done.status == status and store.files() == expected, done)


def accepted():
    run_accepted(ACCEPTED)


def refused():
    run_refused(REFUSED)


run_tests(accepted, refused, nested_comments)
