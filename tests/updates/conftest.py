import pytest
from telegram import Bot


@pytest.fixture(scope="session")
def bot() -> Bot:
    return Bot("42:TEST-TOKEN")
