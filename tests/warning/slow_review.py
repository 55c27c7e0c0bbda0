"""A slow, obvious twin of the casebook: day by day, enterprise by enterprise, looking at everything each time."""

from __future__ import annotations

from datetime import date, timedelta

from chinese_calendar import is_workday

SEVERITIES = ("minor", "general", "serious")
OVERDUE = {"reminder_due": "reminder_overdue", "watched": "warning_overdue", "warned": "answer_overdue"}
DONE = {"reminder_due": "reminded", "watched": "warned", "warned": "answered"}
STEP = {"reminder_due": "interview", "watched": "notice", "warned": "notice"}
WHEN = {
    "remind": ("reminder_due", "reminder_overdue"),
    "warn": ("watched", "warning_overdue"),
    "answer": ("warned", "answer_overdue"),
    "release": ("observed", "reminder_due", "reminder_overdue", "improving", "watched", "warning_overdue", "warned",
                "answer_overdue", "answered"),
}  # fmt: skip
TO = {"remind": ("reminded", "interview"), "warn": ("warned", "notice"), "answer": ("answered", "notice"),
      "release": ("released", "by_hand")}  # fmt: skip


class Slow:
    """One enterprise, day by day."""

    def __init__(self, entity_id, events, rules, acts):
        self.id, self.rules, self.acts = entity_id, rules, acts
        self.events = [e for e in events if e["entity_id"] == entity_id]
        self.case, self.used, self.entries, self.refused = None, date.min, [], []

    def day(self, day):
        self.known = [e for e in self.events if e["known_on"] <= day]
        self.alive = [e for e in self.known if e["stopped_known_on"] is None or e["stopped_known_on"] > day]
        self.today = day
        self.settle(timers=False)
        for act in self.acts:
            if act["recorded_on"] == day.isoformat():
                self.act(act)
                self.settle(timers=False)
        self.settle()

    def settle(self, timers=True):
        while self.step(timers):
            pass

    def step(self, timers):  # noqa: C901  all that may happen, in one place
        """One move of the day, if there is one."""
        stage = self.case["stage"] if self.case else ""
        if stage in ("", "improved", "released", "expired"):
            return self.reopen() or self.open()
        c = self.case
        if stage in ("observed", "reminder_due", "reminder_overdue") and self.ground_is_lost():
            return self.move("released", "no_ground", self.last())
        if stage == "reminded":
            return self.move("improving", "improvement", [])
        if stage == "not_improved":
            return self.move("watched", "watch", self.further())
        if stage == "improving" and self.further():
            return self.move("not_improved", "watch", self.further())
        if stage == "observed":
            found = self.crossed(self.rules.reminders)
            if found:
                return self.move("reminder_due", *found)
        if not timers:
            return False
        if stage == "improving" and self.today >= c["until"]:
            return self.move("improved", "improvement", self.last())
        if stage == "observed" and self.clean(self.alive, self.rules.lapses_after_days):
            return self.move("expired", "observe", self.last())
        if stage in ("reminder_due", "reminder_overdue") and self.clean(self.counted(), self.rules.clean_days):
            return self.move("expired", "release", self.last())
        on_list = ("watched", "warning_overdue", "warned", "answer_overdue", "answered")
        if stage in on_list and self.clean(self.counted(), self.rules.clean_days):
            return self.move("released", "release", self.last())
        if stage in STEP:
            due = working(c["since"], {"reminder_due": self.rules.interview_working_days,
                                       "watched": self.rules.notice_working_days}.get(stage, self.rules.answer_working_days))  # fmt: skip
            if due < self.rules.recorded_from:
                if self.today >= due:
                    return self.move(DONE[stage], STEP[stage], [])
            elif self.today > due:
                return self.move(OVERDUE[stage], "silence", [])
        if stage in on_list and self.today >= c["watched"] + timedelta(days=self.rules.watch_longest_days):
            return self.move("expired", "watch", self.last())
        return False

    def act(self, act):
        stage = self.case["stage"] if self.case else ""
        mine = self.case is not None and act["case_id"] == self.case["case_id"]
        if act["act"] == "note":
            fits = mine and stage not in ("improved", "released", "expired")
        else:
            fits = mine and stage in WHEN[act["act"]]
        if not fits or (act["act"] == "remind" and act["held_on"] < self.case["opened"].isoformat()):
            self.refused.append((act["seq"], stage))
        elif act["act"] != "note":
            self.move(*TO[act["act"]], act)

    def open(self):
        found = self.crossed((*self.rules.reminders, *self.rules.signals))
        if found is None or (self.case is not None and self.case["since"] == self.today):
            return False
        self.case = {"case_id": f"W-{self.id}-{self.today}", "stage": "", "opened": self.today, "since": self.today}
        return self.move("observed", *found)

    def reopen(self):
        c = self.case
        if c is None or c["stage"] != "improved" or c["since"] == self.today:
            return False
        last = c["until"] + timedelta(days=self.rules.reopen_within_days)
        late = [e for e in self.further() if e["known_on"] == self.today]
        return bool(late) and self.today <= last and self.move("not_improved", "watch", self.further())

    def move(self, to, why, evidence):
        c, act = self.case, None
        before = c["stage"]
        if isinstance(evidence, dict):
            act, evidence = evidence, []
        c.update(stage=to, since=self.today)
        if to == "reminded":
            held = date.fromisoformat(act["held_on"]) if act else self.today
            c.update(held=held, until=held + timedelta(days=self.rules.improvement_days))
        if to == "watched":
            c["watched"] = self.today
        if to in ("improved", "released", "expired") and why != "no_ground":
            self.used = self.today
        self.entries.append((self.today, c["case_id"], self.id, before, to, why if isinstance(why, str) else why.id,
                             f"#{act['seq']}({act['held_on']})" if act else cite(evidence)))  # fmt: skip
        return True

    def further(self):
        c = self.case
        return [e for e in self.counted() if c["held"] < e["occurred_on"] <= c["until"]]

    def counted(self):
        return [e for e in self.alive if counts(e, self.rules)]

    def last(self):
        return in_order(self.known)[-1:]

    def clean(self, events, days):
        return not any(e["occurred_on"] > self.today - timedelta(days=days) for e in events)

    def ground_is_lost(self):
        stage = self.case["stage"]
        if stage not in ("observed", "reminder_due", "reminder_overdue"):
            return False
        rules = (*self.rules.reminders, *self.rules.signals) if stage == "observed" else self.rules.reminders
        # only a repair takes the ground away: a window does not grow old
        return any(e["stopped_known_on"] == self.today for e in self.known) and not any(
            self.windows(rule) for rule in rules
        )  # fmt: skip

    def crossed(self, rules):
        """The first rule of which an event that became known today fills a window, and its latest full window."""
        for rule in rules:
            windows = self.windows(rule)
            if any(e["known_on"] == self.today for w in windows for e in w):
                return rule, max(windows, key=lambda w: max(e["occurred_on"] for e in w))
        return None

    def windows(self, rule):
        """Every full window; by the item or authority that must be alike, and in time."""
        fitting = [e for e in self.alive if e["known_on"] > self.used and about(e, rule)]
        found = []
        for group in sorted({e[rule.same] if rule.same else "" for e in fitting}):
            mine = [e for e in fitting if not rule.same or e[rule.same] == group]
            for last in sorted({e["occurred_on"] for e in mine}):
                first = last - timedelta(days=rule.within_days - 1)
                inside = [e for e in mine if first <= e["occurred_on"] <= last]
                if sum(rule.weights[e["kind"]] for e in inside) >= rule.at_least:
                    found.append(inside)
        return found


