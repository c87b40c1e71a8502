"use strict";
// Brings filter and sort to each table. Text is only ever read and set as text.
for (const controls of document.querySelectorAll(".controls")) {
  const table = document.getElementById(controls.dataset.table);
  const [search, show, sort] = controls.querySelectorAll("input, select");
  const shown = controls.querySelector("[role=status]");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const sortable = new Map([...sort.options].map((option) => [Number(option.value), option.text]));
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
  let rows = [...body.rows];
  let order = { column: 0, falling: false };
  const texts = new Map();

  const text = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
  const wanted = (row) =>
    (show.value === "" || (show.value === "!" ? "bad" in row.dataset : row.cells[5].textContent === show.value)) &&
    search.value.toLowerCase().split(/\s+/).every((word) => text(row).includes(word));

  const filter = () => {
    let count = 0;
    for (const row of rows) {
      row.hidden = !wanted(row);
      count += !row.hidden;
    }
    shown.textContent = controls.dataset.showing.replace("{count}", count.toLocaleString(document.documentElement.lang));
  };
  const arrange = (column, falling) => {
    const keyed = rows.map((row, place) => ({ row, place, key: key(row, column) }));
    const sign = falling ? -1 : 1;
    // Blank cells stay at the end either way: nobody sorts to see nothing.
    keyed.sort((one, other) => (one.key === "") - (other.key === "") ||
      sign * collator.compare(one.key, other.key) || one.place - other.place);
    rows = keyed.map((entry) => entry.row);
    body.append(...rows);
    order = { column, falling };
    sort.value = String(column);
    heads.forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };

  heads.forEach((head, column) => {
    if (!sortable.has(column)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => arrange(column, order.column === column && !order.falling));
    head.replaceChildren(button);
  });
  heads[0].setAttribute("aria-sort", "ascending");
  search.addEventListener("input", filter);
  show.addEventListener("change", filter);
  sort.addEventListener("change", () => arrange(Number(sort.value), false));
  // A link to a row that the filter hides shows all rows again.
  addEventListener("hashchange", () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row && row.hidden && body.contains(row)) {
      search.value = show.value = "";
      filter();
      row.scrollIntoView();
    }
  });
  controls.hidden = false;
}
// What is folded away belongs on paper too.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-printed]")) {
    details.open = false;
    delete details.dataset.printed;
  }
});
