"""Read the texts of cells: days, amounts, codes and lists, each from the forms that exports are written in.

Every function takes distinct texts and returns one value and one verdict for each; a text that can be read in two ways
is not read at all.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

import cn2an
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskmodel.records.headers import fold
from riskmodel.records.hygiene import anywhere

# What exports write for nothing (missing text as 无 or /, missing numbers as two dashes), folded.
_NOTHING = (
    "", "无", "/", "／", "—", "——", "———", "-", "--", "---", "－", "－－", "null", "none", "nan", "undefined", "nat",
)  # fmt: skip
NOTHING = pa.array(_NOTHING, pa.string())
# First bytes that a text which stands for nothing may have, with the blanks before it.
_FIRST = np.zeros(256, dtype=bool)
_FIRST[[word.encode()[0] for word in (*_NOTHING[1:], *string.ascii_letters, *string.whitespace, "\u3000")]] = True
_CHINA = timezone(timedelta(hours=8))
_OLDEST, _NEWEST = np.datetime64("1900-01-01"), np.datetime64("2200-12-31")
# A day, and perhaps a time behind it; the separators of a day must be the same.
_DAY = (
    r"^['\"]?(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)['\"]?"
    r"(?:[T ]?(?:上午|下午|凌晨|中午|晚上)? ?"
    r"\d{1,2}(?::|时|点)\d{1,2}(?:(?::|分)(?:\d{1,2}(?:\.\d+)?秒?)?)?(?: ?[AaPp][Mm])?)?$"
)
_DIGITS = {
    **{c: str(i) for digits in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖") for i, c in enumerate(digits)},
    **dict.fromkeys("○Oo", "0"), "两": "2", "弍": "2", "貳": "2", "參": "3", "陸": "6",
}  # fmt: skip
_ZONE = re.compile(r"(?:\s*(?:Z|UTC|GMT)?\s*([+-]\d{1,2}(?::?\d{2})?)|\s*(Z|UTC|GMT))$")
_EUROPEAN = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
# The last two are how Java writes an instant in China.
_MONTH_NAME = re.compile(r"[A-Za-z]{3}.*\d|\d.*[A-Za-z]{3}")
_ENGLISH = (
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d %Y", "%B %d %Y",
    "%a %b %d %H:%M:%S CST %Y", "%b %d, %Y %I:%M:%S %p",
)  # fmt: skip
# Days before the 18th of May 1927 have serials of four figures, which are years in exports.
_EPOCH = date(1899, 12, 30)
# Ten figures that begin with 2 are a day and an hour, or seconds from 2033 on.
_STAMP = re.compile(r"1\d{9}(?:\d{3})?")


def blank(texts: pa.Array) -> np.ndarray:
    """Whether a text stands for nothing: empty, 无, /, dashes, null."""
    ends = np.frombuffer(texts.buffers()[1] or b"\0" * 4, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    found: np.ndarray = np.diff(ends) == 0
    found[~found] = _FIRST[letters[ends[:-1][~found]]]
    found[found] = _blank(texts.filter(pa.array(found)))
    return found


def _blank(texts: pa.Array) -> np.ndarray:
    found = pc.is_in(texts, value_set=NOTHING).to_numpy(zero_copy_only=False)
    odd = pc.match_substring_regex(texts, r"^[\s\x{3000}]*[A-Za-z－—-]?[A-Za-z\s\x{3000}－—-]*$|\s$|^\s|^\x{3000}")
    at = np.flatnonzero(odd.to_numpy(zero_copy_only=False) & ~found)
    if len(at):
        plain = pc.utf8_lower(pc.replace_substring_regex(texts.take(pa.array(at)), r"[\s\x{3000}]+", ""))
        found = found.copy()
        found[at] = pc.is_in(plain, value_set=NOTHING).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=bool)


def days(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Days as they are meant, in China where a zone is given.

    Returns
    -------
    days : ndarray of datetime64[D]
        NaT where the text is empty or unreadable.
    wrong : ndarray of bool
        Whether something is written that is no day, or may be two.

    Examples
    --------
    >>> days(pa.array(["2020年7月31日", "二〇二〇年七月三十一日", "2020-07-31T20:00:00Z"]))[0].astype(str).tolist()
    ['2020-07-31', '2020-07-31', '2020-08-01']
    """
    plain = pd.Series(pc.utf8_trim_whitespace(pc.utf8_normalize(texts, "NFKC")).to_pylist(), dtype="str")
    plain = plain.str.replace(r"\s*([年月])\s*", r"\1", regex=True).str.replace(r"\s+日", "日", regex=True)
    parts = plain.str.extract(_DAY)
    month = parts[1].fillna(parts[3]).fillna(parts[5]).fillna(parts[7])
    day = parts[2].fillna(parts[4]).fillna(parts[6]).fillna(parts[8])
    written = parts[0] + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
    packed = plain.str.fullmatch(r"(?:19|20|21)\d{6}(?:\d{6})?").to_numpy(dtype=bool)
    written = written.mask(packed, plain.str[:4] + "-" + plain.str[4:6] + "-" + plain.str[6:8])
    found = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce").to_numpy().astype("datetime64[D]")
    known = written.notna().to_numpy()
    rest = np.flatnonzero(~known & ~blank(texts))
    for at in rest:
        found[at] = _day(plain.iloc[at])
    found = np.where((found < _OLDEST) | (found > _NEWEST), np.datetime64("NaT", "D"), found)
    return found, np.isnat(found) & ~blank(texts)


