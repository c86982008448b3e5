"""urllib_fetch.py URL CAFILE [insecure] - program that prints a page with urllib."""

import ssl
import sys
import urllib.request

url, cafile = sys.argv[1:3]
context = ssl.create_default_context(cafile=cafile)
if sys.argv[3:] == ["insecure"]:
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
with urllib.request.urlopen(url, context=context, timeout=20) as response:
    sys.stdout.write(response.read().decode())
