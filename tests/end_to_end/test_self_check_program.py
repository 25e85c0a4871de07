"""The self-check as a program: exit status and sentences."""

import pytest

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from prompts.texts import sentences
from tests.audio.speech import speech_like
from tests.end_to_end.test_process import Run, ended, environment, gemini, program, run, telegram

__all__ = ("environment", "gemini", "run", "telegram")


async def test_the_self_check_says_that_it_works(environment: dict[str, str]) -> None:
    async with program("gemini_live_session.py", environment=environment) as process:
        status, out, err = await ended(process)
    assert (status, err) == (0, "")
    assert out.splitlines() == ["✅ Live сессия запущена", "✅ Gemini Live API работает!"]


@pytest.mark.parametrize(
    ("change", "why"), [({"GOOGLE_API_KEY": "wrong"}, "key_rejected"), ({"GEMINI_VOICE": "Нет"}, "setup_rejected")]
)
async def test_the_self_check_says_what_to_mend(change: dict[str, str], why: str, run: Run) -> None:
    status, out, _ = await run("gemini_live_session.py", **change)
    assert (status, out) == (1, f"❌ соединение с моделью: {sentences('ru')[f'operator.{why}']}\n")


async def test_the_self_check_names_a_file_that_holds_no_certificates(run: Run) -> None:
    status, out, err = await run("gemini_live_session.py", SSL_CERT_FILE=__file__)
    assert (status, err) == (2, "")
    assert out.startswith("Файл из SSL_CERT_FILE не читается: ")


@pytest.mark.parametrize(("argument", "expected"), [("--foo", 2), ("full", 2), ("--help", 0)])
async def test_the_self_check_takes_no_other_argument(
    argument: str, expected: int, gemini: GeminiLiveEmulator, run: Run
) -> None:
    status, out, err = await run("gemini_live_session.py", argument)
    assert status == expected
    assert "--full" in out + err
    assert gemini.connections == []


async def test_the_full_self_check_tries_each_ability(gemini: GeminiLiveEmulator, run: Run) -> None:
    number = Answer(pcm=speech_like(1), transcript=" 4 7 1 6")
    gemini.say(*[number] * 6, Answer(calls=[Call("site_number")], then=number))
    status, out, err = await run("gemini_live_session.py", "--full")
    assert (status, err) == (0, ""), out
    assert [row.split(":")[0] for row in out.splitlines()[2:]] == [
        "✅ запись одним куском (одна активность)",
        "✅ фото и текст в одной активности",
        "✅ возобновление разговора",
        "✅ вызов функции",
    ]


async def test_the_self_check_names_the_server_whose_certificate_is_not_trusted(
    gemini: GeminiLiveEmulator, run: Run, environment: dict[str, str]
) -> None:
    del environment["SSL_CERT_FILE"]
    status, out, _ = await run("gemini_live_session.py")
    assert status == 1
    host = gemini.url.removeprefix("https://")
    assert out.startswith(f"❌ соединение с моделью: Сертификат сервера {host} не проходит проверку; ")


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_the_self_check_names_a_dead_proxy_without_its_password(
    scheme: str, run: Run, unused_tcp_port: int
) -> None:
    change = {"GEMINI_PROXY": f"{scheme}://me:hidden@127.0.0.1:{unused_tcp_port}"}
    status, out, err = await run("gemini_live_session.py", **change)
    assert (status, err) == (1, "")
    assert out.startswith(f"❌ соединение с моделью: Через прокси 127.0.0.1:{unused_tcp_port} до сервера localhost:")
    assert "hidden" not in out


async def test_the_self_check_names_a_server_that_is_out_of_reach(run: Run, unused_tcp_port: int) -> None:
    change = {"GOOGLE_GEMINI_BASE_URL": f"https://localhost:{unused_tcp_port}"}
    status, out, _ = await run("gemini_live_session.py", **change)
    assert status == 1
    assert out.startswith(f"❌ соединение с моделью: До сервера localhost:{unused_tcp_port} добраться не удалось; ")


async def test_the_full_self_check_tells_a_wrong_answer_from_silence(gemini: GeminiLiveEmulator, run: Run) -> None:
    number = Answer(pcm=speech_like(1), transcript=" 4 7 1 6")
    wrong = Answer(pcm=speech_like(1), transcript=" 1 2 3 4")
    gemini.say(number, number, number, wrong, number, number, wrong)
    status, out, _ = await run("gemini_live_session.py", "--full")
    assert status == 1
    note, photo, resumption, function = out.splitlines()[2:]
    assert note.startswith("✅")
    assert photo == "❌ фото и текст в одной активности: Модель ответила, но числа 4716 в её ответе нет."
    assert resumption.startswith("✅")
    assert function == "❌ вызов функции: Модель ответила, не вызвав функцию."
