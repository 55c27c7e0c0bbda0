"""The clock of publication, and the notice of results."""

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskmodel.errors import RunError
from riskmodel.exports.notices import results_notice, write_notice
from riskmodel.inspections.deadline import clock


def test_the_clock_tells_who_is_overdue() -> None:
    found = clock(pd.Series(pd.to_datetime(["2025-06-30", "2025-07-08"])), 7, date(2025, 7, 10))
    assert found["publish_by"].dt.strftime("%m-%d").tolist() == ["07-09", "07-17"]
    assert found["overdue"].tolist() == ["yes", "no"]


RESULTS = pd.DataFrame(
    {
        "entity_id": ["91370306MA3C000014", "11010519491231002X", "92370306MA3C000022"],
        "inspected_on": pd.to_datetime(["2025-07-02", "2025-07-01", "2025-07-03"]),
        "outcome_codes": ["1", "E,4", "6"],
        "item": ["价格行为检查", "", ""],
        "inspector_ids": ["ZF1", "ZF1", "ZF2"],
        "pi": [0.1, 0.2, 0.3],
    }
)
REGISTRY = pd.DataFrame(
    {
        "entity_id": RESULTS["entity_id"],
        "name": ["周村鑫鑫商贸有限公司", "张三丰", "=周村小吃店"],
        "kind": ["enterprise", "individual", "individual"],
    }
)


def test_results_are_published_in_words_without_persons_inspectors_or_probabilities(tmp_path: Path) -> None:
    notice = results_notice(RESULTS, REGISTRY, never=["risk_tier", "pi"])
    write_notice(tmp_path / "r.csv", notice, never=["risk_tier", "pi"], visited=True)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    assert head == ["统一社会信用代码", "企业名称", "检查日期", "抽查事项", "联合检查部门", "检查结果"]
    assert rows[0][:3] == ["1101**********002X", "张**", "2025-07-01"]
    assert rows[0][5] == "发现问题经责令已改正;违反质量技术监督相关规定"
    assert rows[1][5] == "未发现问题"
    assert rows[2][1] == "'=周村小吃店"
    text = (tmp_path / "r.csv").read_text("utf-8")
    assert not any(secret in text for secret in ("ZF1", "0.1", "张三丰", "19491231"))


def test_a_company_with_a_short_name_is_no_person() -> None:
    registry = REGISTRY.assign(name=["鑫鑫商贸", "张三丰", "李四"], kind=["enterprise", "enterprise", "individual"])
    assert results_notice(RESULTS, registry, never=())["企业名称"].tolist() == ["张三丰", "鑫鑫商贸", "李**"]


def test_what_the_policy_forbids_is_refused_and_before_the_visits_nobody_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="RM-RUN-002"):
        results_notice(RESULTS, REGISTRY, never=["outcome_codes"])
    with pytest.raises(RunError, match="RM-RUN-002"):
        write_notice(tmp_path / "r.csv", results_notice(RESULTS, REGISTRY, never=()), never=())
