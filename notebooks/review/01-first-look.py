# %% [markdown]
# # 01 初看：从原始导出到检查任务书
#
# 一个月的工作，十几个单元格。数据是生成的示例区县，企业和事件均为虚构。
#
# *English: one month of work in a dozen cells, from raw exports to a draw that anybody can verify; the sample district is invented.*

# %% [markdown]
# ## 读取
#
# 示例数据像真实导出一样不规整：GB18030 与 UTF-8、多种日期写法、元与万元，还有拒收的行。一行不丢：总行数 = 采用 + 隔离 + 重复或被更正。
#
# *English: every row is accepted, quarantined with a reason, or superseded.*

# %%
import riskmodel as rm
from riskmodel.display.lookup import Lookup

records = rm.load("../data/sample")
Lookup(records.intake.drop(columns=["delivered_on", "known_on_assumed"]), "数据接收")

# %% [markdown]
# 拒收的行连同原因留在隔离区，供退回报送部门改正。

# %%
reasons = records.quarantine.value_counts(["table", "reason"]).reset_index()
Lookup(reasons, "隔离原因")

# %% [markdown]
# ## 评估
#
# 政策是数据：每条规则有条款和引文。评估日期之后才知道的信息，一律不存在。等级 A（低）至 E（高）是内部等级，与公共信用等级是两套尺度。
#
# *English: the policy is data with clauses and quotes; nothing known after the day exists. Tiers A to E are internal.*

# %%
policy = rm.load_policy("zhoucun-2020")
assessment = rm.assess(records, policy, as_of="2025-06-30")
assessment

# %% [markdown]
# 全部企业可以查找、排序。

# %%
assessment.lookup()

# %% [markdown]
# 下面看风险分最高的一户：分数从哪里来，依据哪些记录，怎样可以降低等级，近五年发生过什么。
#
# *English: the card of the highest risk: reasons with their records, what would lower the tier, five years of events.*

# %%
top = assessment.lookup().frame
assessment.explain(top["entity_id"].iloc[0])

# %% [markdown]
# 打分可靠吗？最近一个完整年度没有参与学习，专门用来检验；详见 04。

# %%
assessment.plot("calibration")

# %% [markdown]
# ## 计划与抽取
#
# 先公布计划的承诺摘要，再产生公开种子，然后抽取：谁也无法挑选。
#
# *English: publish the commitment, then the seed, then draw: nobody can choose.*

# %%
plan = rm.plan_inspections(assessment, records=records)
print(plan.commit().digest)
plan

# %%
draw = plan.draw("双色球 2025-075 期:03 08 11 19 25 30 + 07").assign()
Lookup(draw.visits[["visit_no", "name", "town", "team", "inspector_names"]], "检查任务")

# %% [markdown]
# 任何人都可以复核；改动一户，复核就不成立。

# %%
rm.verify(draw.proof, commitment=plan.commit().digest)

# %% [markdown]
# ## 预警
#
# 短期内反复轻微、一般违法失信的企业，先提醒；提醒后仍无改观的，列入重点关注企业名单。详见 05。

# %%
rm.review(assessment)

# %% [markdown]
# ## 成册
#
# `rm.run` 一次完成以上各步，并写出任务单、公示文件和报告；请先看 `report.html`。
#
# *English: one call does all of it and writes the lists, notices and the report.*

# %%
rm.run("../data/sample", as_of="2025-06-30", out="../reports", track=False)
