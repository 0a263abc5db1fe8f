"""Runs the history over asyncpg, one process at a time."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from cinema.kit.address import read_address

LOCK = 7_215_000_001
"""The advisory lock that lets one process migrate while the others wait."""


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, version_table="alembic_version", transaction_per_migration=False)
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        context.run_migrations()


async def main() -> None:
    arguments = read_address(context.config.attributes["dsn"]).arguments(application="cinema-migrate")
    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: asyncpg.connect(**arguments)
    )
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
