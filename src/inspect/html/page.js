"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  // Only text ever reaches the page: names come from the executable.
  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name === "text") element.textContent = value;
      else if (name === "className") element.className = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const human = (bytes) => {
    if (bytes < 1000) return `${bytes} B`;
    let value = bytes / 1000, unit = 0;
    while (value >= 999.95 && unit < 3) { value /= 1000; unit += 1; }
    return `${value.toFixed(1)} ${["kB", "MB", "GB", "TB"][unit]}`;
  };
  const KINDS = ["module", "native", "data", "script", "link", "bootloader", "format"];
  const ownerName = (owner) => owner["distribution-version"] ? `${owner.distribution} ${owner["distribution-version"]}` : owner.distribution;

  // --- the head ---
  $("name").textContent = data.name;
  const { bundle } = data;
  $("summary").textContent = [
    bundle ? `bundle: launcher ${human(bundle.launcher)}, ${bundle.frames} frames (${human(bundle.stored)} of ${human(bundle.decoded)}), unpacked once to ${human(bundle.decoded)} on disk` : data.form,
    `${human(data.size)} (${data.size} bytes)`, data.target || "unknown target", `Python ${data.python} (${data["python-library"]})`,
    `${data.entries.length} entries, ${data.modules.length} modules, ${data.distributions.length} distributions`, `sha256 ${data.sha256}`,
  ].join(" · ");
  for (const [family, floor] of Object.entries(data.needs["symbol-versions"]))
    $("needs").append(make("li", { text: `${family} ${floor.version}`, title: `wanted by ${floor["wanted-by"]}` }));
  if (data.needs["minimum-macos"]) $("needs").append(make("li", { text: `macOS ${data.needs["minimum-macos"]}` }));
  for (const [library, files] of Object.entries(data.needs["system-libraries"]))
    $("needs").append(make("li", { text: library, title: `from the system, for ${files} files` }));
  for (const note of data.notes) $("notes").append(make("li", { text: note }));
  for (const kind of KINDS)
    $("legend").append(make("li", { text: kind, style: `--colour: var(--${kind})` }));

  // --- the tree: executable → distribution → folders → part ---
  const folder = (name, parent) => ({ name, parent, children: new Map(), stored: 0, unpacked: 0, kinds: {} });
  const root = folder(data.name, null);
  const tops = data.distributions.map((distribution) => {
    const top = folder(ownerName(distribution), root);
    let key = top.name;
    while (root.children.has(key)) key += " ";
    root.children.set(key, top);
    return top;
  });
  for (const part of data.parts) {
    const names = part.path.split("/");
    let node = tops[part.distribution];
    const add = (each) => {
      each.stored += part.stored;
      each.unpacked += part.unpacked;
      each.kinds[part.kind] = (each.kinds[part.kind] || 0) + part.stored;
    };
    add(root);
    add(node);
    names.forEach((name, index) => {
      // A file and a folder may have one name: the slash tells them apart.
      const leaf = index === names.length - 1;
      let key = leaf ? name : `${name}/`;
      while (leaf && node.children.has(key)) key += " ";
      if (!node.children.has(key)) {
        const child = folder(name, node);
        child.leaf = leaf;
        node.children.set(key, child);
      }
      node = node.children.get(key);
      add(node);
    });
  }
  const chief = (node) => KINDS.reduce((best, kind) => (node.kinds[kind] || 0) > (node.kinds[best] || 0) ? kind : best, "format");
  const fullName = (node) => {
    const names = [];
    for (let each = node; each.parent && each.parent !== root; each = each.parent) names.unshift(each.name);
    return names.join("/");
  };
  const distributionOf = (node) => {
    while (node.parent && node.parent !== root) node = node.parent;
    return node.name;
  };

  // --- squarified treemap (Bruls, Huizing, van Wijk 2000) ---
  const squarify = (nodes, box, measure) => {
    const total = nodes.reduce((sum, node) => sum + node[measure], 0);
    if (!total) return [];
    const scale = (box.width * box.height) / total;
    const areas = nodes.map((node) => node[measure] * scale);
    let { left, top, width, height } = box;
    const placed = [];
    for (let begin = 0; begin < nodes.length;) {
      const side = Math.min(width, height);
      let end = begin, sum = 0, worst = Infinity;
      while (end < nodes.length) {
        const next = sum + areas[end];
        const thick = next / side;
        const ratio = Math.max(areas[begin] / thick / thick, thick / (areas[end] / thick));
        if (end > begin && ratio > worst) break;
        worst = ratio;
        sum = next;
        end += 1;
      }
      const thick = sum / side;
      let at = 0;
      for (let index = begin; index < end; index += 1) {
        const long = thick ? areas[index] / thick : 0;
        placed.push(width >= height
          ? { node: nodes[index], left, top: top + at, width: thick, height: long }
          : { node: nodes[index], left: left + at, top, width: long, height: thick });
        at += long;
      }
      if (width >= height) { left += thick; width -= thick; } else { top += thick; height -= thick; }
      begin = end;
    }
    return placed;
  };

  // --- the map ---
  const map = $("map");
  let here = root, measure = "stored";
  const byKey = new WeakMap();
  const sorted = (node) => [...node.children.values()].filter((child) => child[measure] > 0)
    .sort((a, b) => b[measure] - a[measure] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  // A folder that holds only one folder is passed through.
  const inside = (node) => {
    while (node.children.size === 1) {
      const only = node.children.values().next().value;
      if (!only.children.size) break;
      node = only;
    }
    return node;
  };
  const say = (node) => {
    const share = root[measure] ? (100 * node[measure]) / root[measure] : 0;
    const name = [node === root ? "" : distributionOf(node), fullName(node)].filter(Boolean).join(": ") || node.name;
    return `${name} — ${human(node.stored)} in the file, ${human(node.unpacked)} unpacked, ${share.toFixed(2)} % of all`;
  };
  const drawPath = () => {
    const trail = [];
    for (let node = here; node; node = node.parent) trail.unshift(node);
    $("path").replaceChildren(...trail.map((node) => {
      const step = make("button", { type: "button", text: node.name });
      if (node === here) step.setAttribute("aria-current", "location");
      step.addEventListener("click", () => show(node));
      return step;
    }));
  };
  const draw = () => {
    const box = { left: 0, top: 0, width: map.clientWidth, height: map.clientHeight };
    const style = (at, kind) => `left:${at.left}px;top:${at.top}px;width:${at.width}px;height:${at.height}px;--colour:var(--${kind})`;
    const cells = squarify(sorted(here), box, measure).map((at) => {
      const { node } = at;
      const cell = make("button", { type: "button", className: "cell", style: style(at, chief(node)), "aria-label": say(node), "data-name": node.name, "data-size": node[measure] });
      if (!node.children.size) cell.setAttribute("data-leaf", "");
      if (at.width * at.height > 150) {
        for (const inner of squarify(sorted(inside(node)), { left: 0, top: 0, width: at.width, height: at.height }, measure)) {
          if (inner.width > 1 && inner.height > 1) cell.append(make("span", { className: "inner", style: style(inner, chief(inner.node)) }));
        }
      }
      if (at.width > 40 && at.height > 16) cell.append(make("span", { className: "name", text: `${node.name} ${human(node[measure])}` }));
      byKey.set(cell, node);
      return cell;
    });
    map.replaceChildren(...cells);
    drawPath();
    $("hover").textContent = say(here);
  };
  const show = (node, focused = false) => {
    const from = here;
    here = node;
    draw();
    if (focused) {
      const back = [...map.children].find((cell) => { const each = byKey.get(cell); return each === from || each === from.parent; });
      (back || map.firstElementChild)?.focus();
    }
  };
  const cellOf = (event) => event.target.closest?.(".cell");
  map.addEventListener("click", (event) => {
    const node = byKey.get(cellOf(event));
    if (node?.children.size) show(inside(node), event.detail === 0);
  });
  const outer = () => {
    // The way out passes through the same folders as the way in.
    let node = here.parent;
    while (node?.parent && node.children.size === 1) node = node.parent;
    return node;
  };
  map.addEventListener("keydown", (event) => {
    const cells = [...map.children];
    const at = cells.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && at >= 0) {
      cells[(at + step + cells.length) % cells.length].focus();
      event.preventDefault();
    } else if ((event.key === "Escape" || event.key === "Backspace") && here.parent) {
      show(outer(), true);
      event.preventDefault();
    }
  });
  for (const kind of ["mouseover", "focusin"])
    map.addEventListener(kind, (event) => {
      const cell = cellOf(event);
      if (!cell) return;
      $("hover").textContent = say(byKey.get(cell));
      cell.title = say(byKey.get(cell));
    });
  map.addEventListener("mouseleave", () => { $("hover").textContent = say(here); });
  for (const button of document.querySelectorAll(".measure"))
    button.addEventListener("click", () => {
      measure = button.dataset.measure;
      for (const each of document.querySelectorAll(".measure")) each.setAttribute("aria-pressed", String(each === button));
      draw();
    });
  let resizing = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(resizing);
    resizing = requestAnimationFrame(draw);
  });

  // --- the tables ---
  const text = (title, of) => ({ title, of, number: false, shown: (value) => value });
  const size = (title, of) => ({ title, of, number: true, shown: (value) => value === null ? "?" : human(value) });
  const count = (title, of) => ({ title, of, number: true, shown: String });
  const owned = text("distribution", ownerName);
  const sizes = [size("in the file", (row) => row.stored), size("unpacked", (row) => row.unpacked)];
  const EXTRACTED = ["native", "data", "zip", "link"];
  const TABLES = [
    { name: "distributions", rows: data.distributions, columns: [owned, ...sizes, count("modules", (row) => row.modules), count("files", (row) => row.files)] },
    { name: "modules", rows: data.modules, columns: [text("module", (row) => row.name), ...sizes, text("kind", (row) => row.kind), text("place", (row) => row.place), owned] },
    { name: "files", rows: data.entries.filter((row) => EXTRACTED.includes(row.kind)), columns: [text("file", (row) => row.name), ...sizes, text("kind", (row) => row.kind), owned] },
    { name: "entries", rows: data.entries, columns: [text("entry", (row) => row.name), ...sizes, text("kind", (row) => row.kind), text("storing", (row) => row.compressed ? "deflated" : "stored"), count("offset", (row) => row.offset), owned] },
    { name: "natives", rows: data.needs.natives, columns: [text("native file", (row) => row.name), text("machine", (row) => row.machine), text("glibc", (row) => row.glibc || ""), text("wants", (row) => row.needed.join(" "))] },
  ];
  const PAGE = 500;
  const collator = new Intl.Collator("en", { numeric: true });
  let table = TABLES[0], order = { column: 1, up: false }, limit = PAGE;
  const matching = () => {
    const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const texts = table.columns.filter((column) => !column.number);
    return table.rows.filter((row) => {
      const line = texts.map((column) => column.of(row)).join("\n").toLowerCase();
      return words.every((word) => line.includes(word));
    });
  };
  const compare = (a, b) => {
    const column = table.columns[order.column];
    const [x, y] = [column.of(a), column.of(b)];
    const difference = column.number ? (x ?? -1) - (y ?? -1) : collator.compare(x, y);
    return order.up ? difference : -difference;
  };
  const drawHead = () => {
    const cells = table.columns.map((column, index) => {
      const button = make("button", { type: "button", text: column.title });
      button.addEventListener("click", () => {
        order = { column: index, up: order.column === index ? !order.up : !column.number };
        drawTable();
        document.querySelectorAll("#panel th button")[index].focus();
      });
      const head = make("th", { scope: "col", className: column.number ? "number" : "" }, button);
      if (index === order.column) head.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      return head;
    });
    document.querySelector("#panel thead").replaceChildren(make("tr", {}, ...cells));
  };
  const drawTable = () => {
    drawHead();
    const rows = matching().sort(compare);
    const lines = rows.slice(0, limit).map((row) => make("tr", {}, ...table.columns.map((column) => {
      const value = column.of(row);
      const cell = make("td", { text: column.shown(value), className: column.number ? "number" : "" });
      if (column.number && value !== null) cell.setAttribute("data-value", value);
      return cell;
    })));
    document.querySelector("#panel tbody").replaceChildren(...lines);
    const stored = rows.reduce((sum, row) => sum + (row.stored || 0), 0);
    $("count").textContent = `${rows.length} of ${table.rows.length} rows${stored ? `, ${human(stored)} in the file` : ""}`;
    $("more").hidden = rows.length <= limit;
    $("more").textContent = `show all ${rows.length} rows`;
  };
  const select = (chosen) => {
    table = chosen;
    limit = PAGE;
    const stored = table.columns.findIndex((column) => column.title === "in the file");
    order = stored < 0 ? { column: 0, up: true } : { column: stored, up: false };
    for (const tab of $("tabs").children) {
      const selected = tab.dataset.table === table.name;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    drawTable();
  };
  for (const each of TABLES) {
    const tab = make("button", { type: "button", role: "tab", "data-table": each.name, "aria-controls": "panel", text: `${each.name} (${each.rows.length})` });
    tab.addEventListener("click", () => select(each));
    $("tabs").append(tab);
  }
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = (TABLES.indexOf(table) + step + TABLES.length) % TABLES.length;
    select(TABLES[at]);
    $("tabs").children[at].focus();
  });
  $("filter").addEventListener("input", () => { limit = PAGE; drawTable(); });
  $("more").addEventListener("click", () => { limit = Infinity; drawTable(); });

  draw();
  select(TABLES[0]);
})();
