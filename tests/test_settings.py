from pathlib import Path

import pytest

from errors import ConfigurationError
from settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for alias in ("GEMINI_API_KEY", "GENAI_API_KEY"):
        monkeypatch.delenv(alias, raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_the_documented_ones() -> None:
    settings = read_settings()
    assert settings.gemini_model == "gemini-3.8-live"
    assert settings.gemini_voice == "Aoede"
    assert settings.telegram_api_base_url == "https://api.telegram.org"
    assert (settings.voice_max_minutes, settings.turn_timeout_seconds) == (15, 20)
    assert (settings.session_idle_seconds, settings.session_max_minutes) == (120, 60)


@pytest.mark.parametrize("name", ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GENAI_API_KEY"])
def test_the_key_has_three_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "secret-key")
    assert read_settings().google_api_key.get_secret_value() == "secret-key"


def test_an_empty_value_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_VOICE", "")
    monkeypatch.setenv("WEB_PORT", "")
    assert (read_settings().gemini_voice, read_settings().web_port) == ("Aoede", 8080)


def test_unknown_names_are_ignored_and_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SOMETHING_ELSE=1\nALLOWED_USERS=7, 8\n")
    assert read_settings().allowed_users == {7, 8}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "eighty"),
        ("VOICE_MAX_MINUTES", "0"),
        ("SESSION_MAX_MINUTES", "2000"),
        ("ALLOWED_USERS", "ivan"),
        ("TELEGRAM_PROXY", "socks4://a:1"),
        ("TELEGRAM_API_BASE_URL", "api.telegram.org"),
        ("TIME_ZONE", "Europe/Moskva"),
        ("LIVE_PROVIDER", "claude"),
    ],
)
def test_a_wrong_value_is_named_without_being_shown(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as wrong:
        read_settings()
    assert wrong.value.details == {"name": name}
    assert value not in str(wrong.value)


def test_secrets_do_not_show_in_a_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "42:SECRET")
    monkeypatch.setenv("GEMINI_PROXY", "socks5://user:pa55word@host:1080")
    assert "SECRET" not in repr(read_settings())
    assert "pa55word" not in repr(read_settings())


@pytest.mark.parametrize(("token", "reason"), [("", "token_missing"), ("42:TOKEN", "key_missing")])
def test_what_is_missing_has_a_reason(token: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", token)
    with pytest.raises(ConfigurationError) as missing:
        read_settings().require_keys()
    assert missing.value.reason == reason
