"""What a chat's project is known by, and the e-mail addresses that people confirmed."""

from time import time

from sqlalchemy import select

from storage.conversations import Place
from storage.database import Database
from storage.models import AddressRow, ProfileRow


class Profiles:
    """Those of one bot, as JSON text. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot

    async def load(self, place: Place) -> str | None:
        mine = (ProfileRow.bot == self._bot, ProfileRow.chat == place.chat, ProfileRow.topic == (place.topic or 0))
        async with self._database.transaction() as connection:
            return await connection.scalar(select(ProfileRow.profile).where(*mine))

    async def save(self, place: Place, profile: str) -> None:
        key = {"bot": self._bot, "chat": place.chat, "topic": place.topic or 0}
        values = {"profile": profile, "changed_at": time()}
        insert = self._database.insert(ProfileRow).values(**key, **values)
        async with self._database.transaction() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))


class Addresses:
    """Confirmed ones, of one bot. Every method raises `errors.StorageError`."""

    def __init__(self, database: Database, bot: int) -> None:
        self._database = database
        self._bot = bot

    async def is_confirmed(self, user: int, address: str) -> bool:
        mine = (AddressRow.bot == self._bot, AddressRow.user == user, AddressRow.address == address.casefold())
        async with self._database.transaction() as connection:
            return await connection.scalar(select(AddressRow.address).where(*mine)) is not None

    async def confirm(self, user: int, address: str) -> None:
        key = {"bot": self._bot, "user": user, "address": address.casefold()}
        insert = self._database.insert(AddressRow).values(**key, confirmed_at=time())
        async with self._database.transaction() as connection:
            await connection.execute(insert.on_conflict_do_nothing())
