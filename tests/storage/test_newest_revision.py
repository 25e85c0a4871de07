"""The newest structure is known by the names of files alone."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from storage.migrating import MIGRATIONS, newest_revision


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()
