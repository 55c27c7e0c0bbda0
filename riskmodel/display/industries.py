"""Sections of the national classification of industries (GB/T 4754-2017), in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from riskmodel.display.text import Lang

# Letter → Chinese, English.
SECTIONS: Mapping[str, tuple[str, str]] = {
    "A": ("农、林、牧、渔业", "agriculture, forestry, animal husbandry and fishery"), "B": ("采矿业", "mining"),
    "C": ("制造业", "manufacturing"),
    "D": ("电力、热力、燃气及水生产和供应业", "supply of electricity, heat, gas and water"),
    "E": ("建筑业", "construction"),
    "F": ("批发和零售业", "wholesale and retail"), "G": ("交通运输、仓储和邮政业", "transport, storage and post"),
    "H": ("住宿和餐饮业", "hotels and catering"),
    "I": ("信息传输、软件和信息技术服务业", "information transmission, software and information technology"),
    "J": ("金融业", "finance"), "K": ("房地产业", "real estate"),
    "L": ("租赁和商务服务业", "leasing and business services"),
    "M": ("科学研究和技术服务业", "scientific research and technical services"),
    "N": ("水利、环境和公共设施管理业", "water conservancy, environment and public facilities"),
    "O": ("居民服务、修理和其他服务业", "resident services, repair and other services"), "P": ("教育", "education"),
    "Q": ("卫生和社会工作", "health and social work"), "R": ("文化、体育和娱乐业", "culture, sports and entertainment"),
    "S": ("公共管理、社会保障和社会组织", "public administration, social security and social organisations"),
    "T": ("国际组织", "international organisations"),
}  # fmt: skip


def industry(code: str, lang: Lang = "zh") -> str:
    """A code with the name of its section; any other text stands as it is.

    >>> industry("C1713"), industry("F", "en"), industry("Restaurant")
    ('C1713（制造业）', 'F (wholesale and retail)', 'Restaurant')
    """
    if not re.fullmatch(r"[A-T]\d{0,4}", code):
        return code
    chinese, english = SECTIONS[code[0]]
    return f"{code}（{chinese}）" if lang == "zh" else f"{code} ({english})"
