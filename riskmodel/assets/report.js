(() => {
  "use strict";
  const root = document.documentElement, say = document.body.dataset;
  const make = (tag, props, ...parts) => { const made = Object.assign(document.createElement(tag), props); made.append(...parts); return made; };
  const text = cell => cell ? cell.textContent.trim() : "";
  const number = cell => { const value = parseFloat(text(cell).replace(/[,%+\s]/g, "").replace("\u2212", "-")); return Number.isNaN(value) ? -Infinity : value; };

  // light and dark
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const theme = make("button", { type: "button", className: "theme" });
  const named = () => { theme.textContent = dark() ? say.light : say.dark; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; named(); });
  system.addEventListener("change", named);
  named();
  document.querySelector("h1").before(theme);

  // sort by a column; a second click turns the order
  const sort = (table, head, place) => {
    const falling = head.getAttribute("aria-sort") === "descending" ? "ascending" : head.getAttribute("aria-sort") === "ascending" ? "descending" : head.classList.contains("num") ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling);
    const sign = falling === "ascending" ? 1 : -1, numeric = head.classList.contains("num");
    const order = (a, b) => sign * (numeric ? number(a.cells[place]) - number(b.cells[place]) : text(a.cells[place]).localeCompare(text(b.cells[place]), root.lang, { numeric: true }));
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
  };
  for (const table of document.querySelectorAll("table[data-sort]")) {
    if (table.tBodies[0].rows.length < 7) continue; // a look sees the order
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => sort(table, head, place));
      head.append(button);
    });
  }

  // search, and choose by the values of a column
  for (const table of document.querySelectorAll("table[data-search]")) {
    const rows = [...table.tBodies[0].rows], heads = [...table.tHead.rows[0].cells];
    const words = rows.map(row => row.textContent.toLowerCase());
    const tools = make("div", { className: "tools" }), found = make("output", {});
    const field = make("input", { type: "search" }), choices = [];
    const show = () => {
      const wanted = field.value.trim().toLowerCase().split(/\s+/);
      let n = 0;
      rows.forEach((row, i) => {
        const fits = wanted.every(word => words[i].includes(word)) && choices.every(([place, box]) => !box.value || text(row.cells[place]) === box.value);
        row.hidden = !fits;
        n += fits;
      });
      found.textContent = say.shown.replace("{n}", n).replace("{all}", rows.length);
    };
    tools.append(make("label", {}, say.search, field));
    heads.forEach((head, place) => {
      if (!head.hasAttribute("data-filter")) return;
      const values = [...new Set(rows.map(row => text(row.cells[place])))].sort((a, b) => a.localeCompare(b, root.lang));
      const box = make("select", {}, make("option", { value: "" }, say.all), ...values.map(value => make("option", { value }, value)));
      box.addEventListener("change", show);
      choices.push([place, box]);
      tools.append(make("label", {}, text(head), box));
    });
    field.addEventListener("input", show);
    tools.append(found);
    const around = table.closest(".scroll") || table;
    around.before(tools);
    show();
  }
})();
