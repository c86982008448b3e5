"""asyncio_fetch.py URL CAFILE [insecure] - program that prints a page. asyncio uses memory BIOs, so OpenSSL sees no
socket."""

import asyncio
import ssl
import sys
from urllib.parse import urlsplit


async def fetch(url, cafile, insecure):
    context = ssl.create_default_context(cafile=cafile)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    host, port = urlsplit(url).hostname, urlsplit(url).port
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer.partition("\r\n\r\n")[2]


page = fetch(sys.argv[1], sys.argv[2], sys.argv[3:] == ["insecure"])
sys.stdout.write(asyncio.run(asyncio.wait_for(page, 20)))
