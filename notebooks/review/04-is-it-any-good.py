# %% [markdown]
# # 04 到底好不好：用过去检验
#
# 模型好不好，只有一种诚实的问法：站在过去某一天，只用当时知道的，能不能比经验更早找到问题？
#
# *English: stand on a past day, use what was known then, and ask whether the score finds problems earlier than rules of thumb.*

# %% [markdown]
# ## 检验日与标签
#
# 每一行是一个检验日。标签要等检查结果归集之后才“成熟”，成熟之前不得用来学习。
#
# *English: one test day a row; a label may be learnt from only after it was known.*

# %%
import re
from pathlib import Path

import pandas as pd

import riskmodel as rm
from riskmodel.display import charts, figures
from riskmodel.display.lookup import Lookup
from riskmodel.display.pictures import Picture
from riskmodel.evaluation.experiment import read_experiment, run_experiment
from riskmodel.evaluation.splits import plot_splits

how = read_experiment("../experiments/baseline.yaml").model_copy(update={"replicates": 100})
found = run_experiment(how, rm.load("../data/sample"), rm.load_policy(how.policy))

# %%
Picture(plot_splits(found.backtest.splits), "检验日与标签")

# %% [markdown]
# ## 比经验好吗
#
# 与随机、上次检查结果、两年内处罚次数、专家打分、只看检查人员宽严五种做法相比；带状为区间，区间重叠就不能说更好。

# %%
ap = found.backtest.of("average_precision")
Picture(charts.figures_over_time(ap, "average_precision"), "平均精确率随时间")

# %%
metrics = found.backtest.metrics
wanted = ["auc", "average_precision", "precision_0.1", "brier", "ece"]
means = metrics[metrics["metric"].isin(wanted)].groupby(["model", "metric"])["value"].mean().unstack("metric")
seen = metrics[metrics["metric"] == "precision_0.1"].groupby("model")["coverage"].mean()
Lookup(means[wanted].assign(coverage=seen).reset_index(), "各次检验平均")

# %% [markdown]
# “标签覆盖率”是名单上被检查过的比例：没有检查过的企业，谁也不知道有没有问题。
#
# *English: coverage is the share of the list that was inspected; the rest nobody knows.*

# %% [markdown]
# ## 概率说话算数吗
#
# 说 20% 的企业，检查出问题的应当约为 20%。

# %%
Picture(figures.calibration(found.reliability), "预测概率与实际比例")

# %% [markdown]
# ## 对谁不公平吗
#
# 列入名单的比例，各镇街与其余企业之比；小组太小就不显示，区间跨过界限就是“说不准”。
#
# *English: share on the list by group against all others; small groups are not shown.*

# %%
fair = found.fairness[how.champion]
mine = lambda table: table[table["attribute"] == "town"]
rate = mine(fair.figures)[lambda t: t["figure"] == "selection_rate"]
rules = rm.load_policy(how.policy).at(rm.AsOf.of("2025-06-30")).promotion
bounds = (rules.selection_ratio_at_least, rules.selection_ratio_at_most)
Picture(charts.group_dots(rate, mine(fair.groups), bounds=bounds), "各镇街列入名单的比例")

# %% [markdown]
# ## 能不能换模型
#
# 挑战者要同时更好、校准、公平才能替换现用模型。

# %%
from riskmodel.display.text import word

print("采用：", word("model", found.promoted))
Lookup(found.gate.rename(columns={"found": "measured"}), "准入条件")

# %% [markdown]
# ## 真实数据上的对照：芝加哥食品检查
#
# 公开研究的排序任务，检验窗口只看一次；全部方法、区间和保留意见，见 `experiments/README.md`。
#
# *English: the published ranking task on real records, run once on its test window; read the caveats in experiments/README.md.*

# %%
text = Path("../experiments/published_task/final.txt").read_text("utf-8")
row = r"^(\w[\w ]*?)\s+AUC ([\d.]+) \[([\d.]+), ([\d.]+)\]  days ([\d.]+) \[(-?[\d.]+), ([\d.]+)\]"
columns = ["model", "auc", "auc_low", "auc_high", "days_earlier", "days_low", "days_high"]
study = pd.DataFrame(re.findall(row, text, re.M), columns=columns)
names = {
    "record": "只看记录", "establishment": "企业模型", "running": "企业模型，按各行当日", "colour_only": "只看检查员",
    "with_inspector": "企业模型加检查员", "published without inspector": "公开研究的变量，不含检查员",
    "published with inspector": "公开研究的变量，含检查员", "city trees": "市政府的提升树",
}  # fmt: skip
Lookup(study.replace({"model": names}).astype(dict.fromkeys(columns[1:], float)), "提前发现问题的天数")

# %% [markdown]
# 手边有公开数据的，可以亲自看等级分布；没有则跳过，并说明。

# %%
import os

place = Path(os.environ.get("RISKMODEL_PUBLIC_DATA", "../../shared/data")) / "chicago"
if place.is_dir():
    chicago = rm.load(place)
    display(Lookup(rm.assess(chicago, rm.load_policy(how.policy), as_of="2014-09-01").tiers, "芝加哥各等级户数"))
else:
    print(f"跳过：{place} 没有公开数据（skipped: no public data there）")