def _day(text: str) -> str:
    """A day from the rarer forms, NaT if none fits."""
    for form in (_serial, _stamp, _zoned, _chinese, _turned, _english):
        day = form(text)
        if day is not None:
            return day.isoformat()
    return "NaT"


def _serial(text: str) -> date | None:
    """A day as spreadsheets count them."""
    if not re.fullmatch(r"\d{5}(\.\d+)?", text):
        return None
    return _EPOCH + timedelta(days=int(float(text)))


def _stamp(text: str) -> date | None:
    """Seconds or milliseconds since 1970."""
    if not _STAMP.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC).astimezone(_CHINA).date()


def _zoned(text: str) -> date | None:
    """An instant with its zone."""
    zone = _ZONE.search(text)
    if zone is None:
        return None
    offset = zone.group(1) or "+00:00"
    sign, figures = offset[0], offset[1:].replace(":", "")
    hours, minutes = (figures[:-2], figures[-2:]) if len(figures) > 2 else (figures, "00")
    try:
        plain = datetime.fromisoformat(text[: zone.start()].strip().replace("/", "-"))
        moment = datetime.fromisoformat(f"{plain.isoformat()}{sign}{hours.zfill(2)}:{minutes}")
    except ValueError:
        return None
    return moment.astimezone(_CHINA).date()


def _chinese(text: str) -> date | None:
    """A day in Chinese numerals."""
    parts = re.fullmatch(r"(.{4})年(.{1,3})月([^日]{1,3})日?", re.sub(r"\s", "", text))
    if parts is None:
        return None
    year = "".join(_DIGITS.get(c, c) for c in parts.group(1))
    try:
        month, day = (int(_whole(part)) for part in parts.groups()[1:])
        return date(int(year), month, day)
    except (ValueError, TypeError):
        return None


def _whole(text: str) -> int:
    """A small Chinese number; 廿 and 卅 are twenty and thirty."""
    return int(cn2an.cn2an(text.replace("廿", "二十").replace("卅", "三十").replace("○", "〇"), "smart"))


def _turned(text: str) -> date | None:
    """31/07/2020 or 07/31/2020, where only one of them can be meant."""
    parts = _EUROPEAN.match(text)
    if parts is None:
        return None
    one, two, year = (int(p) for p in parts.groups())
    if (one > 12) == (two > 12) and one != two:
        return None
    try:
        return date(year, min(one, two) if one > 12 or two > 12 else one, max(one, two))
    except ValueError:
        return None


def _english(text: str) -> date | None:
    # most cells that are no day: not tried form by form
    for form in _ENGLISH if _MONTH_NAME.search(text) else ():
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


