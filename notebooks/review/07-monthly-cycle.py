# %% [markdown]
# # 07 一个月的完整循环：入库、评估、计划、抽取、回填、估计、再学习
#
# 办公室每个月走同一圈：新导出入库，重新评估，订计划，公开抽取，检查结果回到档案，估计全区违法率，下个月的评分从中学习。示例区县和检查结果均为虚构。
#
# *English: the same circle every month, from the new export to results that come back with their probabilities. The district and the results are invented.*

# %% [markdown]
# ## 入库
#
# 档案库保存历次报送。同一份导出再送一次，什么也不会改变。
#
# *English: the store keeps every delivery; the same export delivered twice changes nothing.*

# %%
import tempfile
from datetime import date
from pathlib import Path

import riskmodel as rm
from riskmodel.display.charts import transition_matrix
from riskmodel.display.lookup import Lookup
from riskmodel.evaluation.stability import transitions

office = Path(tempfile.mkdtemp())
store = rm.Store.open(office / "records.duckdb")
store.append("../data/sample")
again = store.append("../data/sample")
Lookup(again[["table", "file", "rows", "status"]], "再次载入的结果")

# %% [markdown]
# ## 评估，并与上月比较
#
# 同一档案，按两个日期评估：只用当日已知的信息。对角线以外是变动的企业。
#
# *English: the same records as of two days, each with what was known then; off the diagonal stand those that moved.*

# %%
import pandas as pd

policy = rm.load_policy("zhoucun-2020")
records = store.records()
may = rm.assess(records, policy, as_of="2025-05-31")
june = rm.assess(records, policy, as_of="2025-06-30")
tier = [month.decided.set_index("entity_id")["risk_tier"] for month in (may, june)]
transition_matrix(transitions(*tier, "ABCDE"))

# %% [markdown]
# ## 计划与公开抽取
#
# 年度比例分到十二个月，六月是第六份。先公布承诺摘要，后有公开种子，再抽取和派组。
#
# *English: the yearly ratio is divided into twelve rounds; commitment first, then the seed, then the draw.*

# %%
plan = rm.plan_inspections(june, part="6/12", capacity=60, records=records)
commitment = plan.commit()
draw = plan.draw("双色球 2025-075 期:03 08 11 19 25 30 + 07", commitment).assign()
print(rm.verify(draw.proof, commitment=commitment.digest).message)
Lookup(draw.visits[["visit_no", "name", "town", "team", "inspector_names"]], "检查任务")

# %% [markdown]
# ## 回填
#
# 检查组把任务书填好送回（`riskmodel results read`）。这里用虚构的结果代替：每六户有一户发现问题，最后三户还没有结果。一行写错了编码，被拒收并说明原因。
#
# *English: filled-in books come back; here with invented results, three still missing and one with a wrong code, which is refused.*

# %%
visited = draw.visits.iloc[:-3]
codes = ["5" if n % 6 == 0 else "1" for n in range(len(visited))]
codes[1] = "99"
filled = pd.DataFrame({"entity_id": visited["entity_id"], "inspected_on": "2025-07-10", "outcome_codes": codes})
results = rm.take_results(draw, filled, known_on=date(2025, 7, 15))
results

# %% [markdown]
# ## 估计
#
# 抽取概率已知，所以能估计全区违法率及其区间；没有可能被抽到的企业无法估计，如实列出。一个月只抽几十户，区间因此很宽。
#
# *English: with known probabilities the rate of the whole district can be estimated; who could not be drawn is said to be not estimable.*

# %%
rm.estimate(draw, results, by="town")

# %% [markdown]
# ## 结果入档，下月再学习
#
# 结果连同抽取概率进入档案，成为下个月评分的标签和权重。六月的评估不变：那时还不知道七月的结果。
#
# *English: results enter the records with their probabilities and become labels with weights; the assessment of June does not move.*

# %%
from riskmodel.exports.results_file import keep_results

keep_results(results, office / "检查结果.csv", store=store)
records = store.records()
july = rm.assess(records, policy, as_of="2025-07-15")
unchanged = rm.assess(records, policy, as_of="2025-06-30").decided.equals(june.decided)
print("六月的评估不变：", "是" if unchanged else "否")

# %% [markdown]
# 被查过的企业，风险分怎样变？查出问题的上升，未发现问题的一般不变或下降。
#
# *English: the scores of those inspected, before and after.*

# %%
moved = june.decided.merge(july.decided, on="entity_id", suffixes=("_june", "_july"))
moved = moved.merge(results.table[["entity_id", "outcome_codes"]], on="entity_id")
scores = moved.rename(columns={"risk_score_june": "六月风险分", "risk_score_july": "七月风险分"})
means = scores.groupby("outcome_codes")[["六月风险分", "七月风险分"]].mean().round(1)
Lookup(means.reset_index(), "平均风险分")
