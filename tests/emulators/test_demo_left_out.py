"""A step that cannot be played with the real model is not counted as passed."""

from pathlib import Path

import pytest

from emulators.demo.findings import Findings
from emulators.demo.playing import ended_well
from emulators.demo.scene import Scene
from emulators.demo.script import SCRIPT
from emulators.demo.terminal import Played, tell_step
from emulators.telegram import TelegramEmulator


async def test_with_the_real_model_the_act_is_left_out_with_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [step] = [step for step in SCRIPT if step.title.startswith("акт")]
    found = Findings()
    async with TelegramEmulator() as telegram:
        chat = telegram.private_chat(telegram.person(1, "Сценарий"))
        await step.play(Scene(telegram, chat, None, tmp_path, 1.0), found)
        assert chat.messages == []
    played = Played(step.title, found)
    assert not played.passed
    tell_step(8, 10, played)
    assert capsys.readouterr().out == (
        "– 8/10 акт скрытых работ: JSON, DOCX, PDF: шаг пропущен: вызывать ли функцию, настоящая модель решает сама; "
        "продиктуйте ей акт на странице чата\n"
    )
    done = Played("текст", Findings())
    assert ended_well([done, played], 2.0) == (
        "✓ Прошли 1 из 2 шагов за 2,00 с; пропущено: акт скрытых работ: JSON, DOCX, PDF."
    )
    assert ended_well([done], 2.0) == "✓ Все шаги (1) прошли за 2,00 с."
