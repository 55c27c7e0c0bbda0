"""What is not kept of a cell: control and direction characters, and whatever identifies a natural person."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records.headers import fold

# What a cell of a spreadsheet holds.
LONGEST = 32_767
_SPACES = r"[\t\n\v\f\r\x{0085}\x{2028}\x{2029}\x{00A0}]+"
# C0 and C1 controls, soft hyphen, zero-width and direction controls, byte order mark, tags.
_HIDDEN = (
    r"[\x{0000}-\x{0008}\x{000E}-\x{001F}\x{007F}-\x{0084}\x{0086}-\x{009F}\x{00AD}\x{061C}\x{200B}-\x{200F}"
    r"\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}\x{FFF9}-\x{FFFB}\x{E0000}-\x{E007F}]"
)
_SUSPECT = _HIDDEN + "|" + _SPACES + r"|^\s|\s$|\s\s"
_RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])([1-9]\d{5})((?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})([\dXx])(?![0-9A-Za-z])"
)
_OLD_RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])([1-8]\d{5})(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})(?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_PHONE = re.compile(r"(?<!\d)(0\d{2,3})[- ](\d{7,8})(?!\d)")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CARD = re.compile(r"(?<![0-9A-Za-z])\d{16,19}(?![0-9A-Za-z])")
_ANY = r"\d{11}|\d{3}[- ]\d{4}[- ]\d{4}|0\d{2,3}[- ]\d{7}|@"
_RESIDENT_WEIGHTS = [pow(2, 17 - i, 11) for i in range(17)]

PERSONAL = frozenset(
    fold(name)
    for name in (
        "法定代表人", "法定代表人姓名", "法人代表", "法人", "负责人", "经营者", "法定代表人证件类型",
        "法定代表人证件号码", "法定代表人身份证号", "法定代表人身份证号码", "证件号码", "身份证号", "身份证号码",
        "行政相对人代码_7(居民身份证号)", "当事人身份证", "当事人身份证号", "提供方姓名", "提供方电话",
        "提供方地址", "提供方证件", "提供方性别", "提供方年龄段", "投诉人", "投诉人姓名", "投诉人电话", "举报人",
        "举报人姓名", "举报人电话", "来电人", "来电人姓名", "来电号码", "诉求人", "姓名", "联系人", "联系电话",
        "联系方式", "手机", "手机号", "手机号码", "电话", "住址", "家庭住址", "cf_frdb", "cf_fr_zjlx",
        "cf_fr_zjhm", "cf_fr_sfzh", "cf_xdr_zjlx", "cf_xdr_zjhm", "xk_frdb", "xk_fr_zjhm",
    )
)  # fmt: skip
# Other wordings of such headers.
_OF_PERSONS = re.compile(
    r"身份证|手机|联系电话|法定代表|法人代表|(?<!被)(?:投诉|举报|反映|诉求|申诉|来电|消费)(?:人|者)(?!数)|经营者姓名"
    r"|phone|mobile|id_?card|legal_?(?:person|rep)|caller"
)


def anywhere(texts: pa.Array, pattern: str) -> bool:
    """Whether a pattern without anchors may match in one of the texts: one look at all of them, written together.

    A match that begins in one text and ends in the next is a wrong yes.
    """
    ends, data = texts.buffers()[1:]
    if not len(texts) or data is None:
        return False
    places = np.frombuffer(ends, dtype=np.int32)[[texts.offset, texts.offset + len(texts)]]
    together = pa.StringArray.from_buffers(1, pa.py_buffer(places), data)
    found: bool = pc.match_substring_regex(together, pattern)[0].as_py()
    return found


def clean(texts: pa.Array) -> pa.Array:
    r"""Texts without hidden characters, every run of white space one space; only offending texts are touched.

    >>> clean(pa.array(["甲\u202e公司", " a\n b "])).to_pylist()
    ['甲公司', 'a b']
    """
    suspect = pc.match_substring_regex(texts, _SUSPECT)
    if not pc.any(suspect).as_py():
        return texts
    plain = pc.replace_substring_regex(pc.replace_substring_regex(texts, _SPACES, " "), _HIDDEN, "")
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"\s\s+", " "))
    return pc.if_else(suspect, plain, texts)


def overlong(texts: pa.Array) -> np.ndarray:
    """Whether a text is longer than a spreadsheet cell can hold."""
    longest = pc.max(pc.binary_length(texts)).as_py()
    if longest is None or longest <= LONGEST:
        return np.zeros(len(texts), dtype=bool)
    long: np.ndarray = pc.greater(pc.utf8_length(texts), LONGEST).to_numpy(zero_copy_only=False)
    return long


def spotless(texts: pa.Array) -> bool:
    """Whether `clean` and `masked` leave all texts as they are: one look instead of two, since most texts are fine."""
    if not anywhere(texts, rf"{_HIDDEN}|{_SPACES}|\s|{_ANY}"):
        return True
    return not pc.any(pc.match_substring_regex(texts, f"{_SUSPECT}|{_ANY}")).as_py()


def masked(texts: pa.Array) -> pa.Array:
    """Texts with resident ids, phone numbers, mail addresses and bank cards made unrecognisable.

    Only what has the right check digit is taken for a resident id or a card, so that document numbers and credit codes
    stay. Of a resident id and a card the first and last four figures stay, of a phone the first three and last four.

    >>> masked(pa.array(["联系人13812345678", "11010519491231002X"])).to_pylist()
    ['联系人138****5678', '1101**********002X']
    """
    suspect = pc.match_substring_regex(texts, _ANY).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(suspect)
    if not len(at):
        return texts
    values = texts.to_numpy(zero_copy_only=False).copy()
    values[at] = [_masked(values[i]) for i in at]
    return pa.array(values, pa.string())


def _masked(text: str) -> str:
    text = _RESIDENT.sub(lambda m: _stars(m.group(0)) if _is_resident(m.group(0)) else m.group(0), text)
    text = _OLD_RESIDENT.sub(lambda m: m.group(0) if _is_registration(m.group(0)) else _stars(m.group(0)), text)
    text = _CARD.sub(lambda m: _stars(m.group(0)) if _is_card(m.group(0)) else m.group(0), text)
    text = _MOBILE.sub(r"\1****\3", text)
    text = _PHONE.sub(lambda m: f"{m.group(1)}-{m.group(2)[:2]}****{m.group(2)[-2:]}", text)
    return _MAIL.sub("***@***", text)


def _stars(number: str) -> str:
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def _is_resident(number: str) -> bool:
    total = sum(int(figure) * weight for figure, weight in zip(number[:17], _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_registration(number: str) -> bool:
    rest = 10
    for figure in number[:14]:
        rest = ((int(figure) + rest) % 10 or 10) * 2 % 11
    return str((11 - rest) % 10) == number[14]


def _is_card(number: str) -> bool:
    """Luhn's check."""
    if number[0] not in "3456":
        return False
    doubled = (int(f) * (1 + i % 2) for i, f in enumerate(reversed(number)))
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def person(texts: pa.Array) -> np.ndarray:
    """Whether a text is a resident id with a right check digit."""
    shaped = pc.match_substring_regex(texts, r"^[1-9]\d{16}[\dXx]$").to_numpy(zero_copy_only=False)
    found = np.zeros(len(texts), dtype=bool)
    for at in np.flatnonzero(shaped):
        text = texts[at].as_py()
        found[at] = bool(_RESIDENT.fullmatch(text)) and _is_resident(text)
    return found


def kept(cells: dict[str, str], used: Collection[str] = ()) -> dict[str, str]:
    """A whole refused row as it may be kept: personal columns hidden, hidden characters gone, persons masked.

    Columns that are `used` stay, or a corrected row could not be read again: the name of an inspector.
    """
    texts = masked(clean(pa.array([text[:LONGEST] for text in cells.values()], pa.string()))).to_pylist()
    return {
        header: "***" if text and header not in used and _personal(header) else text
        for header, text in zip(cells, texts, strict=True)
    }


def _personal(header: str) -> bool:
    return fold(header) in PERSONAL or _OF_PERSONS.search(fold(header)) is not None
