"""Alembic's entrance: the connection that `storage.migrating` brings along, else one from the settings."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from settings import read_settings
from storage.address import database_address
from storage.models import tables


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables(),
        # SQLite, too, takes back CREATE TABLE with the transaction that it stands in.
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        user_module_prefix="storage.models.",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_alone() -> None:
    """For `alembic revision --autogenerate`."""
    settings = read_settings()
    url = settings.database_url.get_secret_value() if settings.database_url else None
    engine = create_async_engine(database_address(url, settings.data_dir))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


if (_brought := context.config.attributes.get("connection")) is not None:
    _run(_brought)
else:
    asyncio.run(_run_alone())
