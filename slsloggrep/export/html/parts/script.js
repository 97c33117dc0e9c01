// What a report can do beyond being read: fold, filter, jump, copy, and remember where one was.
// The page is whole without it. It asks nobody, stores nothing, and makes no markup of texts.
//
// The fragment holds the state: #ANCHOR&q=TEXT&level=4&function=NAME&show=key, all of it optional.
// #id=REQUEST-ID leads to the invocation with that ID.
"use strict";
(() => {
  const SLICE = 4000; // records looked at before the browser may draw: about 10 ms
  const PAUSE = 150; // ms without a key pressed before filtering begins
  const FEW = 5; // as many invocations with matches are unfolded

  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const number = (count) => count.toLocaleString("en").replaceAll(",", "\u202f");
  const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

  const controls = at("controls");
  const [find, level, fn, key, status] = ["find", "level", "function", "key", "status"].map(at);
  root.classList.add("scripted");

  // Runs, lists and their records, looked up once and only when they are needed.
  let known;
  function look() {
    if (known) return known;
    const runs = all("details.run").map((node) => ({
      node,
      lists: all("ol.log", node).map(list),
      hits: node.querySelector(".hits"),
      title: null,
      about: null,
      unfolded: false, // by the filter, which folds it again
    }));
    const loose = all("ol.log").filter((node) => !node.closest("details.run")).map(list);
    for (const run of runs) run.total = sum(run.lists, "total");
    known = { runs, loose, total: sum(runs, "total") + sum(loose, "total") };
    return known;
  }
  const list = (node) => {
    const records = Array.from(node.children, record);
    return { node, records, total: records.length, count: 0 };
  };
  const sum = (parts, name) => parts.reduce((whole, part) => whole + part[name], 0);
  function record(node) {
    const names = node.classList;
    let rank = 3;
    for (let other = 1; other <= 6; other++) if (names.contains("l" + other)) rank = other;
    const place = node.children[1].localName === "i" ? node.children[1].textContent : "";
    const important = names.contains("k") || names.contains("m");
    return { node, rank, place, key: important, text: null, fits: true, shown: true };
  }
  const textOf = (item) =>
    (item.text ??= `${item.node.textContent}\n${item.node.dataset.id ?? ""}`.toLowerCase());
  function partOf(run, name) {
    run[name] ??= `${run.node.querySelector("." + name).textContent}\n${run.node.dataset.id}`.toLowerCase();
    return run[name];
  }
  const titleOf = (run) => partOf(run, "title");
  const aboutOf = (run) => partOf(run, "about");

  // Filtering

  const wanted = () => ({
    text: find ? find.value.trim().toLowerCase() : "",
    level: level ? Number(level.value) : 0,
    fn: fn ? fn.value : "",
    key: key ? key.checked : false,
  });
  let pass = 0;
  let filtered = false;

  async function filter() {
    const mine = ++pass;
    const want = wanted();
    const active = Boolean(want.text || want.level || want.fn || want.key);
    if (!active && !filtered) return;
    filtered = true;
    const page = look();
    // First what fits, with pauses for the reader's next key; then all that is seen changes at once.
    let looked = 0;
    const goesOn = async (count) => {
      looked += count;
      if (looked < SLICE) return true;
      looked = 0;
      await new Promise((resume) => setTimeout(resume));
      return mine === pass;
    };
    for (const run of page.runs) {
      const ours = !want.fn || run.node.dataset.function === want.fn;
      // Its name or its request ID stands for the whole invocation. What else is known of it does
      // so where no record has the text: an error, say, is mostly told in both.
      let text = titleOf(run).includes(want.text) ? "" : want.text;
      run.count = 0;
      for (const list of ours ? run.lists : []) {
        run.count += judge(list, want, text);
        if (!(await goesOn(list.records.length))) return;
      }
      if (ours && !run.count && text && aboutOf(run).includes(text)) {
        text = "";
        for (const list of run.lists) run.count += judge(list, want, text);
      }
      run.fits = ours && (run.count > 0 || (!text && !want.level));
      if (!(await goesOn(1))) return;
    }
    for (const list of page.loose) {
      judge(list, want, want.text);
      if (!(await goesOn(list.records.length))) return;
    }
    const fitting = page.runs.filter((run) => run.fits);
    for (const run of page.runs) show(run, (want.text || want.level) && fitting.length <= FEW);
    page.loose.forEach(showList);
    tell(active, sum(fitting, "count") + sum(page.loose, "count"), fitting.length);
    filtered = active;
  }

  function judge(list, want, text) {
    list.count = 0;
    for (const item of list.records) {
      item.fits = item.rank >= want.level && (!want.key || item.key) &&
        (!want.fn || !item.place || item.place === want.fn) &&
        (!text || textOf(item).includes(text));
      if (item.fits) list.count++;
    }
    return list.count;
  }

  function show(run, unfold) {
    if (run.node.hidden === run.fits) run.node.hidden = !run.fits;
    // What is hidden as a whole stays as it is inside: far less has to be drawn anew.
    if (run.fits) run.lists.forEach(showList);
    run.hits.textContent = run.fits && run.count < run.total
      ? `${number(run.count)} of ${counted(run.total, "record")}` : "";
    if (unfold && run.fits) {
      if (!run.node.open) run.node.open = run.unfolded = true;
    } else if (run.unfolded) {
      run.node.open = run.unfolded = false;
    }
  }

  function showList(list) {
    list.node.hidden = list.count === 0;
    if (!list.count) return;
    for (const item of list.records) {
      if (item.shown !== item.fits) item.node.hidden = !(item.shown = item.fits);
    }
    // What is not drawn yet takes as much room as it will, so that the page does not jump.
    if (list.node.classList.contains("whole")) {
      list.node.style.containIntrinsicSize = `auto ${22 * list.count}px`;
    }
  }

  function tell(active, shown, runsShown) {
    if (!status) return;
    const left = controls.dataset.omitted;
    const parts = [];
    if (active) {
      parts.push(`Showing ${number(shown)} of ${counted(known.total, "record")}`);
      if (known.runs.length) {
        parts.push(`${number(runsShown)} of ${counted(known.runs.length, "invocation")}`);
      }
      if (left) parts.push(`${left} that are not in this file were not looked at`);
    }
    status.textContent = parts.join("; ");
  }

  // The fragment

  let anchor = "";
  let clicked = false;

  function remember() {
    const want = wanted();
    const parts = [anchor];
    if (want.text) parts.push("q=" + encodeURIComponent(find.value.trim()));
    if (want.level) parts.push("level=" + want.level);
    if (want.fn) parts.push("function=" + encodeURIComponent(want.fn));
    if (want.key) parts.push("show=key");
    const text = parts.filter((part, index) => part || index).join("&");
    if ("#" + text === location.hash || (!text && !location.hash)) return;
    try {
      history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
    } catch {
      // Some browsers refuse this for files, or where it is done often: the page works without.
    }
  }

  const decode = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };

  async function follow() {
    const [first, ...rest] = location.hash.slice(1).split("&");
    const given = new Map();
    for (const part of first.includes("=") ? [first, ...rest] : rest) {
      const cut = part.indexOf("=");
      given.set(part.slice(0, cut), decode(part.slice(cut + 1)));
    }
    anchor = first.includes("=") ? "" : decode(first);
    const id = given.get("id");
    const run = id && all("details.run").find((node) => node.dataset.id === id);
    if (run) anchor = run.id;
    if (!clicked) {
      if (find) find.value = given.get("q") ?? (id && !run ? id : "");
      if (level) level.value = given.get("level") ?? "0";
      if (level && level.selectedIndex < 0) level.value = "0";
      if (fn) fn.value = given.get("function") ?? "";
      if (fn && fn.selectedIndex < 0) fn.value = "";
      if (key) key.checked = given.get("show") === "key";
      await filter();
    }
    const target = anchor && at(anchor);
    if (target && clicked && target.closest("[hidden]")) {
      clear();
      await filter();
    }
    clicked = false;
    reveal(target);
    remember();
  }

  function clear() {
    if (find) find.value = "";
    if (level) level.value = "0";
    if (fn) fn.value = "";
    if (key) key.checked = false;
  }

  function reveal(target) {
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.localName === "details") node.open = true;
    }
    target.scrollIntoView();
  }

  // Where the reader is: the innermost part under the controls.
  let still = 0;
  function noticePlace() {
    clearTimeout(still);
    still = setTimeout(() => {
      if (scrollY < 200) {
        anchor = "";
      } else {
        const main = at("content").getBoundingClientRect();
        const node = document.elementFromPoint(main.left + 24, Math.min(innerHeight / 3, 180));
        const part = node && node.closest("section[id], details.run[id]");
        if (part) anchor = part.id;
      }
      remember();
    }, 250);
  }

  // Copying

  async function copy(button) {
    const text = button.dataset.copy;
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      field.readOnly = true;
      field.className = "skip";
      button.after(field);
      field.select();
      done = document.execCommand("copy");
      field.remove();
      button.focus();
    }
    const label = (button.dataset.label ??= button.textContent);
    button.textContent = done ? "Copied" : "Not copied: " + text;
    const told = status && !status.textContent.startsWith("Copied ") ? status.textContent : "";
    if (status && done) status.textContent = `Copied ${text}`;
    setTimeout(() => {
      button.textContent = label;
      if (status && status.textContent === `Copied ${text}`) status.textContent = told;
    }, 2000);
  }

  // Wiring

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    clicked = true;
    if (link.hash === location.hash) {
      // No event comes where nothing changes.
      event.preventDefault();
      follow();
    }
  });
  addEventListener("hashchange", follow);
  addEventListener("scroll", noticePlace, { passive: true });
  document.addEventListener("toggle", (event) => {
    const run = event.target;
    if (!run.classList.contains("run") || !run.contains(document.activeElement)) return;
    anchor = run.open ? run.id : anchor;
    remember();
  }, true);

  if (controls) {
    let typing = 0;
    controls.hidden = false;
    controls.addEventListener("submit", (event) => event.preventDefault());
    controls.addEventListener("input", (event) => {
      clearTimeout(typing);
      typing = setTimeout(async () => {
        await filter();
        if (event.target === fn && fn.value) {
          reveal(all("details.run").find((run) => !run.hidden));
        }
        remember();
      }, event.target === find ? PAUSE : 0);
    });
    const fold = (open) => {
      for (const run of all("details.run")) if (!run.hidden) run.open = open;
      for (const run of known ? known.runs : []) run.unfolded = false;
    };
    at("unfold")?.addEventListener("click", () => fold(true));
    at("fold")?.addEventListener("click", () => fold(false));
  }
  follow();
})();
