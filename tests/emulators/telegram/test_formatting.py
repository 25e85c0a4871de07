import pytest

from emulators.telegram import Chat
from tests.emulators.telegram.conftest import RawBot

STYLES = ["bold", "italic", "underline", "strikethrough", "spoiler"]
PARSE = "400 Bad Request: can't parse entities: "


@pytest.mark.parametrize(
    ("mode", "text", "plain", "entities"),
    [
        ("HTML", "<b>a</b> &lt;&#1078;&amp;", "a <ж&", [("bold", 0, 1)]),
        ("html", "😀<i>b<u>c</u></i>", "😀bc", [("italic", 2, 2), ("underline", 3, 1)]),
        ("HTML", '<a href="https://a.b/?x=1&amp;y">x</a>', "x", [("text_link", 0, 1)]),
        ("HTML", '<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1)]),
        ("HTML", '<span class="tg-spoiler">x</span> &unknown;', "x &unknown;", [("spoiler", 0, 1)]),
        ("HTML", "<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("HTML", "<code> x </code>", "x", [("code", 0, 1)]),
        ("MarkdownV2", r"*a* _b_ __c__ ~d~ ||e||", "a b c d e", STYLES),
        ("MarkdownV2", r"1\. `x_y` [z](https://a.b/\))", "1. x_y z", [("code", 3, 3), ("text_link", 7, 1)]),
        ("MarkdownV2", "```py\nx```", "x", [("pre", 0, 1)]),
        ("", "/stop@site_bot @user_1 https://a.b #тег", None, ["bot_command", "mention", "url", "hashtag"]),
        ("HTML", "<code>/stop</code> /stop", "/stop /stop", [("code", 0, 5), ("bot_command", 6, 5)]),
        ("", "1/2 a/b x@y.ru", None, ["email"]),
        ("", "сдано 50/50, см. лист /3", None, ["bot_command"]),
    ],
)
async def test_text_is_parsed(
    bot: RawBot, ivan: Chat, mode: str, text: str, plain: str | None, entities: list[tuple[str, int, int] | str]
) -> None:
    sent = await bot.get("sendMessage", chat_id=1, text=text, parse_mode=mode)
    assert sent["text"] == (text if plain is None else plain)
    found = sent.get("entities", [])
    if entities and isinstance(entities[0], str):
        assert [entity["type"] for entity in found] == entities
    else:
        assert [(entity["type"], entity["offset"], entity["length"]) for entity in found] == entities


@pytest.mark.parametrize(
    ("mode", "text", "refusal"),
    [
        ("HTML", "a < b", 'Unsupported start tag "" at byte offset 2'),
        ("HTML", "ж <p>x</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("HTML", "<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "x</b>", "Unexpected end tag at byte offset 1"),
        ("HTML", "<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("HTML", "<b", "Unclosed start tag at byte offset 0"),
        ("HTML", "<b>x</b", "Unclosed end tag at byte offset 4"),
        ("HTML", "<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("HTML", '<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("HTML", '<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("MarkdownV2", "1.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "a *b", "Can't find end of Bold entity at byte offset 2"),
        ("MarkdownV2", "[a](b", "Can't find end of a URL at byte offset 4"),
    ],
)
async def test_text_that_cannot_be_parsed_is_refused(
    bot: RawBot, ivan: Chat, mode: str, text: str, refusal: str
) -> None:
    assert await bot.refusal("sendMessage", chat_id=1, text=text, parse_mode=mode) == PARSE + refusal


@pytest.mark.parametrize(
    ("entity", "refusal"),
    [
        ({"type": "bold", "offset": 9, "length": 1}, "entity begins after the end of the text at UTF-16 offset 9"),
        (
            {"type": "bold", "offset": 1, "length": 3},
            "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4",
        ),
        ({"offset": 1, "length": 3}, "can't parse MessageEntity: Can't find field \"type\""),
    ],
)
async def test_entities_must_lie_in_the_text(bot: RawBot, ivan: Chat, entity: dict[str, object], refusal: str) -> None:
    assert await bot.refusal("sendMessage", chat_id=1, text="abc", entities=[entity]) == f"400 Bad Request: {refusal}"
