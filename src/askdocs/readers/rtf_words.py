"""The words of the RTF language: what they stand for, and in which encoding a font's bytes are."""

from __future__ import annotations

CHARACTERS = {
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ",
    "tab": " ", "zwj": "\u200d", "zwnj": "\u200c", "~": " ", "_": "-",
    "{": "{", "}": "}", "\\": "\\",
}  # fmt: skip
"""Control words and symbols that are characters."""

LEFT_OUT = frozenset(
    "annotation atnauthor atndate atnicn atnid atnparent atnref atntime atrfend atrfstart aftncn"
    " aftnsep aftnsepc background bkmkend bkmkstart blipuid colorschememapping colortbl datafield"
    " datastore defchp defpap docvar dptxbxtext factoidname falt ffdeftext ffentrymcr ffexitmcr"
    " ffformat ffhelptext ffl ffname ffstattext filetbl fldinst fldtype fontemb fontfile footer"
    " footerf footerl footerr formfield ftncn ftnsep ftnsepc generator gridtbl header headerf"
    " headerl headerr hl htmltag keycode latentstyles levelnumbers leveltext lfolevel listlevel"
    " listname listoverride listoverridetable listpicture liststylename listtable mailmerge"
    " mmathPr nonesttables nonshppict objalias objclass objdata objname objsect objtime oleclsid"
    " panose passwordhash password pgp pgptbl picprop pict pnseclvl private protusertbl pxe revtbl"
    " rsidtbl rxe shprslt sn sp staticval sv svb tc template themedata txe userprops"
    " wgrffmtfilter windowcaption writereservation writereservhash xe xmlattrname xmlattrvalue"
    " xmlnstbl comment doccomm operator company manager category keywords subject hlinkbase".split()
)
"""Groups that are not text of the document."""

KEPT = frozenset("shpinst shptxt footnote listtext pntext pn nesttableprops ud".split())
"""Groups that are read even though the writer marks them as ones to pass over."""

PARAGRAPH_ENDS = frozenset("par sect page column softpage".split())

_CODE_PAGES = {
    0: "cp1252", 77: "mac_roman", 78: "shift_jis", 79: "big5", 80: "euc_kr", 81: "gb2312",
    83: "mac_greek", 84: "mac_cyrillic", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk",
    136: "big5", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
"""The encodings of `\\fcharset`."""

SYMBOL = 2
"""The charset of fonts that hold pictures instead of letters."""

_PICTURES = {
    0x6C: "●", 0x6E: "■", 0x71: "❑", 0x76: "❖", 0xA7: "▪", 0xA8: "▢", 0xB7: "•",
    0xD8: "➢", 0xE0: "→", 0xFC: "✓", 0xFE: "☑", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB3: "≥",
    0xA3: "≤", 0xB9: "≠", 0xB4: "×",
}  # fmt: skip


def code_page(charset: int) -> str | None:
    """The encoding for a font's charset; `None` if the document's own holds."""
    return _CODE_PAGES.get(charset)


def picture(code: int) -> str:
    """What a symbol font shows for a code: mostly the mark of a list."""
    low = code & 0xFF
    return _PICTURES.get(low) or (chr(low) if 0x20 <= low < 0x7F else "•")
