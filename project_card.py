"""A chat's project as a person reads it."""

from client import Card
from project import ROLES, SECTIONS, Entry, Origin, Profile
from prompts.texts import sentences, text

_TITLES = {
    "representatives.contractor": "contractor_representative",
    "representatives.designer": "designer_representative",
}
"""Sections whose last word is another section's."""


def project_card(profile: Profile, language: str) -> Card:
    lines = [line for section in SECTIONS if (line := _line(profile, section, language))]
    closing = text("project.hint" if lines else "project.empty", language)
    return Card(text("project.title", language), (*lines, closing))


def section_title(section: str, language: str) -> str:
    return text(f"project.{_TITLES.get(section, section.rpartition('.')[2])}", language)


def named(profile: Profile, paths: list[str], language: str) -> str:
    """`Заказчик: ООО «ТехЗаказ», ИНН 7701000001; …`."""
    some = Profile(fields={path: profile.fields[path] for path in paths if path in profile.fields})
    return "; ".join(line for section in SECTIONS if (line := _line(some, section, language)))


def _line(profile: Profile, section: str, language: str) -> str:
    paths = [f"{section}.{part}".rstrip(".") for part in SECTIONS[section]]
    told = [_value(path, profile.fields[path], language) for path in paths if path in profile.fields]
    return f"{section_title(section, language)}: {', '.join(told)}" if told else ""


def _value(path: str, entry: Entry, language: str) -> str:
    """With its word before it, and a mark behind it when it was not found in what the person said."""
    leaf = _leaf(path)
    value = entry.value
    if leaf == "kind":
        value = text(f"project.{value}", language)
    elif f"project.{leaf}" in sentences(language) and leaf not in (*SECTIONS, *ROLES, "name", "address"):
        value = text(f"project.{leaf}", language, value=value)
    if entry.confirmed is False:
        return text("project.unheard", language, value=value)
    if entry.confirmed is None and entry.origin is not Origin.FILE:
        return text("project.unchecked", language, value=value)
    return value


def _leaf(path: str) -> str:
    """`inn`, but `sro_inn` and `authority_number`: these stand for another thing's."""
    *folders, leaf = path.split(".")
    folder = folders[-1] if folders else ""
    return f"sro_{leaf}" if folder == "sro" else f"authority_{leaf}" if folder == "authority_document" else leaf
