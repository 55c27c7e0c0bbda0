# %% [markdown]
# # 03 评分与原因：一户企业为什么是这个等级
#
# 分数由整数相加而成，每一分都说得出来历；等级再由政策决定。
#
# *English: integer points that add up, each with its record; the policy then decides the tier.*

# %%
import riskmodel as rm
from riskmodel.display.lookup import Lookup
from riskmodel.features import FEATURES
from riskmodel.named import rule_names

records = rm.load("../data/sample")
policy = rm.load_policy("zhoucun-2020")
assessment = rm.assess(records, policy, as_of="2025-06-30")
meaning = {name: feature.zh for name, feature in FEATURES.items()}

# %% [markdown]
# ## 打分卡
#
# 政策给出每个特征在每一档的分值。典型企业（中位数）得分最低的一档，高出部分就是“原因”。区间为“—”的一行，是没有该项数据时的分值。

# %%
card = assessment.models.scorecard.table_
Lookup(card.assign(feature=card["feature"].map(meaning))[["feature", "low", "high", "points"]], "打分卡")

# %%
assessment.plot("scores")

# %% [markdown]
# ## 分数怎样加起来
#
# 任取一户，逐项相加，与风险分一致。
#
# *English: the contributions of an enterprise add up to its score.*

# %%
model, features = assessment.models.scorecard, assessment.features
parts = model.contributions(features[list(assessment.rules.scoring.points)])
total = parts.sum(axis=1) + model.base_points_
assert (total.to_numpy() == assessment.decided["risk_score"].to_numpy()).all()
spread = parts.agg(["mean", "min", "max"]).T.set_axis(["typical", "lowest", "highest"], axis=1).rename(index=meaning)
Lookup(spread[spread.any(axis=1)].round(2).rename_axis("feature").reset_index(), "各项分值")

# %% [markdown]
# ## 等级怎样定
#
# 先按分数切分，再按政策的顺序适用规则；规则定级的，必引条款和事实。

# %%
decided = assessment.decided
ruled = decided[decided["rule_id"] != ""]
ruled = ruled.assign(rule=ruled["rule_id"].map(rule_names(assessment.rules)))
Lookup(ruled.groupby(["rule", "risk_tier"]).size().rename("enterprises").reset_index(), "各规则定级户数")

# %%
Lookup(ruled[["risk_tier", "score_tier", "name", "town", "rule", "evidence"]], "按规则定级的企业")

# %% [markdown]
# ## 一户一档
#
# 卡片列出原因、依据记录、怎样可以降低等级，以及近五年的记录。
#
# *English: the card of one enterprise, with what would lower its tier.*

# %%
top = assessment.lookup().frame
assessment.explain(top["entity_id"].iloc[2])

# %% [markdown]
# 低风险企业同样可以查，没有风险因素也会明说。

# %%
assessment.explain(top["entity_id"].iloc[-1])

# %% [markdown]
# ## 全部企业

# %%
assessment.lookup()
