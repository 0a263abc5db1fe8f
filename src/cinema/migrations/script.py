"""How a migration runs a script of several statements."""

from typing import Any

from alembic import op


def run(sql: str) -> None:
    """Executes ``sql``, which may hold several statements, in the migration's transaction."""
    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda driver: driver.execute(sql))
