"""The file of a receipt: each script that a name may have is drawn with a face that has it."""

import re
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from gigflow.receipts.drawing import pdf_of
from gigflow.receipts.models import Party, Receipt
from gigflow.receipts.sheets import sheet_of

NAMES = {
    "Łucja Nguyễn Þór": "NotoSans",
    "Александр": "NotoSans",
    "Γιώργος": "NotoSans",
    "محمد بن سلمان": "NotoSansArabic",
    "שרה כהן": "NotoSansHebrew",
    "राजेश श्रीवास्तव": "NotoSans",
    "সত্যজিৎ": "NotoSansBengali",
    "ਗੁਰਪ੍ਰੀਤ": "NotoSansGurmukhi",
    "ગાંધી": "NotoSansGujarati",
    "ସୁଜାତା": "NotoSansOriya",
    "தமிழரசன்": "NotoSansTamil",
    "తెలుగు": "NotoSansTelugu",
    "ಕನ್ನಡ": "NotoSansKannada",
    "മലയാളം": "NotoSansMalayalam",
    "සිංහල": "NotoSansSinhala",
    "สมชาย": "NotoSansThai",
    "ລາວ": "NotoSansLao",
    "မြန်မာ": "NotoSansMyanmar",
    "សុខា": "NotoSansKhmer",
    "ქართული": "NotoSansGeorgian",
    "Հայերեն": "NotoSansArmenian",
    "አማርኛ": "NotoSansEthiopic",
    "王小明": "NotoSansSC",
    "陳怡君": "NotoSansSC",
    "佐藤さくら": "NotoSansSC",
    "김철수": "NotoSansKR",
}
EVERY_FILE = {"NotoSans"}  # the words of the receipt itself


def drawn(name: str) -> bytes:
    moment = datetime(2026, 12, 4, 18, tzinfo=UTC)
    receipt = Receipt(
        id=ObjectId(),
        number=7,
        order_id=ObjectId(),
        what="release",
        title="A map",
        client=Party(ObjectId(), name),
        freelancer=Party(ObjectId(), "Bob"),
        currency="USD",
        amount_minor=45_000,
        fee_minor=4_500,
        fee_basis_points=1_000,
        at=moment,
        created_at=moment,
    )
    return pdf_of(sheet_of(receipt, "https://gigflow.example"))


def faces(file: bytes) -> set[str]:
    """The faces of which a file has letters."""
    return {found.decode() for found in re.findall(rb"BaseFont/[A-Z]{6}\+([A-Za-z]+)-(?:Regular|Bold)", file)}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_drawn_in_its_script(name: str) -> None:
    assert faces(drawn(name)) == EVERY_FILE | {NAMES[name]}


@pytest.mark.parametrize(
    "name", ["😀", "𓀀", "a\u202eb", "#let x = 1 $y$ `z` \\ \" ' @ref <b>", "W" * 200, " "]
)
def test_whatever_a_name_has_a_file_comes_of_it(name: str) -> None:
    assert drawn(name).startswith(b"%PDF-")
