"""Results come back with the probability of the draw; what does not fit is refused by name; nothing is lost."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskmodel.errors import InputError
from riskmodel.exports.results_file import keep_results
from riskmodel.inspections.draw import Draw
from riskmodel.inspections.replace import next_ticket
from riskmodel.inspections.results import COLUMNS, take_results
from riskmodel.records.store import Store

DAY = date(2025, 7, 31)


def filled(draw: Draw, **columns: object) -> pd.DataFrame:
    rows = pd.DataFrame({"entity_id": draw.table["entity_id"], "inspected_on": "2025-07-10", "outcome_codes": "1"})
    return rows.assign(**columns)


def test_results_carry_probability_number_and_inspectors(draw: Draw) -> None:
    found = take_results(draw, filled(draw), known_on=DAY)
    assert found.table.columns.tolist() == list(COLUMNS)
    assert found.table["entity_id"].tolist() == draw.table["entity_id"].tolist()
    assert found.table["pi"].tolist() == draw.table["pi"].tolist()
    assert found.table["inspector_ids"].tolist() == draw.visits["inspector_ids"].tolist()
    assert found.table["record_id"].is_unique
    assert set(found.table["purpose"]) == {"random"}
    assert (len(found.refused), len(found.missing), found.repeated) == (0, 0, 0)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("entity_id", "", "missing_value"),
        ("entity_id", "E030", "not_drawn"),
        ("inspected_on", "", "missing_value"),
        ("inspected_on", "2025-02-30", "impossible_date"),
        ("inspected_on", "2025-06-29", "before_plan"),
        ("inspected_on", "2025-08-01", "future_date"),
        ("outcome_codes", "", "missing_value"),
        ("outcome_codes", "Z", "unknown_code"),
        ("outcome_codes", "1,3", "contradiction"),
        ("inspector_ids", "ZF1,ZF9", "unknown_inspector"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_reason(column: str, value: str, reason: str, draw: Draw) -> None:
    frame = filled(draw, inspector_ids="")
    frame.loc[2, column] = value
    found = take_results(draw, frame, known_on=DAY)
    assert found.refused[["row", "column", "reason"]].to_numpy().tolist() == [[3, column, reason]]
    assert len(found.table) + found.refused["row"].nunique() + found.repeated + found.blank == len(frame)
    assert draw.table["entity_id"][2] in found.missing["entity_id"].tolist()


def test_words_several_codes_repeats_and_conflicts(draw: Draw) -> None:
    frame = filled(draw)
    frame.loc[0, "outcome_codes"] = "未发现问题"
    frame.loc[1, "outcome_codes"] = "E、4"
    more = pd.concat([frame, frame.iloc[[3]], frame.iloc[[4]].assign(outcome_codes="3")], ignore_index=True)
    found = take_results(draw, more, known_on=DAY)
    assert found.table["outcome_codes"].tolist()[:2] == ["1", "4,E"]
    assert found.repeated == 1
    assert found.refused["reason"].tolist() == ["conflicting_duplicate"] * 2
    assert len(found.table) + len(found.refused) + found.repeated == len(more)


def test_blank_rows_are_visits_to_come_and_replacements_have_their_strata(draw: Draw) -> None:
    out = draw.table[draw.table["because"] == "ratio"]["entity_id"].iloc[0]
    into = next_ticket(draw.proof, out, [])
    frame = filled(draw).replace({"entity_id": {out: into}})
    frame.loc[0, ["inspected_on", "outcome_codes"]] = ["", ""]
    found = take_results(draw, frame, known_on=DAY, replaced=[(out, into)])
    assert found.missing["entity_id"].tolist() == [frame["entity_id"][0]]
    pi = draw.table.set_index("entity_id")["pi"]
    if into in set(found.table["entity_id"]):
        assert found.table.set_index("entity_id").loc[into, "pi"] == pi[out]
    assert len(take_results(draw, filled(draw), known_on=DAY, replaced=[(out, into)]).refused) == 1
    with pytest.raises(InputError, match="RM-REC-004"):
        take_results(draw, frame.drop(columns="outcome_codes"), known_on=DAY)


def test_results_added_twice_to_a_store_are_there_once_with_their_weights(draw: Draw, tmp_path: Path) -> None:
    registry = draw.plan.about[["entity_id", "name"]]
    found = take_results(draw, filled(draw), known_on=DAY)
    source = _registry(registry, tmp_path)
    with Store.open() as store:
        store.append(source, delivered_on=date(2025, 6, 30))
        for _ in range(2):
            kept = keep_results(found, tmp_path / "r.csv", store=store, source_map=source / "source.yaml")
        assert kept.receipt is not None and kept.receipt["quarantined"].sum() == 0
        rows = store.records()["inspections"]
    assert len(rows) == len(found.table)
    merged = rows.set_index("entity_id").loc[found.table["entity_id"]]
    assert merged["pi"].tolist() == found.table["pi"].tolist()
    assert merged["known_on"].dt.date.unique().tolist() == [DAY]


def _registry(registry: pd.DataFrame, tmp_path: Path) -> Path:
    place = tmp_path / "office"
    place.mkdir()
    (place / "source.yaml").write_text(
        "id_scheme: opaque\nexported_on: 2025-06-30\nabsent: [penalties, abnormal_listings, complaints]\n", "utf-8"
    )
    registry.set_axis(["统一社会信用代码", "企业名称"], axis=1).to_csv(place / "e.csv", index=False)
    return place
