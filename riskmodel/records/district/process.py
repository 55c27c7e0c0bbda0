"""A synthetic district with known truth: latent risk, violations, and what an office comes to know of them.

Enterprises are made in chunks, each with a random stream of its own, so that any number fits into memory and the same
seed gives the same district. Time runs in months: hidden violations happen at a rate that depends on industry, town,
age, size and an enterprise's own frailty, and that some enterprises' own violations raise for a while. An office sees
only what inspections, complaints and enforcement bring up, and only after a delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskmodel.records.district.slippers import plant_slippers
from riskmodel.records.identity import ALPHABET, check_characters

CHUNK = 5000
# Section of GB/T 4754 → (share in a district, effect on the log rate, codes, word in names). Shares: domain figures.
INDUSTRIES = {
    "F": (0.33, 0.15, ("F5212", "F5137", "F5291"), "商贸"), "C": (0.20, 0.10, ("C2110", "C1713", "C3311"), "家具"),
    "L": (0.11, -0.30, ("L7261", "L7219"), "企业服务"), "M": (0.07, -0.40, ("M7519", "M7320"), "科技"),
    "E": (0.07, 0.25, ("E4790", "E5011"), "建筑工程"), "G": (0.05, 0.20, ("G5430", "G5990"), "物流"),
    "I": (0.05, -0.45, ("I6513", "I6420"), "信息技术"), "O": (0.03, 0.30, ("O8111", "O7990"), "维修服务"),
    "K": (0.03, 0.05, ("K7020",), "物业"), "H": (0.02, 0.90, ("H6210", "H6220"), "餐饮"),
    "R": (0.02, 0.10, ("R8810",), "文化传媒"), "J": (0.01, 0.20, ("J6637",), "信息咨询"), "A": (0.01, 0.0, ("A0141",), "农业"),
}  # fmt: skip
TOWNS = {
    "丝绸路街道": (0.16, 0.10), "大街街道": (0.12, 0.25), "青年路街道": (0.14, 0.00), "永安街道": (0.10, -0.10),
    "城北路街道": (0.12, 0.05), "北郊镇": (0.12, 0.15), "南郊镇": (0.10, -0.05), "王村镇": (0.07, 0.20),
    "萌水镇": (0.04, -0.15), "商家镇": (0.03, 0.10),
}  # fmt: skip
SPECIAL = ("none", "vaccine", "drug", "special_equipment", "hazardous_chemical")
_SYLLABLES = "鑫盛源泰恒瑞丰华美康宏达兴隆顺和安信诚德金玉明辉光远博雅嘉禾永吉祥福腾飞广润泽海川江河天地星辰昌茂"
INSPECTORS = 24
# What the inspectors of each department are qualified for, in turn; of each 24 those who lead, and those posted in a town.
QUALIFIED = {
    "市场监管局": ("食品、特种设备", "药品、疫苗", "特种设备", "食品"),
    "应急管理局": ("危险化学品",),
    "住房城乡建设局": ("工程质量",),
    "交通运输局": ("道路运输",),
}
SENIORS, POSTED = (0, 3, 5, 8, 11, 13, 15, 16, 17), (2, 10)
# Chances and rates of the hidden process; the shape follows the real figures of several cities.
_YEARLY_VIOLATIONS = 0.55
_FRAILTY_SD = 1.25
_EXCITED, _EXCITATION, _DECAY = 0.3, 4.5, 0.75


@dataclass(frozen=True)
class Span:
    """The months of records: from `first` to `end`; the share of enterprises that slip on the way.

    With a `census` everybody is inspected in the last calendar year: what draws estimate can then be counted.
    """

    end: date
    years: int
    slippers: float = 0.0
    census: bool = False

    @property
    def first(self) -> np.datetime64:
        """First day of the first month."""
        return np.datetime64(self.end, "M") - 12 * self.years + 1

    @property
    def last(self) -> np.datetime64:
        """Last day of records."""
        return np.datetime64(self.end, "D")


@dataclass(frozen=True)
class Chunk:
    """Part of a district: what is true, and the tables that an office has of it.

    Attributes
    ----------
    truth : DataFrame
        entity_id, log_risk, yearly_violations, excitable, violations: hidden.
    tables : dict of str to DataFrame
        Canonical tables; every row was known by the end.
    """

    truth: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def codes(index: np.ndarray, kind: np.ndarray, *, seed: int) -> np.ndarray:
    """Valid unified social credit codes of synthetic entities, one for each index.

    Positions 9 to 17 are an organisation code ``MA`` + six characters + its check character (GB 11714).
    """
    number = (index.astype(np.int64) * 7919 + seed % 31**6) % 31**6
    digits = np.stack([number // 31**p % 31 for p in range(5, -1, -1)], axis=1)
    letters = np.array(list(ALPHABET))[digits]
    body = np.char.add("MA", np.array(["".join(row) for row in letters]))
    organisation = np.char.add(body, _organisation_check(body))
    prefix = np.where(kind == "individual", "92", np.where(kind == "cooperative", "93", "91"))
    first = np.char.add(np.char.add(prefix, "370306"), organisation)
    return np.char.add(first, np.array(check_characters(first.tolist())))


def _organisation_check(body: np.ndarray) -> np.ndarray:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    values = np.array([[alphabet.index(c) for c in text] for text in body.tolist()])
    rest = 11 - values @ np.array([3, 7, 9, 10, 5, 8, 4, 2]) % 11
    return np.where(rest == 10, "X", np.where(rest == 11, "0", rest.astype("str")))


def directory(count: int = INSPECTORS) -> pd.DataFrame:
    """The inspector directory; those past the first `INSPECTORS` are new and have visited nobody."""
    surnames, given = "王李张刘陈杨赵黄周吴徐孙马朱胡郭", "伟芳娜敏静强磊军洋勇艳杰娟涛明超"
    offices = [list(QUALIFIED)[0 if i % INSPECTORS < 14 else 1 + i % 3] for i in range(count)]
    return pd.DataFrame(
        {
            "inspector_id": [f"3703060{i + 101}" for i in range(count)],
            "name": [surnames[i % 16] + given[(i * 7 + i // 16) % 16] + given[(i * 5 + 3) % 16] for i in range(count)],
            "department": offices,
            "available": np.where(np.arange(count) % 11 == 7, "no", "yes"),
            "senior": np.where(np.isin(np.arange(count) % INSPECTORS, SENIORS), "yes", "no"),
            "qualifications": [QUALIFIED[office][i % len(QUALIFIED[office])] for i, office in enumerate(offices)],
            "town": [list(TOWNS)[i % len(TOWNS)] if i % INSPECTORS in POSTED else "" for i in range(count)],
        }
    )


def inspectors(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The inspectors who have visited, and each one's hidden strictness (1 = average)."""
    strictness = np.exp(np.random.default_rng([seed, 2**31]).normal(0, 0.55, INSPECTORS))
    return directory(), strictness / strictness.mean()