_UNITS: Mapping[str, Decimal] = {
    "": Decimal(1), "千": Decimal(1000), "万": Decimal(10_000), "百万": Decimal(1_000_000), "亿": Decimal(100_000_000),
}  # fmt: skip
_MONEY = re.compile(
    r"^(?P<sign>-?)(?:人民币|rmb|cny|¥|¥|￥)*(?P<open>\()?(?P<minus>-?)(?:¥|￥)?(?P<figure>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?"
    r"|\.\d+)(?P<power>e[+-]?\d{1,2})?(?P<unit>百万|千|万|亿)?(?:元|圆)?(?:整|正)?(?:人民币|rmb|cny)?(?(open)\))$"
)
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_IN_WORDS = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億0-9.,"
_SENTENCE = re.compile(
    rf"((?:{_FIGURE})(?:百万|千|万|亿)?(?=元|圆)|[{_IN_WORDS}]+(?=元|圆))(?:元|圆)(?:[零壹贰叁肆伍陆柒捌玖一二三四五六七八九0-9]+[角分])*(?:整|正)?"
    rf"|¥(?:{_FIGURE})"
)
_FOREIGN = re.compile(
    r"美元|欧元|港元|港币|日元|英镑|usd|eur|hkd|jpy|\$|€|£|%|约|左右|余元|以上|以下|[~至到]|每|/[人日天月年次家]"
)
_LONGEST = 200


