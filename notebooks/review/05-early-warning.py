# %% [markdown]
# # 05 预警：反复轻微违法，早看见、公平办
#
# 哪些企业在短期内反复轻微、一般违法失信？先关注，再提醒约谈，给整改期；仍无改观的才列入重点关注名单，并向有关部门预警。
#
# *English: who keeps offending in small ways? Observed first, then an interview and an improvement period; only without improvement the key watch list and a warning to departments. The sample district is invented.*

# %% [markdown]
# ## 回放
#
# 台账由记录回放得到：评估日期之后才知道的，一律不存在。下面是 2025 年 6 月 30 日的案件阶段。
#
# *English: the casebook is a replay of the records, as known on the day.*

# %%
import riskmodel as rm
from riskmodel.display.lookup import Lookup
from riskmodel.named import rule_names

records = rm.load("../data/sample")
assessment = rm.assess(records, rm.load_policy("zhoucun-2020"), as_of="2025-06-30")
casebook = rm.review(assessment)
names = rule_names(assessment.rules)
casebook

# %% [markdown]
# 每一步都有规则、条款、证据和期限；台账首尾相连，改动一处就不成立。
#
# *English: every entry has its rule, clause, evidence and deadline; the chain shows any change.*

# %%
print("台账首尾相连：", "是" if casebook.verify() else "否", casebook.head[:16])
steps = casebook.ledger.assign(trigger=casebook.ledger["rule_id"].map(names), deadline=casebook.ledger["due_on"])
Lookup(steps[["on", "case_id", "from_stage", "to_stage", "trigger", "deadline"]].tail(8), "台账末尾八条")

# %% [markdown]
# ## 三个案件
#
# 取走过阶段最多的三户，看一条时间线：圆点是事件（按发生日期），竖线是进入各阶段的日期。
#
# *English: the three cases that went through most stages; dots are events, bars are stages.*

# %%
lengths = casebook.ledger.groupby("case_id", sort=False).size().sort_values(ascending=False, kind="stable")
three = list(lengths.index[:3])
shown = ["name", "stage", "opened_on", "stage_on", "events", "departments"]
Lookup(casebook.cases.set_index("case_id").loc[three, shown].reset_index(), "走过阶段最多的三户")

# %%
from riskmodel.display.charts import case_timeline

case_timeline(casebook.ledger, assessment.events, three)

# %% [markdown]
# 逐步看第一户：为什么触发，依据哪些记录。2025 年 4 月 1 日之前到期的约谈没有登记，按政策视为已办；此后必须由人登记，逾期只督办办案单位，不会把未约谈的企业列入名单。
#
# *English: the first of them step by step. Interviews that fell due before 2025-04-01 are deemed held; later ones must be recorded, and silence escalates the office, never the enterprise.*

# %%
first = steps[steps["case_id"].eq(three[0])]
Lookup(first[["on", "to_stage", "trigger", "evidence"]], "第一户的台账")

# %% [markdown]
# ## 规则之外的苗头
#
# 政策选定的检测方法（自激强度）每月看一遍尚无案件、本月有新事件、近 12 个月至少两件的企业，每千户至多提示一户；只供关注，不立案。六月一户也没有，四月底有一户：一年内九件，同行业平均不到 0.1 件。
#
# *English: beside the rules the policy's detector names at most one enterprise in a thousand, never on a single event. None in June; one at the end of April, with nine events in a year against fewer than .1 in its industry. Signs open no case.*

# %%
from riskmodel.workflow import early_signs

april = rm.assess(records, rm.load_policy("zhoucun-2020"), as_of="2025-04-30", bare=True)
found = {day: early_signs(made, rm.review(made)) for day, made in (("6-30", assessment), ("4-30", april))}
print("六月底", len(found["6-30"].table), "户，四月底", len(found["4-30"].table), "户")
named = {"usual": "同行业平均", "score": "自激强度"}
Lookup(found["4-30"].table[["name", "industry", "events", *named]].round(2).rename(columns=named), "四月底的苗头")

# %% [markdown]
# ## 逾期与部门预警
#
# 现在轮到人办的事：逾期未约谈的，和应当向部门发出的预警。超过每周数量的排队，不丢弃。
#
# *English: what waits for a person: overdue interviews, and this week's digests; beyond the weekly load warnings wait their turn.*

# %%
from riskmodel.warning.routing import digests

day = assessment.provenance.as_of.day
week = digests(casebook.cases, assessment.rules.warning, day).table
Lookup(week[["addressee", "status", "place", "name", "gravest"]], "本周部门预警")

# %%
waiting = casebook.cases[casebook.cases["stage"].str.endswith("_overdue")]
Lookup(waiting[["name", "stage", "opened_on", "stage_on", "events"]], "逾期未办的案件")

# %% [markdown]
# 办理用命令登记：`riskmodel case remind 台账 W-… --by 姓名`，下月 `riskmodel run … --cases 台账` 接着回放。
#
# *English: people record what they did with `riskmodel case`; the next run goes on from there.*