def make_chunk(number: int, size: int, span: Span, *, seed: int) -> Chunk:
    """One chunk of the district, by its number."""
    rng = np.random.default_rng([seed, number])
    index = np.arange(number * CHUNK, number * CHUNK + size)
    registry, log_risk = _registry(rng, index, span, seed)
    process = _Process(rng, registry, log_risk, span, inspectors(seed)[1])
    process.run()
    slipped = (
        plant_slippers(registry, (span.first, span.last), span.slippers, [seed, number]) if span.slippers else None
    )
    if slipped is not None:
        process.found.append(slipped.penalties)
        process.parts["complaints"].append(slipped.complaints)
    tables = {"enterprises": registry, **process.tables(number)}
    truth = pd.DataFrame(
        {
            "entity_id": registry["entity_id"], "log_risk": log_risk.round(4),
            "yearly_violations": (process.rate * 12).round(5), "excitable": process.excitable,
            "violations": process.violations,
        }
    )  # fmt: skip
    return Chunk(truth if slipped is None else truth.assign(slipped_on=slipped.slipped_on), tables)


def _registry(rng: np.random.Generator, index: np.ndarray, span: Span, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Registry entries and the log of each enterprise's relative risk."""
    n = len(index)
    sections, towns = list(INDUSTRIES), list(TOWNS)
    section = rng.choice(len(sections), n, p=_shares([INDUSTRIES[s][0] for s in sections]))
    town = rng.choice(len(towns), n, p=_shares([TOWNS[t][0] for t in towns]))
    kind = rng.choice(["enterprise", "individual", "cooperative", "branch"], n, p=[0.80, 0.14, 0.04, 0.02])
    age_days = 30 + 18 * 365 * rng.random(n) ** 1.3
    established = span.last - age_days.astype("timedelta64[D]")
    alive_days = rng.exponential(45 * 365, n) + 400
    closed = established + alive_days.astype("timedelta64[D]")
    closed = np.where(closed <= span.last, closed, np.datetime64("NaT"))
    capital = np.exp(rng.normal(np.where(kind == "individual", 11.0, 14.2), 1.2, n))
    effect = np.array([INDUSTRIES[s][1] for s in sections])[section] + np.array([TOWNS[t][1] for t in towns])[town]
    young = np.clip(1 - age_days / (6 * 365), 0, 1)
    log_risk = 1.5 * effect + 0.5 * young + 0.12 * (np.log(capital) - 14) + rng.normal(0, _FRAILTY_SD, n)
    industry = [
        INDUSTRIES[sections[s]][2][int(u * len(INDUSTRIES[sections[s]][2]))]
        for s, u in zip(section, rng.random(n), strict=True)
    ]
    ended = ~np.isnat(closed)
    registry = pd.DataFrame(
        {
            "entity_id": codes(index, kind, seed=seed),
            "name": _names(index, [INDUSTRIES[sections[s]][3] for s in section], kind),
            "kind": kind, "industry": industry, "town": np.array(towns)[town],
            "established_on": established, "status": np.where(ended, "deregistered", "active"), "closed_on": closed,
            "registered_capital_yuan": (np.round(capital / 10_000).clip(1) * 10_000),
            "special_field": rng.choice(SPECIAL, n, p=[0.97, 0.002, 0.010, 0.012, 0.006]),
            "new_economy": np.where(rng.random(n) < 0.06, "yes", "no"),
        }
    )  # fmt: skip
    return registry, log_risk


def _shares(values: list[float]) -> np.ndarray:
    return np.array(values) / sum(values)


def _names(index: np.ndarray, words: list[str], kind: np.ndarray) -> list[str]:
    """Names that no real enterprise should have; different for every index."""
    base = len(_SYLLABLES)
    mixed = (index.astype(np.int64) * 48_271 + 11) % base**3
    again = index // base**3
    suffix = {"enterprise": "有限公司", "individual": "商行", "cooperative": "专业合作社", "branch": "有限公司分公司"}
    return [
        f"周村{_SYLLABLES[m // base**2]}{_SYLLABLES[m // base % base]}{_SYLLABLES[m % base]}{r or ''}{w}{suffix[k]}"
        for m, r, w, k in zip(mixed.tolist(), again.tolist(), words, kind.tolist(), strict=True)
    ]


class _Process:
    """The hidden months of a chunk, and the events that come to light."""

    def __init__(
        self, rng: np.random.Generator, registry: pd.DataFrame, log_risk: np.ndarray, span: Span, strictness: np.ndarray
    ) -> None:
        n = len(registry)
        self.rng, self.registry, self.span, self.strictness = rng, registry, span, strictness
        relative = np.exp(log_risk - _FRAILTY_SD**2 / 2)
        self.rate = _YEARLY_VIOLATIONS / 12 * relative
        self.excitable = rng.random(n) < _EXCITED
        self.complaint_rate = rng.gamma(0.15, 0.05 / 0.15 / 12, n) * relative**0.5
        self.excitement, self.trouble = np.zeros(n), np.zeros(n)
        self.violations, self.penalised = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self.found: list[pd.DataFrame] = []
        self.parts: dict[str, list[pd.DataFrame]] = {"inspections": [], "complaints": [], "abnormal_listings": []}

    def run(self) -> None:
        """Go through the months."""
        established = self.registry["established_on"].to_numpy().astype("datetime64[M]")
        closed = self.registry["closed_on"].to_numpy().astype("datetime64[M]")
        drawn_in = np.zeros(len(established), dtype=np.int64)
        pi = np.zeros(len(established))
        for month in np.arange(self.span.first, np.datetime64(self.span.end, "M") + 1):
            alive = (established < month) & (np.isnat(closed) | (closed > month))
            of_year = int(month.astype(np.int64) % 12) + 1
            if of_year == 1 or month == self.span.first:
                census = self.span.census and month.astype(object).year == self.span.end.year
                pi = np.where(alive, 1.0, 0.0) if census else self._past_policy(alive)
                chosen = self.rng.random(len(pi)) < pi
                drawn_in = np.where(chosen, self.rng.integers(max(of_year, 3), 12, len(pi)), 0)
            self._violate(month, alive, of_year)
            self._complain(month, alive)
            self._inspect(month, alive & (drawn_in == of_year), pi, "random")
            troubled = alive & (self.rng.random(len(alive)) < 0.004 * (self.trouble > 0))
            self._inspect(month, troubled, np.full(len(pi), np.nan), "case")
            if of_year == 7:
                self._miss_report(month, alive)

    def _past_policy(self, alive: np.ndarray) -> np.ndarray:
        """Inclusion probabilities of the year: a crude class by former penalties, special fields more often."""
        pi = np.select([self.penalised >= 2, self.penalised == 1], [0.40, 0.22], 0.10)
        pi = np.where(self.registry["special_field"].ne("none"), 0.90, pi)
        return np.where(alive, pi, 0.0)

    def _violate(self, month: np.datetime64, alive: np.ndarray, of_year: int) -> None:
        season = 1 + 0.2 * np.sin((of_year - 4) / 12 * 2 * np.pi)
        rate = self.rate * season * (1 + self.excitement)
        count = np.where(alive, self.rng.poisson(rate), 0)
        self.excitement = self.excitement * _DECAY + _EXCITATION * (count > 0) * self.excitable
        self.trouble = np.minimum(self.trouble * 0.70 + count, 3)
        self.violations += count
        caught = np.flatnonzero((count > 0) & (self.rng.random(len(count)) < 0.020))
        self._penalise(caught, self._days(month, len(caught)), after=45)

    def _complain(self, month: np.datetime64, alive: np.ndarray) -> None:
        count = np.where(alive, self.rng.poisson(self.complaint_rate * (1 + 2 * self.trouble)), 0)
        who = np.repeat(np.arange(len(count)), count)
        day = self._days(month, len(who))
        report = self.rng.random(len(who)) < 0.25
        true = self.rng.random(len(who)) < np.minimum(0.06 + 0.13 * self.trouble[who], 0.5)
        closed = day + self.rng.integers(10, 60, len(who)).astype("timedelta64[D]")
        open_still = closed > self.span.last
        self._note(
            "complaints", who, received_on=day, known_on=day + self._lag(len(who), 1),
            channel=self.rng.choice(["12315平台", "12345热线", "来信来访"], len(who), p=[0.6, 0.35, 0.05]),
            kind=np.where(report, "report", "complaint"),
            verified=np.where(open_still, "pending", np.where(true, "yes", "no")),
            verified_on=np.where(open_still, np.datetime64("NaT"), closed),
        )  # fmt: skip
        follow = who[true & (self.rng.random(len(who)) < 0.15)]
        self._penalise(follow, self._days(month, len(follow)), after=60)

    def _inspect(self, month: np.datetime64, chosen: np.ndarray, pi: np.ndarray, purpose: str) -> None:
        who = np.flatnonzero(chosen)
        day = self._days(month, len(who))
        pair = np.argsort(self.rng.random((len(who), INSPECTORS)), axis=1)[:, :2]
        eye = np.sqrt(self.strictness[pair[:, 0]] * self.strictness[pair[:, 1]]) if len(who) else np.zeros(0)
        hazard = 0.02 + 0.50 * self.trouble[who] + 1.0 * self.rate[who]
        found = self.rng.random(len(who)) < 1 - np.exp(-eye * hazard)
        gone = ~found & (self.rng.random(len(who)) < 0.03)
        kinds = self.rng.choice(
            ["3", "4", "5", "B", "D", "E", "C", "8"], len(who), p=[0.12, 0.15, 0.22, 0.12, 0.14, 0.20, 0.03, 0.02]
        )
        identity = np.array([f"3703060{i + 101}" for i in range(INSPECTORS)])
        self._note(
            "inspections", who, inspected_on=day, known_on=day + self._lag(len(who), 9), purpose=purpose,
            item=self.rng.choice([name for _, name, *_ in ITEMS if name not in NEW_ITEMS], len(who)),
            outcome_codes=np.where(found, kinds, np.where(gone, "6", "1")),
            inspector_ids=np.char.add(np.char.add(identity[pair[:, 0]], ","), identity[pair[:, 1]]),
            pi=pi[who].round(4),
        )  # fmt: skip
        punished = who[found & (self.rng.random(len(who)) < 0.30)]
        self._penalise(punished, self._days(month, len(punished)), after=25)
        self._list(who[gone], day[gone] + self._lag(int(gone.sum()), 8), "unreachable")

    def _miss_report(self, month: np.datetime64, alive: np.ndarray) -> None:
        missed = np.flatnonzero(
            alive & (self.rng.random(len(alive)) < np.minimum(0.034 * (self.rate * 12 / 0.5) ** 0.6, 0.4))
        )
        reason = self.rng.choice(
            ["annual_report", "information", "false_information"], len(missed), p=[0.97, 0.02, 0.01]
        )
        self._list(missed, self._days(month, len(missed)), reason)

    def _list(self, who: np.ndarray, day: np.ndarray, reason: str | np.ndarray) -> None:
        stay = np.exp(self.rng.normal(5.4, 0.9, len(who))).astype("timedelta64[D]") + 5
        removed = np.where(self.rng.random(len(who)) < 0.60, day + stay, np.datetime64("NaT"))
        later = removed + self._lag(len(who), 4)
        unseen = np.isnat(removed) | (later > self.span.last)
        self._note(
            "abnormal_listings", who, reason=reason, listed_on=day, known_on=day + self._lag(len(who), 3),
            removed_on=np.where(unseen, np.datetime64("NaT"), removed),
            removal_known_on=np.where(unseen, np.datetime64("NaT"), later), authority="周村区市场监督管理局",
        )  # fmt: skip

    def _penalise(self, who: np.ndarray, day: np.ndarray, *, after: int) -> None:
        """Violations that come to a decision: severity rises with former penalties."""
        n, former = len(who), self.penalised[who]
        decided = day + after + self.rng.integers(0, 40, n).astype("timedelta64[D]")
        grave = self.rng.random(n)
        p_serious = 0.03 + 0.03 * np.minimum(former, 4)
        severity = np.where(
            grave < p_serious, 2, np.where(grave < p_serious + 0.30 + 0.05 * np.minimum(former, 4), 1, 0)
        )
        self.found.append(pd.DataFrame({"who": who, "occurred_on": day, "decided_on": decided, "severity": severity}))
        np.add.at(self.penalised, who, 1)

    def _days(self, month: np.datetime64, n: int) -> np.ndarray:
        days: np.ndarray = month.astype("datetime64[D]") + self.rng.integers(0, 28, n).astype("timedelta64[D]")
        return days

    def _lag(self, n: int, mean: int) -> np.ndarray:
        lag: np.ndarray = np.minimum(self.rng.geometric(1 / mean, n), 12 * mean).astype("timedelta64[D]")
        return lag

    def _note(self, table: str, who: np.ndarray, **columns: object) -> None:
        self.parts[table].append(pd.DataFrame({"who": who, **columns}))

    def tables(self, number: int) -> dict[str, pd.DataFrame]:
        """What the office knows by the end, with record numbers."""
        from riskmodel.records.district.office import office_tables

        penalties = pd.concat(self.found, ignore_index=True)
        events = {name: pd.concat(parts, ignore_index=True) for name, parts in self.parts.items()}
        return office_tables(
            self.rng, self.registry, {"penalties": penalties, **events}, number, self.span.last, self.rate
        )


# item id, item, category, subject, weight, method, department, legal basis
ITEMS = (
    ("CC01", "登记事项检查", "登记注册", "各类企业", "general", "现场检查", "市场监管局", "市场主体登记管理条例"),
    (
        "CC02",
        "公示信息检查",
        "信息公示",
        "各类企业",
        "general",
        "书面检查、网络监测",
        "市场监管局",
        "企业信息公示暂行条例",
    ),
    ("CC03", "价格行为检查", "价格监管", "经营者", "general", "现场检查", "市场监管局", "价格法"),
    ("CC04", "广告行为检查", "广告监管", "广告主、广告经营者", "general", "网络监测", "市场监管局", "广告法"),
    ("CC05", "产品质量监督检查", "产品质量", "生产、销售企业", "key", "现场检查、抽样检验", "市场监管局", "产品质量法"),
    ("CC06", "食品经营监督检查", "食品安全", "食品经营者", "key", "现场检查", "市场监管局", "食品安全法"),
    ("CC07", "特种设备使用检查", "特种设备", "特种设备使用单位", "key", "现场检查", "市场监管局", "特种设备安全法"),
    ("CC08", "药品经营检查", "药品监管", "药品经营企业", "key", "现场检查", "市场监管局", "药品管理法"),
    ("CC09", "危险化学品安全检查", "安全生产", "危险化学品企业", "key", "现场检查", "应急管理局", "安全生产法"),
    ("CC10", "工程质量安全检查", "住房建设", "施工企业", "key", "现场检查", "住房城乡建设局", "建筑法"),
    ("CC11", "道路运输企业检查", "交通运输", "道路运输企业", "general", "现场检查", "交通运输局", "道路运输条例"),
    ("CC12", "劳动用工检查", "人力资源", "各类企业", "general", "书面检查", "人力资源社会保障局", "劳动合同法"),
    ("CC13", "粉尘涉爆企业安全检查", "工贸安全", "工贸企业", "key", "现场检查", "应急管理局", "安全生产法"),
    ("CC14", "有限空间作业安全检查", "工贸安全", "工贸企业", "key", "现场检查", "应急管理局", "安全生产法"),
)
# Of this year's list; earlier inspections do not name them.
NEW_ITEMS = ("粉尘涉爆企业安全检查", "有限空间作业安全检查")
