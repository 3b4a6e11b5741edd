"""What app.js answers, with FastAPI."""

import asyncio
import hashlib
import json
import os
import random

from fastapi import FastAPI, Response

app = FastAPI()

large = json.dumps("x" * (100_000 - 2))


def greeting() -> dict[str, str]:
    return {"hello": "world", "worker": str(os.getpid())}


@app.get("/")
async def greet() -> dict[str, str]:
    return greeting()


@app.get("/large")
async def send_large() -> Response:
    return Response(large, media_type="application/json")


@app.get("/compute")
async def compute() -> dict[str, str]:
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 8_000, 32)
    return greeting()


@app.get("/slow")
async def slow() -> dict[str, str]:
    await asyncio.sleep(random.uniform(0.01, 0.03))
    return greeting()
