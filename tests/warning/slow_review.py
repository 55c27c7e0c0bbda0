"""A slow, obvious twin of the casebook: day by day, enterprise by enterprise, looking at everything each time."""

from __future__ import annotations

from datetime import date, timedelta

SEVERITIES = ("minor", "general", "serious")


def slow_review(events: list[dict], rules, as_of: date) -> tuple[list[tuple], list[tuple]]:
    """Entries (on, case_id, entity_id, from, to, rule, clause, evidence) and cases (case_id, stage, on, events)."""
    entries: list[tuple] = []
    cases: dict[str, dict] = {}  # newest case by enterprise
    closed: list[dict] = []
    events = [e for e in events if new_event_kind(e, rules)]
    day = min((e["known_on"] for e in events), default=as_of)
    while day <= as_of:
        for entity_id in sorted({e["entity_id"] for e in events}):
            mine = [e for e in events if e["entity_id"] == entity_id and e["known_on"] <= day]
            one_day(day, entity_id, mine, cases, closed, rules, entries)
        day += timedelta(days=1)
    every = sorted([*closed, *(c for c in cases.values() if c["stage"] != "released")], key=lambda c: c["case_id"])
    return entries, [(c["case_id"], c["stage"], c["stage_on"], len(c["events"]), cite(c["events"])) for c in every]


def one_day(day, entity_id, known, cases, closed, rules, entries) -> None:
    """All that happens to one enterprise on one day."""
    alive = [e for e in known if e["stopped_known_on"] is None or e["stopped_known_on"] > day]
    case = cases.get(entity_id)
    fresh = alive
    if closed_before := [c["stage_on"] for c in closed if c["entity_id"] == entity_id]:
        fresh = [e for e in alive if e["known_on"] > max(closed_before)]

    def move(to: str, rule: str, clause: str, evidence: list[dict]) -> None:
        before = case["stage"]
        case.update(stage=to, stage_on=day, rule=rule, clause=clause)
        entries.append((day, case["case_id"], entity_id, before, to, rule, clause, cite(evidence)))

    if case is None or case["stage"] == "released":
        found = next(((r, w) for r in rules.reminders if (w := window(fresh, r))), None)
        if found is None:
            return
        rule, evidence = found
        case = cases[entity_id] = {
            "case_id": f"W-{entity_id}-{day}", "entity_id": entity_id, "stage": "", "opened": day, "events": evidence,
        }  # fmt: skip
        move("reminder_due", rule.id, rule.clause, evidence)
    else:
        case["events"] = case["events"] + [e for e in fresh if e["known_on"] == day]
    due = case["opened"] + timedelta(days=rules.reminder_deemed_given_after_days)
    if case["stage"] == "reminder_due" and day == due:
        opening = window_of(case, entries)
        entries.append(
            (day, case["case_id"], entity_id, "reminder_due", "reminded", case["rule"], case["clause"], opening)
        )
        case.update(stage="reminded", stage_on=day)
    if case["stage"] == "reminded":
        again = [e for e in fresh if due < e["occurred_on"] <= due + timedelta(days=rules.again_within_days)]
        if again:
            move("watched", rules.watch_id, rules.watch_clause, again)
    clean_from = day - timedelta(days=rules.release_after_clean_days)
    if case["stage"] in ("reminded", "watched") and not any(e["occurred_on"] > clean_from for e in alive):
        move("released", case["rule"], case["clause"], in_order(case["events"])[-1:])
        closed.append(case)


def new_event_kind(event: dict, rules) -> bool:
    """Of a kind that some reminder rule is about, and at least as grave as the mildest."""
    mildest = min(SEVERITIES.index(s) for r in rules.reminders for s in r.severity)
    kinds = {k for r in rules.reminders for k in r.events}
    return event["kind"] in kinds and SEVERITIES.index(event["severity"]) >= mildest


def window(events: list[dict], rule) -> list[dict]:
    """Events of the latest window that holds enough of them; none if there is no such window."""
    fitting = [e for e in events if e["kind"] in rule.events and e["severity"] in rule.severity]
    for last in sorted({e["occurred_on"] for e in fitting}, reverse=True):
        first = last - timedelta(days=rule.within_days - 1)
        inside = [e for e in fitting if first <= e["occurred_on"] <= last]
        if len(inside) >= rule.count:
            return inside
    return []


def window_of(case: dict, entries: list[tuple]) -> str:
    """What the opening entry of the case cited."""
    return next(e[-1] for e in entries if e[1] == case["case_id"])


def in_order(events: list[dict]) -> list[dict]:
    return sorted(events, key=lambda e: (e["occurred_on"], e["known_on"], e["event_id"]))


def cite(events: list[dict]) -> str:
    return "; ".join(
        f"{e['event_id']}({e['occurred_on']}" + (f",{e['authority']})" if e["authority"] else ")")
        for e in in_order(events)
    )
