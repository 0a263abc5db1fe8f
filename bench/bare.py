"""The peer of P6: Starlette and asyncpg, one INSERT for each request, and nothing around it.

``bare.py PORT`` takes what is posted to ``/``, stores it durably in ``bare_webhooks`` and
answers 200, under the same server with the same settings as ours. Nothing is checked.
The database's address stands in ``BARE_DSN``.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cinema.kit.ids import uuid7
from wire import HOST

CONNECTIONS = 10
"""As many as ours has."""

TABLE = """
CREATE TABLE IF NOT EXISTS bare_webhooks (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, body bytea NOT NULL)
"""
INSERT = "INSERT INTO bare_webhooks (id, received_at, body) VALUES ($1, $2, $3)"


async def take(request: Request) -> Response:
    """Stored when it answers."""
    body = await request.body()
    now = datetime.now(UTC)
    await request.app.state.pool.execute(INSERT, uuid7(now), now, body)
    return Response()


async def health(_request: Request) -> Response:
    return Response()


@asynccontextmanager
async def connected(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BARE_DSN"], min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = Starlette(
    routes=[Route("/", take, methods=["POST"]), Route("/health/ready", health, methods=["GET"])], lifespan=connected
)

if __name__ == "__main__":
    uvicorn.run(app, host=HOST, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
