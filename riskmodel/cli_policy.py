"""The verbs of `riskmodel policy`: look at a policy and check it."""

from __future__ import annotations

from typing import Annotated

import typer

from riskmodel.cli_options import SPOKEN, Json, Language, Tongue
from riskmodel.cli_screen import print_json, records_of, say, show, tell

app = typer.Typer(no_args_is_help=True, help="查看和检验政策文件 / Look at a policy and check it")
_NAME = typer.Argument(metavar="POLICY", help="内置政策名称或 YAML 文件 / Built-in policy or YAML file")
Name = Annotated[str, _NAME]
Shown = Annotated[str | None, _NAME]


@app.command()
def check(
    policy: Name = "zhoucun-2020",
    as_of: Annotated[str, typer.Option("--as-of", help="规则日期 / Day of the rules")] = "2025-06-30",
    lang: Tongue = SPOKEN,
    as_json: Json = False,
) -> None:
    """检验政策：键、引文、条款、用例 / Keys, quotes, clauses and the policy's own cases"""
    from riskmodel.policy import load_policy
    from riskmodel.policy_check import check_policy
    from riskmodel.values import AsOf

    results, gaps = check_policy(load_policy(policy), AsOf.of(as_of))
    failed = sum(not r.holds for r in results) + len(gaps)
    if as_json:
        print_json({"faults": failed, "cases": [vars(r) for r in results], "uncovered": gaps})
        raise typer.Exit(1 if failed else 0)
    for result in results:
        name = result.name_zh if lang is Language.zh else result.name
        tell(("✓ " if result.holds else "✗ ") + name)
        if not result.holds:
            tell(say("policy.expected", lang.code, expected=result.expected, found=result.found))
    for gap in gaps:
        tell(say("policy.gap", lang.code, gap=gap))
    tell(say("policy.done", lang.code, cases=len(results), faults=failed))
    raise typer.Exit(1 if failed else 0)


@app.command("show")
def show_policy(policy: Shown = None, lang: Tongue = SPOKEN, as_json: Json = False) -> None:
    """显示政策；不给名称则列出内置政策 / Print a policy, or list the built-in ones"""
    from riskmodel.policy import builtin_policies, load_policy

    if policy is not None:
        typer.echo(load_policy(policy).file.model_dump_json(indent=2, exclude_none=True))
        return
    titles = {name: load_policy(name).file.title for name in builtin_policies()}
    if as_json:
        print_json([{"name": name, "title": title} for name, title in titles.items()])
        return
    for name, title in titles.items():
        tell(say("policy.named", lang.code, name=name, title=title[lang.code]))


@app.command("coverage")
def cover(policy: Name = "zhoucun-2020", lang: Tongue = SPOKEN, as_json: Json = False) -> None:
    """逐条说明政策条款由哪些规则落实 / Which rules cover which clause"""
    from riskmodel.policy import coverage, load_policy

    table = coverage(load_policy(policy), lang.code)
    print_json(records_of(table)) if as_json else show(table, lang.code)
