"""The file of a receipt: each script that a name may have is drawn with a face that has it."""

import re
import zlib
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
    "އަޙްމަދު": "NotoSansThaana",
    "བསྟན་འཛིན་རྒྱ་མཚོ": "NotoSerifTibetan",
    "ᠪᠠᠲᠤᠪᠠᠶᠠᠷ": "NotoSansMongolian",
    "ߛߏߟߏߡߊߣߊ": "NotoSansNKo",
    "ⴰⵎⴰⵣⵉⵖ": "NotoSansTifinagh",
    "ܐܦܪܝܡ": "NotoSansSyriac",
    "ᏍᏏᏉᏯ ꭰꮒᏼꮻ": "NotoSansCherokee",
    "𞤀𞤣𞤤𞤢𞤥": "NotoSansAdlam",
    "ᬤᬾᬯᬶ": "NotoSansBalinese",
    "ᯅᯖᯂ᯲": "NotoSansBatak",
    "ꚠꚡꚢ": "NotoSansBamum",
    "ᨒᨚᨈᨑ": "NotoSansBuginese",
    "ᐃᓄᒃᑎᑐᑦ": "NotoSansCanadianAboriginal",
    "𑄌𑄋𑄴𑄟𑄳𑄦": "NotoSansChakma",
    "ꨌꩌ": "NotoSansCham",
    "𐴀𐴞𐴕": "NotoSansHanifiRohingya",
    "ꦱꦿꦶꦲꦂꦠꦶ": "NotoSansJavanese",
    "ꤊꤢꤛꤢ꤭": "NotoSansKayahLi",
    "ᰛᰩᰵ": "NotoSansLepcha",
    "ᤕᤠᤰᤌᤢᤱ": "NotoSansLimbu",
    "ꓡꓲꓢꓴ": "NotoSansLisu",
    "ࡌࡀࡍࡃࡀ": "NotoSansMandaic",
    "ꯃꯤꯇꯩ": "NotoSansMeeteiMayek",
    "𞠀𞠁𞠂": "NotoSansMendeKikakui",
    "𖼀𖼡": "NotoSansMiao",
    "ᦟᦹᧉ": "NotoSansNewTaiLue",
    "𑐣𑐾𑐥𑐵𑐮": "NotoSansNewa",
    "ᱥᱟᱱᱛᱟᱲ": "NotoSansOlChiki",
    "𐓏𐓘𐓻": "NotoSansOsage",
    "𖬌𖬣𖬵": "NotoSansPahawhHmong",
    "ࠔࠌࠓ": "NotoSansSamaritan",
    "ꢱꣃꢬꢵ": "NotoSansSaurashtra",
    "𑃐𑃑𑃒": "NotoSansSoraSompeng",
    "ᮞᮥᮔ᮪ᮓ": "NotoSansSundanese",
    "ꠍꠤꠟꠐꠤ": "NotoSansSylotiNagri",
    "ᜆᜄᜎᜓᜄ᜔": "NotoSansTagalog",
    "ᥖᥭᥰ": "NotoSansTaiLe",
    "ᨵᨾ᩠ᨾ": "NotoSansTaiTham",
    "ꪼꪕꪒꪾ": "NotoSansTaiViet",
    "ꕙꔤ": "NotoSansVai",
    "𞋀𞋁𞋂": "NotoSansWancho",
    "𑢹𑣀": "NotoSansWarangCiti",
    "ꆈꌠ": "NotoSansYi",
    "𞄀𞄁": "NotoSerifHmongNyiakeng",
    "😀 👩‍🚀": "NotoEmoji",
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


_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\)", re.DOTALL)  # a string of a PDF: two bytes for each glyph
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def boxes(file: bytes) -> int:
    """How many glyphs of a file are the one that a face shows for what it has not (.notdef, number 0)."""

    def plain(found: re.Match[bytes]) -> bytes:
        return bytes([int(found[1], 8)]) if len(found[1]) == 3 else _NAMED.get(found[1], found[1])

    streams = [zlib.decompressobj().decompress(each) for each in _STREAM.findall(file) if each[:1] == b"x"]
    pages = [each for each in streams if b" Tf " in each]
    lines = [line for page in pages for line in page.splitlines() if line.endswith((b"TJ", b"Tj"))]
    assert len(lines) > 10, "the text of a receipt"
    shown = [_ESCAPED.sub(plain, each) for line in lines for each in _SHOWN.findall(line)]
    return sum(text[place : place + 2] == b"\0\0" for text in shown for place in range(0, len(text), 2))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_drawn_in_its_script(name: str) -> None:
    file = drawn(name)
    assert faces(file) == EVERY_FILE | {NAMES[name]}
    assert boxes(file) == 0


def test_what_no_face_has_is_a_box() -> None:
    assert boxes(drawn("A𓀀B")) == 1


@pytest.mark.parametrize("name", ["𓀀", "a\u202eb", "#let x = 1 $y$ `z` \\ \" ' @ref <b>", "W" * 200, " "])
def test_whatever_a_name_has_a_file_comes_of_it(name: str) -> None:
    assert drawn(name).startswith(b"%PDF-")
