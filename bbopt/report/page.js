"use strict";
(async () => {
  const root = document.documentElement;
  const remember = (key, value) => { try { sessionStorage.setItem(key, value); } catch (error) { /* not allowed */ } };
  const recall = key => { try { return sessionStorage.getItem(key); } catch (error) { return null; } };

  // Light or dark: the system's choice until the button is pressed.
  const theme = document.getElementById("theme");
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const named = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  if (recall("theme")) root.dataset.theme = recall("theme");
  theme.hidden = false;
  theme.onclick = () => { root.dataset.theme = isDark() ? "light" : "dark"; remember("theme", root.dataset.theme); named(); };
  named();

  // Renewal while a search runs; not while somebody works with the page.
  const renew = document.getElementById("renew");
  if (renew) {
    const box = renew.querySelector("input");
    box.checked = recall("renew") !== "no";
    box.onchange = () => remember("renew", box.checked ? "yes" : "no");
    setInterval(() => { if (box.checked) location.reload(); }, 1000 * Number(renew.dataset.seconds));
    document.addEventListener("pointerdown", event => {
      if (event.target.closest("figure")) { box.checked = false; box.onchange(); }
    });
    renew.hidden = false;
  }

  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.onclick = async () => {
      const code = button.parentElement.querySelector("code");
      try { await navigator.clipboard.writeText(code.textContent); button.textContent = "Copied"; } catch (error) {
        getSelection().selectAllChildren(code); button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    };
  }

  if (typeof DecompressionStream === "undefined") return;
  const packed = Uint8Array.from(atob(document.getElementById("data").textContent), sign => sign.charCodeAt(0));
  const data = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  for (const part of document.querySelectorAll(".interactive")) part.hidden = false;

  const quoted = cell => cell === null ? "" : /[",\n\r]/.test(String(cell)) ? `"${String(cell).replace(/"/g, '""')}"` : String(cell);
  const save = (name, columns, rows) => {
    const text = [columns, ...rows].map(row => row.map(quoted).join(",")).join("\n") + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
    link.download = name + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  for (const button of document.querySelectorAll("button.csv")) {
    const figure = data.figures[button.dataset.figure];
    button.onclick = () => save(button.dataset.figure, figure.columns, figure.rows);
  }

  const isNumeric = cells => cells.every(cell => cell === null || typeof cell === "number") && cells.some(cell => cell !== null);
  const shown = cell => cell === null ? "" : typeof cell === "number" ? String(Number(cell.toPrecision(6))) : cell;
  const el = (name, attributes, text) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const holds = {"<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b, "=": (a, b) => a === b, "!=": (a, b) => a !== b};

  // Words of a search are conditions such as lr<0.1 where their beginning is a column's name, else texts.
  const matcher = (text, names, columns) => {
    const tests = text.trim().split(/\s+(?:and\s+)?/).filter(Boolean).map(word => {
      const found = /^(.+?)(<=|>=|!=|<|>|=)(.*)$/.exec(word);
      const column = found ? names.indexOf(found[1]) : -1;
      if (column < 0) { const low = word.toLowerCase(); return row => columns.some(cells => cells[row] !== null && String(cells[row]).toLowerCase().includes(low)); }
      return row => {
        const cell = columns[column][row];
        if (cell === null) return found[2] === "=" ? found[3] === "" : found[2] === "!=" && found[3] !== "";
        return typeof cell === "number" ? holds[found[2]](cell, Number(found[3])) : holds[found[2]](cell, found[3]);
      };
    });
    return row => tests.every(test => test(row));
  };

  const kept = {};
  const onKept = {};
  const STEP = 100;
  const table = (key, place) => {
    const {names, columns} = data.runs[key];
    const count = columns.length ? columns[0].length : 0;
    const numeric = columns.map(isNumeric);
    const [body, status, more, search] = ["tbody", ".status", ".more", "input[type=search]"].map(one => place.querySelector(one));
    const head = place.querySelector("thead tr");
    let order = Array.from({length: count}, (_, row) => row), sorted = -1, falling = false, rows = order, limit = STEP;
    const draw = () => {
      const part = document.createDocumentFragment();
      for (const row of rows.slice(0, limit)) {
        const line = el("tr");
        columns.forEach((cells, n) => line.append(el("td", numeric[n] ? {class: "n"} : names[n] === "reason" ? {class: "long"} : {}, shown(cells[row]))));
        part.append(line);
      }
      body.replaceChildren(part);
      status.textContent = `${rows.length.toLocaleString("en")} of ${count.toLocaleString("en")} runs` + (rows.length > limit ? `, the first ${limit} shown` : "");
      more.hidden = rows.length <= limit;
    };
    const choose = () => {
      const test = matcher(search.value, names, columns);
      const lines = kept[key];
      rows = order.filter(row => test(row) && (!lines || lines.has(columns[0][row])));
      draw();
    };
    names.forEach((name, n) => {
      const cell = el("th", {scope: "col", class: numeric[n] ? "n" : ""});
      const button = el("button", {type: "button"}, name);
      button.onclick = () => {
        falling = sorted === n && !falling;
        sorted = n;
        const sign = falling ? -1 : 1;
        order = order.slice().sort((a, b) => {
          const x = columns[n][a], y = columns[n][b];
          if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
          const natural = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", {numeric: true});
          return sign * natural || a - b;
        });
        for (const one of head.children) one.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", falling ? "descending" : "ascending");
        [...head.querySelectorAll("button")].forEach((one, k) => { one.textContent = names[k] + (k === n ? falling ? " ▾" : " ▴" : ""); });
        choose();
      };
      cell.append(button);
      head.append(cell);
    });
    search.oninput = () => { limit = STEP; choose(); };
    more.onclick = () => { limit += 5 * STEP; draw(); };
    place.querySelector(".save").onclick = () => save(key + "-runs", names, rows.map(row => columns.map(cells => cells[row])));
    onKept[key] = choose;
    draw();
  };
  for (const place of document.querySelectorAll(".runs")) table(place.dataset.key, place);

  // Parallel coordinates: each axis is a slider with two ends.
  const brushes = (key, svg) => {
    const lines = [...svg.querySelectorAll("path[data-v]")].map(path => ({path, runs: path.dataset.run.split(" "), at: path.dataset.v.split(",").map(Number)}));
    const said = svg.closest("figure").querySelector(".kept");
    const ranges = new Map();
    const apply = () => {
      let count = 0;
      const names = new Set();
      for (const line of lines) {
        const inside = [...ranges].every(([axis, [low, high]]) => line.at[axis] >= low && line.at[axis] <= high);
        line.path.classList.toggle("out", !inside);
        if (inside) { count += 1; line.runs.forEach(run => names.add(run)); }
      }
      kept[key] = ranges.size ? names : null;
      said.textContent = ranges.size ? `${count} of ${lines.length} lines kept; the table of all runs shows their runs` : "";
      if (onKept[key]) onKept[key]();
    };
    for (const rect of svg.querySelectorAll(".brush")) {
      const axis = Number(rect.dataset.axis);
      const top = Number(rect.getAttribute("y")), height = Number(rect.getAttribute("height"));
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const name of ["x", "width"]) mark.setAttribute(name, rect.getAttribute(name));
      mark.setAttribute("class", "range");
      rect.before(mark);
      for (const [name, value] of Object.entries({tabindex: 0, role: "slider", "aria-label": `upper end of ${rect.dataset.name}`, "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "vertical"})) rect.setAttribute(name, value);
      const set = (low, high) => {
        if (low <= 0 && high >= 1) ranges.delete(axis); else ranges.set(axis, [low <= 0 ? -1 : low, high >= 1 ? 2 : high]);
        const [a, b] = [Math.max(0, low), Math.min(1, high)];
        mark.setAttribute("y", top + height * (1 - b));
        mark.setAttribute("height", ranges.has(axis) ? Math.max(2, height * (b - a)) : 0);
        rect.setAttribute("aria-valuenow", Math.round(100 * b));
        rect.setAttribute("aria-valuetext", `${Math.round(100 * a)} to ${Math.round(100 * b)} percent of the axis`);
        apply();
      };
      let low = 0, high = 1, start = null;
      set(0, 1);
      const at = event => {
        const box = svg.getBoundingClientRect();
        const y = (event.clientY - box.top) * svg.viewBox.baseVal.height / box.height;
        return Math.min(1, Math.max(0, 1 - (y - top) / height));
      };
      rect.onpointerdown = event => { start = at(event); rect.setPointerCapture(event.pointerId); event.preventDefault(); rect.focus(); };
      rect.onpointermove = event => { if (start !== null) { const now = at(event); [low, high] = [Math.min(start, now), Math.max(start, now)]; set(low, high); } };
      rect.onpointerup = () => { if (start !== null && high - low < 0.01) { low = 0; high = 1; set(0, 1); } start = null; };
      rect.onkeydown = event => {
        const move = {ArrowUp: 0.05, ArrowRight: 0.05, ArrowDown: -0.05, ArrowLeft: -0.05}[event.key];
        if (event.key === "Escape") { low = 0; high = 1; } else if (move === undefined) return;
        else if (event.shiftKey) low = Math.min(high, Math.max(0, low + move)); else high = Math.max(low, Math.min(1, high + move));
        event.preventDefault();
        set(low, high);
      };
    }
    svg.setAttribute("role", "group");
  };
  for (const svg of document.querySelectorAll(".parallel svg")) brushes(svg.closest("figure").dataset.key, svg);

  // Any two columns, and any one: drawn here.
  const NS = "http://www.w3.org/2000/svg";
  const ticksOf = (low, high, log) => {
    if (log) {
      const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9), step = Math.ceil((last - first + 1) / 7) || 1;
      const found = [];
      for (let d = first; d <= last; d += step) found.push(10 ** d);
      return found.length > 1 ? found : [low, high];
    }
    let step = 10 ** Math.floor(Math.log10((high - low) / 6));
    step *= [1, 2, 5, 10].find(f => (high - low) / (step * f) <= 6) || 10;
    const found = [];
    for (let t = Math.ceil(low / step - 1e-9); t * step <= high + step * 1e-9; t += 1) found.push(t * step);
    return found;
  };
  const axisOf = (cells, wantsLog) => {
    const known = cells.filter(cell => cell !== null);
    if (!isNumeric(cells)) {
      const choices = [...new Set(known.map(String))].sort().slice(0, 30);
      return {at: cell => (choices.indexOf(String(cell)) + 0.5) / choices.length, ticks: choices.length > 12 ? [] : choices.map((text, n) => [(n + 0.5) / choices.length, text]), log: false, choices};
    }
    const sortedCells = known.slice().sort((a, b) => a - b);
    let low = sortedCells[0], high = sortedCells[sortedCells.length - 1];
    const log = low > 0 && low < high && (wantsLog === null ? high / low > 100 : wantsLog);
    if (low === high) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; }
    const of = log ? Math.log10 : value => value;
    const at = value => (of(value) - of(low)) / (of(high) - of(low));
    return {at, ticks: ticksOf(low, high, log).map(t => [at(t), String(Number(t.toPrecision(4)))]), log, low, high};
  };
  const BOX = {x: 66, y: 20, w: 660, h: 250};
  const draw = (svg, labelX, axisX, labelY, axisY, marks) => {
    const parts = [];
    const add = (name, attributes, text) => {
      const node = document.createElementNS(NS, name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      if (text !== undefined) node.textContent = text;
      parts.push(node);
    };
    const {x, y, w, h} = BOX;
    add("path", {class: "axis", d: `M${x} ${y}v${h}h${w}`});
    for (const [at, text] of axisX.ticks) { add("path", {class: "grid", d: `M${x + at * w} ${y}v${h}`}); add("text", {class: "m", x: x + at * w, y: y + h + 15}, text.length > 14 ? text.slice(0, 13) + "…" : text); }
    for (const [at, text] of axisY.ticks) { add("path", {class: "grid", d: `M${x} ${y + h - at * h}h${w}`}); add("text", {class: "e", x: x - 6, y: y + h - at * h + 4}, text.length > 9 ? text.slice(0, 8) + "…" : text); }
    add("text", {class: "m l", x: x + w / 2, y: y + h + 34}, labelX + (axisX.log ? ", log scale" : ""));
    add("text", {class: "m l", x: 14, y: y + h / 2, transform: `rotate(-90 14 ${y + h / 2})`}, labelY + (axisY.log ? ", log scale" : ""));
    marks(add);
    svg.replaceChildren(...parts);
    svg.setAttribute("viewBox", "0 0 760 330");
    svg.setAttribute("aria-label", labelY ? `${labelY} over ${labelX}` : labelX);
  };
  const select = (place, name, label, names, value, change) => {
    const box = el("select", {"aria-label": label});
    for (const one of names) box.append(el("option", {}, one));
    box.value = value;
    box.onchange = change;
    const tag = el("label", {}, name + " ");
    tag.append(box);
    place.append(tag);
    return box;
  };
  for (const figure of document.querySelectorAll("figure.scatter,figure.distribution")) {
    const {names, columns, failed, logs} = data.runs[figure.dataset.key];
    const useful = names.filter((name, n) => n && columns[n].some(cell => cell !== null) && new Set(columns[n]).size > 1);
    if (!useful.length) continue;
    const svg = figure.querySelector("svg"), bar = figure.querySelector(".choose");
    const of = name => columns[names.indexOf(name)], logOf = name => logs[names.indexOf(name)];
    if (figure.classList.contains("scatter")) {
      let across = null, up = null;
      const change = () => {
        const xs = of(across.value), ys = of(up.value), ax = axisOf(xs, logOf(across.value)), ay = axisOf(ys, logOf(up.value));
        draw(svg, across.value, ax, up.value, ay, add => {
          const paths = ["", ""];
          xs.forEach((cell, row) => {
            if (cell === null || ys[row] === null) return;
            const spread = ax.choices ? 0.55 / ax.choices.length * ((row * 0.618034) % 1 - 0.5) : 0;
            const px = (BOX.x + (ax.at(cell) + spread) * BOX.w).toFixed(1), py = (BOX.y + BOX.h - ay.at(ys[row]) * BOX.h).toFixed(1);
            if (failed[row]) paths[1] += `M${(px - 3).toFixed(1)} ${(py - 3).toFixed(1)}l6 6m0-6l-6 6`; else paths[0] += `M${px} ${py}h0`;
          });
          add("path", {class: "p s0", d: paths[0]});
          add("path", {class: "x bad", d: paths[1]});
        });
      };
      const start = figure.dataset.across.split("\n");
      across = select(bar, "across", "horizontal axis", useful, useful.includes(start[0]) ? start[0] : useful[0], change);
      up = select(bar, "up", "vertical axis", useful, useful.includes(start[1]) ? start[1] : useful[useful.length - 1], change);
    } else {
      let one = null;
      const change = () => {
        const cells = of(one.value).filter(cell => cell !== null), ax = axisOf(cells, logOf(one.value));
        const bins = ax.choices ? ax.choices.length : Math.max(5, Math.min(30, Math.ceil(Math.sqrt(cells.length))));
        const counts = new Array(bins).fill(0);
        for (const cell of cells) counts[Math.max(0, Math.min(bins - 1, Math.floor(ax.at(cell) * bins)))] += 1;
        const most = Math.max(1, ...counts);
        const up = {ticks: ticksOf(0, most, false).filter(Number.isInteger).map(t => [t / most, String(t)])};
        draw(svg, one.value, ax, "runs", up, add => counts.forEach((count, n) => {
          const height = BOX.h * count / most;
          add("rect", {class: "b", x: BOX.x + BOX.w * n / bins + 0.5, y: BOX.y + BOX.h - height, width: Math.max(1, BOX.w / bins - 1), height});
        }));
      };
      one = select(bar, "column", "column", useful, useful.includes(figure.dataset.across) ? figure.dataset.across : useful[0], change);
    }
  }
})();