def slow_review(events, rules, as_of, acts=()):
    """Entries (on, case_id, entity_id, from, to, rule or step, evidence), and acts refused (seq, stage)."""
    everything = [e for e in events if counts(e, rules) or any(about(e, r) for r in (*rules.reminders, *rules.signals))]
    ids = sorted({e["entity_id"] for e in everything} | {a["case_id"][2:-11] for a in acts})
    firms = [Slow(i, everything, rules, [a for a in acts if a["case_id"][2:-11] == i]) for i in ids]
    days = [e["known_on"] for e in everything] + [date.fromisoformat(a["recorded_on"]) for a in acts]
    day = min(days, default=as_of)
    while day <= as_of:
        for firm in firms:
            firm.day(day)
        day += timedelta(days=1)
    entries = sorted((e for f in firms for e in f.entries), key=lambda e: (e[0], e[2]))
    return entries, sorted(r for f in firms for r in f.refused)


def about(e, rule):
    return (
        e["kind"] in rule.events and e["severity"] in rule.severity
        and not ("leniency" in rule.exclude and e["leniency"] == "yes")
        and (not rule.items or any(w in e["item"] for w in rule.items))
        and (not rule.authorities or any(w in e["authority"] for w in rule.authorities))
        and (not rule.same or e[rule.same] != "")
    )  # fmt: skip


def counts(e, rules):
    mildest = min(SEVERITIES.index(s) for r in rules.reminders for s in r.severity)
    kinds = {k for r in rules.reminders for k in r.events}
    lenient = e["leniency"] == "yes" and all("leniency" in r.exclude for r in rules.reminders)
    return e["kind"] in kinds and SEVERITIES.index(e["severity"]) >= mildest and not lenient


def working(day, n):
    while n:
        day += timedelta(days=1)
        n -= is_workday(day)
    return day


def in_order(events):
    return sorted(events, key=lambda e: (e["occurred_on"], e["known_on"], e["event_id"]))


def cite(events):
    return "; ".join(
        f"{e['event_id']}({e['occurred_on']}" + (f", {e['authority']})" if e["authority"] else ")")
        for e in in_order(events)
    )
