"""Nothing but what `ST_AsMVT` draws, over HTTP: the least that a server of tiles can do.

Runs in the peers' environment, which brings starlette and asyncpg.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@asynccontextmanager
async def connected(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as app.state.pool:
        yield


async def tile(request: Request) -> Response:
    numbers = [request.path_params[name] for name in "zxy"]
    async with request.app.state.pool.acquire() as connection:
        data = await connection.fetchval(os.environ["STATEMENT"], *numbers)
    headers = {"Content-Encoding": "gzip"}
    return Response(gzip.compress(data, 1), 200, headers, "application/vnd.mapbox-vector-tile")


async def ready(_request: Request) -> Response:
    return Response(b"ready")


app = Starlette(
    routes=[Route("/ready", ready), Route("/{z:int}/{x:int}/{y:int}", tile)], lifespan=connected
)
