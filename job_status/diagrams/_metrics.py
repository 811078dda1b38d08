"""How wide texts are, by a table of a font's advance widths, so that a picture is the same whatever fonts a machine has.

The widths are those of Helvetica and Arial, as their free counterpart Liberation Sans has them too. What the table lacks is
estimated, rather too wide than too narrow.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: the fonts that have these widths, in the order of preference; the last stands in where none of them is installed
FONTS = "Helvetica,Arial,Liberation Sans,Arimo,sans-serif"

#: thousandths of the font size, with the characters that are so wide
_REGULAR = {
    191: "'", 222: "ijlł", 260: "|¦", 278: " !,./:;I[\\]ft·ìíîïĩīĭı", 292: "ľ", 333: "()-`r¡", 334: "{}", 350: "•", 355: '"',
    375: "ť", 389: "*", 400: "°", 469: "^", 500: "Jcksvxyz", 549: "±÷", 556: "#$0123456789?L_abdeghnopqu¢£¤¥§«»ðþđŁ",
    584: "+<=>~¬\u00d7", 611: "FTZ¿ßø", 615: "ď", 667: "&ABEKPSVXYÞ", 722: "CDHNRUwÐĐ", 737: "©®", 778: "GOQØ", 833: "Mm", 838: "↻",
    889: "%æ", 944: "Wœ", 1000: "ÆŒ—…←→↔", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\ijl·ıł", 280: "|¦", 333: "!()-:;[]`ft¡", 350: "•", 385: "ľ", 389: "*r{}", 400: "°", 474: '"',
    479: "ť", 500: "z", 549: "±÷", 556: "#$0123456789J_aceksvxy¢£¤¥§«»", 584: "+<=>^~¬\u00d7", 611: "?FLTZbdghnopqu¿ßðøþđŁ",
    667: "EPSVXYÞ", 719: "ď", 722: "&ABCDHKNRUÐĐ", 737: "©®", 778: "GOQwØ", 833: "M", 838: "↻", 889: "%mæ", 944: "Wœ", 975: "@",
    1000: "ÆŒ—…←→↔",
}  # fmt: skip
_ADVANCES, _BOLD_ADVANCES = ({char: advance for advance, chars in table.items() for char in chars} for table in (_REGULAR, _BOLD))

#: of characters that the table lacks: of most scripts, of Chinese, Japanese and Korean, and of pictographs
_OTHER, _WIDE, _PICTOGRAPH = 750, 1000, 1400

#: by code points, since Python's versions differ in what they know of Unicode
_BLOCKS = (
    (0x1100, 0x115F, _WIDE),
    (0x2E80, 0xA4CF, _WIDE),
    (0xAC00, 0xD7A3, _WIDE),
    (0xF900, 0xFAFF, _WIDE),
    (0xFE30, 0xFE6F, _WIDE),
    (0xFF00, 0xFF60, _WIDE),
    (0x1F000, 0x1FAFF, _PICTOGRAPH),
    (0x20000, 0x3FFFD, _WIDE),
)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is, in px, in a font of that size in px."""
    return sum(_advance(char, bold) for char in text) * size / 1000


def known(text: str) -> bool:
    """Return whether that width is the font's, not an estimate."""
    return all(char in _ADVANCES or _base(char) in _ADVANCES for char in text)


@lru_cache(2000)
def _advance(char: str, bold: bool) -> int:
    advances = _BOLD_ADVANCES if bold else _ADVANCES
    listed = advances.get(char) or advances.get(_base(char))
    if listed:
        return listed
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return next((advance for first, last, advance in _BLOCKS if first <= ord(char) <= last), _OTHER)


def _base(char: str) -> str:
    """Return the letter below the accents, which is as wide as the letter with them."""
    return unicodedata.normalize("NFD", char)[0]
