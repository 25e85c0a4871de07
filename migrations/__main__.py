"""`make migrate`: bring the database up to date and say so in one line; exit status 2 with the reason when it fails."""

import asyncio
import sys

from errors import ConfigurationError
from prompts.texts import text
from settings import Settings, read_settings
from storage.database import open_database
from storage.migrating import Upgrade


def main() -> int:
    try:
        done = asyncio.run(_upgrade(read_settings()))
    except ConfigurationError as error:
        sys.stderr.write(text(f"setup.{error.reason}", **error.details) + "\n")
        return 2
    key = "created" if done.before is None else "current" if done.before == done.after else "upgraded"
    sys.stdout.write(text(f"migrate.{key}", before=done.before, after=done.after) + "\n")
    return 0


async def _upgrade(settings: Settings) -> Upgrade:
    url = settings.database_url.get_secret_value() if settings.database_url else None
    async with open_database(url, settings.data_dir) as database:
        return database.upgraded


if __name__ == "__main__":
    raise SystemExit(main())
