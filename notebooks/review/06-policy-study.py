# %% [markdown]
# # 06 采纳之前：比较政策、找到更好的抽查比例
#
# 一项抽查政策改动之前，先在**模拟世界**里让它运行几年。这个世界按本区自己的档案校准；办公室在其中走的是真实的评估、分级、抽取和预警流程，只看得到它查过的地方。
#
# *English: Before a policy is adopted, let it run in a simulated world that is fitted to the office's own records. The office in it takes the real path: assessment, tiers, draws, warnings; it sees a problem only where it looked.*

# %%
import pandas as pd

import riskmodel as rm
from riskmodel.display.lookup import Lookup
from riskmodel.display.study_words import study_word

records = rm.load("../data/sample")
policy = rm.load_policy("zhoucun-2020")

# %% [markdown]
# ## 让两种做法面对同一个世界
#
# `alternatives` 可以是别的政策文件，也可以是策略名。这里比较现行政策和“只查高分”。正式使用时请用 `years=5, replicates=20`；下面为了几秒钟内跑完，只做一年、两次重复。
#
# *English: Two ways to choose, in the same replicates of the same world. A real study takes five years and some twenty replicates.*

# %%
study = rm.simulate(records, policy, alternatives=["greedy"], years=1, replicates=2, seed=6)
study

# %% [markdown]
# ## 这个世界像不像真实档案？
#
# 先看校准：左柱是真实档案，右柱（带区间线）是“同样的检查”在模拟世界留下的档案。两者差得多的地方，相应的结论要打折扣。
#
# *English: First the fit: the records beside simulated records of the same past.*

# %%
from riskmodel.display.study_charts import fit_bars

fit_bars(study.fit)

# %% [markdown]
# 哪些数字来自档案，哪些只能假设？假设的数字放在 `riskmodel/simulation/assumptions.yaml`，每个都写明来源，可以用自己的文件替换。
#
# *English: Which numbers come from records, and which can only be assumed?*

# %%
numbers = study.calibrated.estimates
known = {"records": "档案", "assumed": "假设"}
told = numbers.assign(name=[study_word("number", n) for n in numbers["name"]], origin=numbers["origin"].replace(known))
Lookup(told.groupby("origin")["name"].agg("、".join).rename("note").reset_index(), "数字的来源")

# %% [markdown]
# ## 各做法一年的结果
#
# 数值是每年的；差是与现行政策之差；同一次重复里各策略面对同一个世界，所以差值的区间比数值本身窄。
#
# *English: Values of a year, and paired differences to the policy.*

# %%
summary = study.titled(study.summary()).rename(columns={"value": "measured"})
Lookup(summary[summary["measure"].isin(["found", "burden", "harm", "covered", "error"])], "每年结果及与现行政策之差")

# %% [markdown]
# “只查高分”发现得多，但它估出的违法率（“违法率估计偏差”一行）偏高：只看高分企业，得到的是高分企业的违法率。只要给每一级留下一点随机抽查，这个偏差就消失。
#
# *English: Looking only at the highest scores finds more and estimates worse: the rate it reports is that of the highest scores. A small random floor removes the bias.*

# %%
from riskmodel.display.study_charts import lines_by_quarter

lines_by_quarter(study.titled(study.over_time("error")), "error", zero=True)

# %% [markdown]
# ## 更好的抽查比例
#
# 每一级对抽查比例的反应由快速内核算出，于是任何比例表都能立即读出：发现多少、打扰多少守法企业、估计有多准。菱形是现行比例。
#
# *English: Every tier's answer to its ratio is computed once; any table is then read off. The diamond is the policy's own table.*

# %%
from riskmodel.display.study_charts import frontier_curve

frontier_curve(study.frontier)

# %% [markdown]
# 检查力量和下限可以拖动；超过 100% 的比例是一年查不止一次。括号内是一次同样长的运行的 95% 区间。
#
# *English: Move the capacity and the floor.*

# %%
from ipywidgets import FloatSlider, IntSlider, interact

def proposal(capacity, floor):
    made = study.propose(capacity=capacity, floor=floor)
    table = pd.DataFrame({"现行": study.table, "建议": made.table}).T
    title = f"每年多发现 {made.gain:.1f} 起（{made.low:.1f} 至 {made.high:.1f}）"
    display(table.style.format("{:.1%}").set_caption(title))


visits = int(study.proposal.instead["visits"])
interact(
    proposal,
    capacity=IntSlider(visits, visits // 2, visits * 2, 10, description="户次"),
    floor=FloatSlider(0.005, min=0.001, max=0.02, step=0.001, readout_format=".3f", description="下限"),
);

# %% [markdown]
# ## 不模拟，也能估计另一张比例表
#
# 已经抽过的检查带着概率 `pi`。每个发现按“新概率 ÷ 原概率”加权，就是新比例表本来会发现的数，不需要任何模型；它不含威慑等后续变化，那是模拟的用处。
#
# *English: Logged draws alone, weighted by new over old probability, say what another table would have found.*

# %%
from riskmodel.simulation.offpolicy import of_table

decided = rm.assess(records, policy, as_of=records.newest, bare=True).decided
visits = records["inspections"].query("pi > 0").merge(decided[["entity_id", "risk_tier"]], on="entity_id")
visits = visits[visits["inspected_on"] > "2024-06-30"]
visits["problem"] = visits["outcome_codes"].ne("1").map({True: "yes", False: "no"})

# %%
tables = {"现行比例": study.table, "建议比例": study.proposal.table}
found = pd.DataFrame({name: vars(of_table(visits, ratios)) for name, ratios in tables.items()}).T
Lookup(found.round(1).rename_axis("strategy").reset_index(), "两张比例表本会发现的违法")

# %% [markdown]
# 命令行做同样的事，生成一页可以打印的比较：
#
# ```
# riskmodel simulate data/sample --policy zhoucun-2020 --policy zhoucun-2020-fitted --strategy greedy --years 5
# ```
#
# *English: The command writes the same comparison as one page.*
