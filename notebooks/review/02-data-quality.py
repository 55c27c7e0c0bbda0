# %% [markdown]
# # 02 数据质量：收到了什么，少了什么，晚了多久
#
# 评分之前先看数据。每一行都要有去处，每一处缺漏都要说得出。
#
# *English: before any score: where every row went, what is missing, how late events became known.*

# %% [markdown]
# ## 收到了什么
#
# 逐文件计数：采用、隔离、重复或被更正，三项相加必等于总行数。

# %%
import pandas as pd

import riskmodel as rm
from riskmodel.display import figures
from riskmodel.display.lookup import Lookup
from riskmodel.display.pictures import Picture

records = rm.load("../data/sample")
intake = records.intake
assert (intake["rows"] == intake["accepted"] + intake["quarantined"] + intake["superseded"]).all()
Lookup(intake[["table", "file", "rows", "accepted", "quarantined", "superseded"]], "数据接收")

# %%
Picture(figures.quality_bars(intake), "各数据表隔离比例")

# %% [markdown]
# ## 为什么拒收
#
# 隔离不是丢弃：原文、行号、原因和可能的读法都保留，改正后用 `riskmodel append` 载入。
#
# *English: quarantined rows keep their text, place, reason and candidate readings; corrected rows are loaded back.*

# %%
refused = records.quarantine
reasons = refused.groupby(["table", "reason"]).size().rename("count").reset_index()
Lookup(reasons.sort_values("count", ascending=False, ignore_index=True), "隔离原因")

# %%
Lookup(refused[["table", "file", "row", "field", "found", "reason", "candidates"]], "逐行查看")

# %% [markdown]
# ## 认错了人吗
#
# 代码写错一位、用旧注册号、只写名称：能唯一认定的自动订正并列出，认不准的一律不猜。
#
# *English: identities that were repaired, for review; what is not certain is never guessed.*

# %%
resolutions = records.resolutions
Lookup(resolutions.groupby(["table", "how"]).size().rename("count").reset_index(), "身份核对方式")

# %%
Lookup(resolutions[["table", "file", "row", "found", "how", "entity_id"]], "身份核对清单")

# %% [markdown]
# ## 哪些栏是空的
#
# 空白本身也是信息，但比例过高的栏不宜作为依据。

# %%
tables = ["enterprises", "penalties", "abnormal_listings", "complaints", "inspections"]
empty = {t: records[t].replace("", None).isna().mean() for t in tables}
gaps = pd.concat(empty, names=["table", "field"]).rename("share").reset_index()
Lookup(gaps[gaps["share"] > 0].sort_values("share", ascending=False, ignore_index=True), "空白比例")

# %% [markdown]
# ## 晚了多久
#
# 评估只能用当时已知的记录，所以“发生”与“归集”的间隔直接决定模型能看见多少。
#
# *English: an assessment sees what was known; the gap between happening and knowing decides how much that is.*

# %%
days = {"penalties": "occurred_on", "complaints": "received_on", "inspections": "inspected_on"}
late = {t: (records[t]["known_on"] - records[t][day]).dt.days for t, day in days.items()}
spread = pd.DataFrame({t: d.quantile([0.5, 0.9, 1]).to_numpy() for t, d in late.items()}).T
Lookup(spread.set_axis(["半数在（天）内", "九成在（天）内", "最长（天）"], axis=1).rename_axis("table").reset_index(), "归集间隔")

# %% [markdown]
# 反过来看：2024 年底之前发生、到 2025 年 6 月底才知道的处罚有多少？

# %%
penalties = records["penalties"]
before = penalties["occurred_on"] <= "2024-12-31"
print(f"{(before & (penalties['known_on'] > '2024-12-31')).sum()} 条，共 {before.sum()} 条")

# %% [markdown]
# ## 交给谁改
#
# 隔离记录更正表按来源文件分列，退回报送部门；命令为 `riskmodel quarantine ../data/sample --out 更正表.xlsx`。

# %%
by_file = refused.groupby("file").size().rename("count").sort_values(ascending=False, kind="stable")
Lookup(by_file.reset_index(), "各文件隔离行数")