def amounts(texts: pa.Array, *, factor: float = 1.0, money: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Amounts in yuan, or plain numbers.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Distinct texts.
    factor : float
        Yuan of one unit of the header (10,000 for 万元); a unit in the cell goes before it.
    money : bool
        Read money (rounded to the fen); else plain numbers.

    Returns
    -------
    values : ndarray of float64
        NaN where empty or unreadable.
    wrong : ndarray of bool
        Whether something is written that is no amount, or may be several.

    Examples
    --------
    >>> amounts(pa.array(["罚款人民币伍仟元整", "1,234.5", "0.3万元", "罚款3000元,没收200元"]))[0].tolist()
    [5000.0, 1234.5, 3000.0, nan]
    """
    empty = blank(texts)
    read: Callable[[str], Decimal | None] = (lambda t: _yuan(t, Decimal(str(factor)))) if money else _number
    values = np.full(len(texts), np.nan)
    for at in np.flatnonzero(~empty):
        value = read(fold(texts[at].as_py().strip().lstrip("'")))
        if value is not None:
            values[at] = float(round(value, 2)) if money else float(value)
    values[np.isinf(values)] = np.nan
    return values, np.isnan(values) & ~empty


def _number(text: str) -> Decimal | None:
    parts = re.fullmatch(
        r"([+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+))(e[+-]?\d{1,3})?", text[:_LONGEST]
    )
    if parts is None or len(text) > _LONGEST:
        return None
    return Decimal(parts.group(1).replace(",", "") + (parts.group(2) or ""))


def _yuan(text: str, factor: Decimal) -> Decimal | None:
    if len(text) > _LONGEST or _FOREIGN.search(text):
        return None
    parts = _MONEY.match(text)
    if parts is None:
        return _sentence(text)
    try:
        value = Decimal(parts["figure"].replace(",", "") + (parts["power"] or ""))
    except InvalidOperation:
        return None
    negative = bool(parts["sign"] or parts["minus"] or parts["open"])
    in_yuan = parts["unit"] is None and re.search("元|圆", text) is not None
    scale = _UNITS[parts["unit"]] if parts["unit"] else Decimal(1) if in_yuan else factor
    value = value * scale
    return (-value if negative else value) if value < Decimal("1e15") else None


def _sentence(text: str) -> Decimal | None:
    """The one amount of a sentence or of Chinese numerals; none if it names several."""
    found = {_spoken(match.group(0)) for match in _SENTENCE.finditer(text)}
    rest = _SENTENCE.sub("", text)
    if len(found) == 1 and not re.search(r"\d", rest):
        return found.pop()
    whole = re.fullmatch(rf"(?:人民币|罚款|处)*([{_IN_WORDS}]+)(?:整|正)?", text)
    return (
        _spoken(whole.group(1) + "元") if whole and not found and not re.fullmatch(r"[\d.,]+", whole.group(1)) else None
    )


def _spoken(text: str) -> Decimal | None:
    """伍仟元整, 三千元, 2万5千元, 壹元贰角叁分."""
    main, _, small = re.sub("整|正|¥", "", text).replace("圆", "元").partition("元")
    try:
        plain = re.fullmatch(rf"({_FIGURE})(百万|千|万|亿)?", main)
        if plain:
            value = Decimal(plain.group(1).replace(",", "")) * _UNITS[plain.group(2) or ""]
        else:
            value = Decimal(str(cn2an.cn2an(main.replace(",", "").replace("萬", "万").replace("億", "亿"), "smart")))
        for name, share in (("角", "0.1"), ("分", "0.01")):
            coin = re.search(rf"([壹贰叁肆伍陆柒捌玖一二三四五六七八九\d]){name}", small)
            if coin:
                value += Decimal(int(cn2an.cn2an(coin.group(1), "smart"))) * Decimal(share)
    except (ValueError, InvalidOperation, KeyError, TypeError, IndexError):
        return None
    return value


# A year in brackets, and signs that some are other than 〔〕 (GB/T 9704) or have blanks around them.
_YEAR = r"\s*[(（\[［【〔﹝〈]\s*((?:19|20)\d{2})\s*[)）\]］】〕﹞〉]\s*"
_OTHER_BRACKETS = r"[(（\[［【﹝〈]\s*(?:19|20)\d{2}|\s〔|〔\s|〕\s"
_NUMBERING = re.compile(r"^(?:\(?\d{1,2}\)|\d{1,2}[.、:-])")


def codes(texts: pa.Array, words: Mapping[str, str], *, heaviest: Sequence[str] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Codes from the words of exports.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Distinct texts.
    words : mapping
        Folded word → code.
    heaviest : sequence of str
        Codes from light to heavy: of several words in a cell the heaviest counts; one unknown word spoils the cell.

    Returns
    -------
    codes : ndarray of object
        Code, or None.
    wrong : ndarray of bool
        Whether something is written that is no word of the list.
    """
    found = [_code(fold(text), words, heaviest) for text in texts.to_pylist()]
    values = np.array([*found, None], dtype=object)[:-1]
    unknown = np.array([value is None for value in found], dtype=bool)
    return values, unknown & ~blank(texts)


def _code(text: str, words: Mapping[str, str], heaviest: Sequence[str]) -> str | None:
    whole = words.get(text) or words.get(_NUMBERING.sub("", text))
    if whole or not heaviest:
        return whole
    parts = [
        words.get(part) or words.get(_NUMBERING.sub("", part)) for part in re.split(r"[;,、/+和]|并处", text) if part
    ]
    known = [part for part in parts if part]
    return max(known, key=heaviest.index) if known and len(known) == len(parts) else None


def numbers(texts: pa.Array) -> pa.Array:
    """Numbers of documents with the year in the brackets of the standard, whatever brackets a system prints.

    >>> numbers(pa.array(["周市监罚[2024]1号", "周市监罚（2024） 1号", "A-7"])).to_pylist()
    ['周市监罚〔2024〕1号', '周市监罚〔2024〕1号', 'A-7']
    """
    if not anywhere(texts, _OTHER_BRACKETS):
        return texts
    return pc.replace_substring_regex(texts, _YEAR, r"〔\1〕")


def lists(texts: pa.Array, words: Mapping[str, str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Several codes in a cell, joined by single commas.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Distinct texts.
    words : mapping, optional
        Folded word → code; without it every text is a code.

    Returns
    -------
    lists : ndarray of object
        Codes, joined.
    wrong : ndarray of bool
        Whether a part is no word.

    Examples
    --------
    >>> lists(pa.array(["未发现问题", "4；E"]), {"未发现问题": "1", "4": "4", "e": "E"})[0].tolist()
    ['1', '4,E']
    """
    empty = blank(texts)
    found = [_list(text, words) for text in texts.to_pylist()]
    unknown = np.array([text is None for text in found], dtype=bool)
    return np.array([*(text or "" for text in found), ""], dtype=object)[:-1], unknown & ~empty


def _list(text: str, words: Mapping[str, str] | None) -> str | None:
    if words and (whole := words.get(fold(text))):
        return whole  # a wording may hold a comma
    parts = [part for part in re.split(r"[,;、\s]+", unicodedata.normalize("NFKC", text)) if part]
    codes = parts if words is None else [words.get(fold(part)) for part in parts]
    return None if None in codes else ",".join(code for code in codes if code)
