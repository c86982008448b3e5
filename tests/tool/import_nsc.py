#!/usr/bin/env python3
"""pinctl import nsc: inheritance, exemptions and what stands beside the pins."""

from import_fixture import A, B, Store, both, run_accepted, run_refused, run_tests, tap

PIN_A, PIN_B = (f'<pin digest="SHA-256">{pin}</pin>' for pin in (A, B))
SET = f"<pin-set>{PIN_A}</pin-set>"


def nsc(text):
    return f"<network-security-config>\n{text}\n</network-security-config>\n"


def config(*parts):
    return f"<domain-config>{''.join(parts)}</domain-config>"


def domain(name, subdomains=None):
    return f"<domain{f' includeSubdomains={chr(34)}{subdomains}{chr(34)}' if subdomains else ''}>{name}</domain>"


TREE = domain("example.com", "true")
OFF = {"static.example.com": ["mode = off"]}
PARENT = {"example.com": both(A) + ["subdomains = yes"]}
ONE = {"example.com": both(A)}

ACCEPTED = [
    ("nsc/nested-before-pin-set", "nsc", nsc(config(domain("example.com"), config(domain("example.net")), SET)), [],
     {"example.com": both(A), "example.net": both(A)}),
    ("nsc/domain-after-pin-set", "nsc", nsc(config(SET, domain("example.com"))), [], ONE),
    ("nsc/nested-two-deep", "nsc", nsc(config(domain("a.example"), config(config(domain("b.example"))), SET)), [],
     {"a.example": both(A), "b.example": both(A)}),
    ("nsc/nested-own-pins", "nsc",
     nsc(config(domain("a.example"), config(f"<pin-set>{PIN_B}</pin-set>", domain("b.example")), SET)), [],
     {"a.example": both(A), "b.example": both(B)}),
    ("nsc/nested-does-not-inherit-own-date", "nsc",
     nsc(config(domain("a.example"), config(SET, domain("b.example")),
                f'<pin-set expiration="2031-01-01">{PIN_B}</pin-set>')), [],
     {"a.example": both(B) + ["report-after = 2030-12-31"], "b.example": both(A)}),
    ("nsc/exempt-config", "nsc", nsc(config(TREE, SET) + config(domain("static.example.com"))), [], {**PARENT, **OFF}),
    ("nsc/exempt-config-first", "nsc", nsc(config(domain("static.example.com")) + config(TREE, SET)), [],
     {**PARENT, **OFF}),
    ("nsc/exempt-empty-pin-set", "nsc", nsc(config(TREE, SET, config(domain("static.example.com"), "<pin-set/>"))), [],
     {**PARENT, **OFF}),
    ("nsc/exempt-with-subdomains", "nsc", nsc(config(TREE, SET) + config(domain("static.example.com", "true"))), [],
     {**PARENT, "static.example.com": ["subdomains = yes", "mode = off"]}),
    ("nsc/unpinned-below-one-host", "nsc",
     nsc(config(domain("example.com"), SET) + config(domain("static.example.com"))), [], ONE),
    ("nsc/unpinned-beside", "nsc", nsc(config(TREE, SET) + config(domain("notexample.com"))), [], PARENT),
    ("nsc/boolean-TRUE", "nsc", nsc(config(domain("example.com", "TRUE"), SET)), [], PARENT),
    ("nsc/boolean-False", "nsc", nsc(config(domain("example.com", "False"), SET)), [], ONE),
    ("nsc/trustkit-report", "nsc",
     nsc(config(domain("example.com"), SET, '<trustkit-config enforcePinning="false"><report-uri>https://r.example/'
                '</report-uri></trustkit-config>', config(domain("b.example")))), [],
     {host: both(A) + ["mode = report"] for host in ("example.com", "b.example")}),
    ("nsc/trustkit-enforce", "nsc", nsc(config(domain("example.com"), SET, '<trustkit-config enforcePinning="true"/>')),
     [], ONE),
    ("nsc/trustkit-nested-enforce", "nsc",
     nsc(config(domain("example.com"), SET, '<trustkit-config enforcePinning="false"/>',
                config(domain("b.example"), '<trustkit-config enforcePinning="true"/>'))), [],
     {"example.com": both(A) + ["mode = report"], "b.example": both(A)}),
    ("nsc/beside-the-pins", "nsc",
     nsc('<base-config><trust-anchors><certificates src="system"/></trust-anchors></base-config>'
         + config(domain("example.com"), "<certificateTransparency enabled='true'/>",
                  "<trust-anchors><certificates src='@raw/ca'/></trust-anchors>", SET)
         + "<debug-overrides><trust-anchors><certificates src='user' overridePins='true'/></trust-anchors>"
         "</debug-overrides>"), [], ONE),
    ("nsc/comment-within-pin", "nsc",
     nsc(config(domain("example.com"), f'<pin-set><pin digest="SHA-256">{A[:9]}<!-- x -->{A[9:]}</pin></pin-set>')), [],
     ONE),
]

REFUSED = [
    ("nsc/u-label", "nsc", nsc(config(domain("bücher.example"), SET)), [], ":2:24: 'b\\xC3\\xBCcher.example' is not ASCII: "
     "write the name in A-labels (xn--...)"),
    ("nsc/wildcard", "nsc", nsc(config(domain("*.example.com"), SET)), [], ":2:24: '*.example.com' is not a host"),
    ("nsc/domain-twice", "nsc", nsc(config(domain("a.example"), SET) + config(domain("A.example"))), [],
     "'a.example' stands in a domain before"),
    ("nsc/boolean-resource", "nsc", nsc(config(domain("example.com", "@bool/sub"), SET)), [],
     ':2:16: includeSubdomains="@bool/sub": expected true or false'),
    ("nsc/boolean-yes", "nsc", nsc(config(domain("example.com"), SET, '<trustkit-config enforcePinning="no"/>')), [],
     'enforcePinning="no": expected true or false'),
    ("nsc/two-pin-sets", "nsc", nsc(config(domain("example.com"), SET, SET)), [], "a second pin-set"),
    ("nsc/pin-beside-pin-set", "nsc", nsc(config(domain("example.com"), PIN_A)), [], "unknown element pin"),
    ("nsc/pin-set-in-no-config", "nsc", nsc(SET), [], ":2:1: unknown element pin-set"),
    ("nsc/only-exempt", "nsc", nsc(config(domain("example.com", "true"), "<pin-set/>")), [], "no pin in it"),
    ("nsc/zeros", "nsc", nsc(config(domain("a.example"), SET.replace(A, "A" * 43 + "="))), [], ":2:73: all bytes are zero"),
    ("nsc/text-beside", "nsc", nsc(config(domain("example.com"), "x", SET)), [], ":2:44: text is not allowed"),
    ("nsc/day-0", "nsc", nsc(config(domain("a.example"), SET.replace("set>", 'set expiration="1970-01-01">', 1))), [],
     "expiration"),
]


def accepted():
    run_accepted(ACCEPTED)


def refused():
    run_refused(REFUSED)


def notes():
    store = Store()
    anchors = '<trust-anchors><certificates src="user" overridePins="true"/></trust-anchors>'
    done = store.load("nsc", nsc(config(domain("example.com"), SET, anchors)))
    tap.check("nsc/overridePins-is-named", done.status == 0 and 'left out: overridePins="true"' in done.err, done)


run_tests(accepted, refused, notes)
