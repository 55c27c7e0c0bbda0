"""A long table that can be searched and sorted in a notebook; without itables a plain one with its first rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from riskmodel.display.html import column_cells, table
from riskmodel.display.text import Lang, heading

_WORDS: Mapping[Lang, Mapping[str, Any]] = {
    "zh": {
        "search": "查找：", "info": "第 _START_ 至 _END_ 行，共 _TOTAL_ 行",
        "infoEmpty": "没有行", "zeroRecords": "没有符合的行",
        "infoFiltered": "（自 _MAX_ 行中选出）", "lengthMenu": "每页 _MENU_ 行",
        "paginate": {"first": "«", "previous": "‹", "next": "›", "last": "»"},
    },
    "en": {},
}  # fmt: skip
# itables paints its own white sheet under the ink of the page; here both are the page's, whether it is light or dark.
_STYLE = """<style>
.riskmodel-lookup div.dt-container{background:transparent;color:inherit}
.riskmodel-lookup caption{text-align:left;font-weight:600}
.riskmodel-lookup th{word-break:keep-all}
.riskmodel-lookup div.dt-container .dt-input{background:transparent;color:inherit;border-color:rgba(127,127,127,.7)}
.riskmodel-lookup div.dt-container .dt-input option{background:Canvas;color:CanvasText}
.riskmodel-lookup div.dt-container .dt-paging .dt-paging-button{color:inherit!important;background:none}
.riskmodel-lookup div.dt-container .dt-paging .dt-paging-button.current,
.riskmodel-lookup div.dt-container .dt-paging .dt-paging-button:not(.disabled):hover{
color:inherit!important;background:rgba(127,127,127,.25);border-color:rgba(127,127,127,.7)}
.riskmodel-lookup div.dt-container .dt-paging .dt-paging-button.disabled{opacity:.5}
</style>"""


@dataclass(frozen=True)
class Lookup:
    """A frame that shows itself as a searchable table.

    Attributes
    ----------
    frame : DataFrame
        Rows in the order shown.
    caption : str
        What the table shows.
    lang : {"zh", "en"}
        Language of headings, codes and controls.
    limit : int
        Rows of the plain table.
    """

    frame: pd.DataFrame = field(repr=False)
    caption: str = ""
    lang: Lang = "zh"
    limit: int = 20

    def plain(self) -> str:
        """The table without any script: the first rows, and how many there are beyond."""
        return table(self.frame, caption=self.caption, lang=self.lang, limit=self.limit)

    def _repr_html_(self) -> str:
        try:
            from itables import options, to_html_datatable
            from itables.javascript import generate_init_offline_itables_html
        except ImportError:
            return self.plain()
        shown = pd.DataFrame(
            {heading(str(c), self.lang): column_cells(self.frame, str(c), self.lang) for c in self.frame.columns}
        )
        # notebooks push every cell to the right: texts stand left
        texts = [i for i, c in enumerate(self.frame.columns) if not pd.api.types.is_numeric_dtype(self.frame[c])]
        made = to_html_datatable(
            shown, caption=self.caption or None, connected=False, allow_html=True, showIndex=False, maxBytes=0,
            language=_WORDS[self.lang], classes="display compact", autoWidth=False,
            style="table-layout:auto;width:auto;margin:0;caption-side:top;text-align:left",
            columnDefs=[{"className": "dt-left", "targets": texts}],
        )  # fmt: skip
        ready = generate_init_offline_itables_html(options.dt_bundle)
        return f'{ready}{_STYLE}<div class="riskmodel-lookup">{made}</div>'
