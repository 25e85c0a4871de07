"""What is opened below the handlers."""

from pathlib import Path

import pytest

from services import open_services
from settings import Settings


def _settings(data_dir: Path) -> Settings:
    values: dict[str, object] = {"telegram_bot_token": "42:token", "GOOGLE_API_KEY": "key", "data_dir": data_dir}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(("bot", "folder"), [(42, "42"), (None, "host")])
async def test_what_a_crash_left_in_scratch_is_removed_and_folders_there_are_left_alone(
    bot: int | None, folder: str, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch" / folder
    (scratch / "somebody's").mkdir(parents=True)
    (scratch / "cut.recording").write_bytes(b"OggS")
    async with open_services(_settings(tmp_path), bot) as services:
        assert services.scratch == scratch
        assert [left.name for left in scratch.iterdir()] == ["somebody's"]


async def test_two_bots_in_one_folder_leave_each_others_scratch_files_alone(tmp_path: Path) -> None:
    async with open_services(_settings(tmp_path), 42) as first:
        held = first.scratch / "being read.recording"
        held.write_bytes(b"OggS")
        async with open_services(_settings(tmp_path), 43) as second:
            assert held.exists()
            assert second.scratch != first.scratch
