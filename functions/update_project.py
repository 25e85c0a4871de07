"""The project of a chat: filled once, by voice, text or a photo, and used in every document."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from function_calls import Context
from project import PATHS, Entry, Origin, Profile, flat, is_well_formed, was_said
from project_card import named

FINISHES = True
Day = date
Text = Annotated[str | None, Field(max_length=300)]


class Site(BaseModel):
    name: Text = None
    address: Text = None


class Sro(BaseModel):
    """The self-regulatory organisation (СРО)."""

    name: Text = None
    ogrn: Text = None
    inn: Text = None


class Party(BaseModel):
    kind: Literal["legal_entity", "individual_entrepreneur", "person"] | None = None
    name: Annotated[str | None, Field(max_length=300, description="Of a company, as said: «ООО СтройМонтаж».")] = None
    full_name: Annotated[str | None, Field(max_length=300, description="Of a person or an ИП.")] = None
    ogrn: Annotated[str | None, Field(description="13 digits.")] = None
    ogrnip: Annotated[str | None, Field(description="15 digits, of an ИП.")] = None
    inn: Annotated[str | None, Field(description="10 digits, 12 of a person or an ИП.")] = None
    address: Text = None
    phone_or_fax: Text = None
    sro: Sro | None = None


class Customer(BaseModel):
    role: (
        Literal["застройщик", "технический заказчик", "лицо, ответственное за эксплуатацию", "региональный оператор"]
        | None
    ) = None
    party: Party | None = None


class Authority(BaseModel):
    """The order or power of attorney that he acts by."""

    name: Annotated[str | None, Field(description="«приказ», «доверенность».")] = None
    number: Text = None
    date: Day | None = None


class Representative(BaseModel):
    position: Text = None
    name_initials: Annotated[str | None, Field(description="Surname and initials: «Петров П.П.».")] = None
    nrs_id: Annotated[str | None, Field(description="Number in the register of specialists (НРС).")] = None
    authority_document: Authority | None = None


class Representatives(BaseModel):
    customer_control: Annotated[Representative | None, Field(description="Строительный контроль заказчика.")] = None
    contractor: Annotated[Representative | None, Field(description="Of the contractor: прораб, начальник.")] = None
    contractor_control: Annotated[Representative | None, Field(description="Стройконтроль подрядчика.")] = None
    designer: Annotated[Representative | None, Field(description="Авторский надзор.")] = None
    executor: Annotated[Representative | None, Field(description="Of the subcontractor that did the works.")] = None


async def update_project(
    context: Context,
    site: Annotated[Site | None, Field(description="The object under construction.")] = None,
    customer: Customer | None = None,
    contractor: Party | None = None,
    designer: Party | None = None,
    representatives: Representatives | None = None,
    executor_name: Annotated[str | None, Field(description="Who did the works, if not the contractor.")] = None,
    forget: Annotated[
        list[str], Field(max_length=20, description="Paths that are wrong or gone: `representatives.designer`.")
    ] = [],  # noqa: B006
) -> dict[str, Any]:
    """Write down what the person told of his project: site, address, parties with their requisites, representatives.

    Pass only what he said, wrote or showed just now, in his words; leave out everything else, never complete a number
    or a name from your own knowledge. Call it also when he corrects something. Afterwards say what was written down,
    and ask for what is returned as not said or badly formed.
    """
    given = {"object": site, "customer": customer, "contractor": contractor, "designer": designer}
    models = {**given, "representatives": representatives}
    tree = {name: model.model_dump(exclude_none=True) for name, model in models.items() if model is not None}
    fields = dict(flat(tree | ({"executor_name": executor_name} if executor_name else {})))
    malformed = [path for path, value in fields.items() if not is_well_formed(path, value)]
    taken = {path: _entry(context, path, value) for path, value in fields.items() if path not in malformed}
    not_said = [path for path, entry in taken.items() if entry.origin is Origin.TYPED and not entry.confirmed]
    kept = {path: entry for path, entry in taken.items() if path not in not_said}
    before = await context.profile()
    after = before.without(set(forget)).with_fields(kept)
    if after != before:
        await _save(context, before, after)
    _compare_later(context, {path for path, entry in kept.items() if entry.origin is Origin.SPOKEN})
    missing = [path for path in ("object.name", "object.address", "contractor.name") if path not in after.fields]
    return {
        "written": sorted(kept),
        "forgotten": sorted(before.fields.keys() - after.fields.keys()),
        "not_said": not_said,
        "badly_formed": malformed,
        "still_unknown": missing,
        "unknown_paths": [path for path in forget if not any(known.startswith(path) for known in PATHS)],
    }


async def _save(context: Context, before: Profile, after: Profile) -> None:
    async def save() -> None:
        await context.save_profile(after)

    async def restore() -> None:
        await context.save_profile(before)

    await context.once(save, repeatable=True)
    context.undo(restore)


def _entry(context: Context, path: str, value: str) -> Entry:
    said = context.said
    found = was_said(path, value, said.so_far())
    if found:
        return Entry(value=value, origin=Origin.SPOKEN if said.is_spoken else Origin.TYPED, confirmed=True)
    if said.is_spoken:
        # Its transcript may be on its way still: what is missing now may be there at the end of the turn.
        return Entry(value=value, origin=Origin.SPOKEN, confirmed=None)
    if said.is_pictured:
        return Entry(value=value, origin=Origin.PHOTO, confirmed=None)
    return Entry(value=value, origin=Origin.TYPED, confirmed=found)


def _confirmed(path: str, value: str, words: str, *, cut: bool) -> bool | None:
    """`project.was_said`; `cut`: words may be missing, so that what is not among them may have been said."""
    found = was_said(path, value, words)
    return None if found is False and cut else found


def _compare_later(context: Context, paths: set[str]) -> None:
    """Transcripts come late: what the model wrote down is compared when all of this turn's is there."""

    async def compare(words: str | None) -> None:
        if words is None:
            return
        profile = await context.profile()
        compared = {
            path: entry.model_copy(update={"confirmed": _confirmed(path, entry.value, words, cut=context.said.is_cut)})
            for path, entry in profile.fields.items()
            if path in paths and entry.origin is Origin.SPOKEN
        }
        if not compared:
            return
        profile = profile.with_fields(compared)
        await context.save_profile(profile)
        unheard = [path for path, entry in compared.items() if entry.confirmed is False]
        if unheard:
            await context.client.say(context.text("project.check", values=named(profile, unheard, context.language)))

    if paths:
        context.when_heard(compare)
