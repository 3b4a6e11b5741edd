"""A small JSON API with FastAPI."""

import asyncio
import os

from fastapi import BackgroundTasks, FastAPI

app = FastAPI(title="app-fastapi")
visits: list[str] = []


@app.get("/")
async def hello() -> dict[str, str]:
    return {"hello": "world", "worker": str(os.getpid())}


@app.post("/visits/{name}")
async def visit(name: str, tasks: BackgroundTasks) -> dict[str, int]:
    """Answers at once; a worker that leaves still finishes this."""
    tasks.add_task(remember, name)
    return {"visits": len(visits) + 1}


async def remember(name: str) -> None:
    await asyncio.sleep(0.5)
    visits.append(name)
