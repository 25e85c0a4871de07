"""Photos of a violation stay with their notice: in every revision, small, without what the camera wrote into them."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from context import Context, Picture, Said
from documents.draft import Draft
from errors import ProviderUnavailable
from kept_files import MOST_PICTURES
from paperwork.making import make
from storage.database import Database
from tests.end_to_end.test_document_photos import pictures_in_pdf, pictures_of_docx
from tests.paperwork.desk import HERE, Desk, open_test_desk

NOTICE = {"location": "секция 2", "violations": [{"description": "Нет ограждения"}]}
PLACE = 0x8825
"""The part of EXIF that says where the photo was taken."""


def photo(colour: str = "red", side: int = 3000) -> bytes:
    image, exif = Image.new("RGB", (side, side // 2), colour), Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(PLACE)[1] = "N"
    written = BytesIO()
    image.save(written, "JPEG", exif=exif)
    return written.getvalue()


def with_photos(context: Context, photos: Sequence[bytes]) -> Context:
    async def pictures() -> Sequence[Picture]:
        return [Picture(one, "image/jpeg") for one in photos]

    return replace(context, said=Said("предписание", pictured=lambda: True), pictures=pictures)


async def noticed(desk: Desk, photos: Sequence[bytes], turn: str = "7:1") -> str:
    context = with_photos(desk.call("create_document", turn), photos)
    return str((await make(context, "violation_notice", NOTICE))["document"])


async def files_of(desk: Desk, document: str) -> tuple[bytes, bytes]:
    held = await desk.archive.get(HERE, document)
    assert held is not None
    _, docx, pdf = (await desk.archive.copies(held)).files
    return docx.data, pdf.data


async def test_photos_are_small_and_say_nothing_of_the_camera(database: Database, tmp_path: Path) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        docx, _ = await files_of(desk, await noticed(desk, [photo()]))
    [kept] = pictures_of_docx(docx)
    image = Image.open(BytesIO(kept))
    assert image.size == (1024, 512)
    assert not image.getexif()
    assert b"SecretCamera" not in kept


async def test_a_later_revision_has_the_photos_of_the_first(database: Database, tmp_path: Path) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        document = await noticed(desk, [photo(), photo("blue")])
        held = await desk.archive.get(HERE, document)
        assert held is not None
        other = Draft.of("violation_notice", {**held.draft.data, "location": "секция 3"})
        await desk.archive.revise(held, other, "corrected", 5, None)
        docx, pdf = await files_of(desk, document)
    assert len(pictures_of_docx(docx)) == pictures_in_pdf(pdf) == 2


async def test_only_so_many_photos_go_into_one_document(database: Database, tmp_path: Path) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        photos = [photo(f"rgb({20 * shade}, 0, 0)", 200) for shade in range(MOST_PICTURES + 2)]
        _, pdf = await files_of(desk, await noticed(desk, photos))
    assert pictures_in_pdf(pdf) == MOST_PICTURES


@pytest.mark.parametrize("trouble", [ProviderUnavailable("gone"), None])
async def test_without_its_photos_the_notice_is_made_all_the_same(
    database: Database, tmp_path: Path, trouble: Exception | None
) -> None:
    """They cannot be fetched, or one of them is no picture."""

    async def pictures() -> Sequence[Picture]:
        if trouble is not None:
            raise trouble
        return [Picture(b"no picture", "image/jpeg")]

    async with open_test_desk(database, tmp_path) as desk:
        said = Said("предписание", pictured=lambda: True)
        context = replace(desk.call("create_document"), said=said, pictures=pictures)
        made = await make(context, "violation_notice", NOTICE)
        _, pdf = await files_of(desk, made["document"])
    assert made["files"] == "sent"
    assert pictures_in_pdf(pdf) == 0


async def test_other_kinds_of_documents_show_no_photos(database: Database, tmp_path: Path) -> None:
    async with open_test_desk(database, tmp_path) as desk:
        context = with_photos(desk.call(), [photo()])
        made = await make(context, "aosr", {"work_type": "Кладка"})
        docx, pdf = await files_of(desk, made["document"])
    assert not pictures_of_docx(docx)
    assert pictures_in_pdf(pdf) == 0
