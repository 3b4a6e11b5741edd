"""The app for systems of Python: ASGI, with the routes that the scenarios for them need."""

import asyncio
import os
import threading
import time
from urllib.parse import parse_qs


def create_app(version, boot):
    if boot == 'slow':
        time.sleep(1.5)
    if boot == 'slow-fail':
        time.sleep(1)
        raise RuntimeError('this build fails on purpose')
    if boot == 'hang':
        time.sleep(3600)
    if boot in ('exit-after', 'crash-loop'):
        after = 1 if boot == 'exit-after' else 0.1
        threading.Timer(after, lambda: os._exit(9)).start()

    path = os.environ.get('CHAOS_LEDGER', os.devnull)
    ledger = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def app(scope, receive, send):
        if scope['type'] != 'http':
            return
        name = dict(scope['headers']).get(b'x-id')
        headers = [
            (b'x-worker', str(os.getpid()).encode()),
            (b'x-version', version.encode()),
        ]
        if name is not None:
            os.write(ledger, name + b'\n')
            headers.append((b'x-id', name))
        query = parse_qs(scope['query_string'].decode())
        if scope['path'] == '/block':
            while True:
                pass
        if scope['path'] == '/sleep':
            await asyncio.sleep(int(query['ms'][0]) / 1000)
        if scope['path'] == '/cpu':
            until = time.monotonic() + int(query['ms'][0]) / 1000
            while time.monotonic() < until:
                pass
        if scope['path'] == '/exit':
            os._exit(int(query['code'][0]))
        body = b'ok'
        headers.append((b'content-length', str(len(body)).encode()))
        await send({'type': 'http.response.start', 'status': 200, 'headers': headers})
        await send({'type': 'http.response.body', 'body': body})

    return app
