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

  // Runs and their records, looked up once and only when they are needed.
  let known;
  function look() {
    if (known) return known;
    const runs = all("details.run").map((run) => ({
      node: run,
      records: all("li.r", run).map(record),
      lists: all("ol.log", run),
      hits: run.querySelector(".hits"),
      head: null,
      unfolded: false,
    }));
    const loose = all("ol.log").filter((list) => !list.closest("details.run"));
    known = { runs, loose, records: loose.flatMap((list) => all("li.r", list).map(record)) };
    known.total = known.records.length + runs.reduce((sum, run) => sum + run.records.length, 0);
    return known;
  }
  function record(node) {
    const names = node.classList;
    let rank = 3;
    for (let other = 1; other <= 6; other++) if (names.contains("l" + other)) rank = other;
    return { node, rank, key: names.contains("k") || names.contains("m"), text: null, shown: true };
  }
  const textOf = (item) => (item.text ??= item.node.textContent.toLowerCase());
  function headOf(run) {
    run.head ??= [run.node.querySelector("summary"), run.node.querySelector(".about"), null]
      .map((part) => (part ? part.textContent : run.node.dataset.id)).join("\n").toLowerCase();
    return run.head;
  }

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
    const active = want.text || want.level || want.fn || want.key;
    if (!active && !filtered) return;
    filtered = true;
    const page = look();
    let looked = 0;
    let shown = 0;
    let runsShown = 0;
    const matching = [];
    const breathe = async (count) => {
      looked += count;
      if (looked < SLICE) return true;
      looked = 0;
      await new Promise((resume) => setTimeout(resume));
      return mine === pass;
    };
    const fits = (item, text) =>
      item.rank >= want.level && (!want.key || item.key) && (!text || textOf(item).includes(text));
    const show = (item, visible) => {
      if (item.shown !== visible) item.node.hidden = !(item.shown = visible);
      return visible ? 1 : 0;
    };
    for (const run of page.runs) {
      const ours = !want.fn || run.node.dataset.function === want.fn;
      const text = want.text && headOf(run).includes(want.text) ? "" : want.text;
      let inside = 0;
      for (let from = 0; from < run.records.length; from += SLICE) {
        const slice = run.records.slice(from, from + SLICE);
        for (const item of slice) inside += show(item, ours && fits(item, text));
        if (!(await breathe(slice.length))) return;
      }
      const visible = ours && (inside > 0 || (!text && !want.level));
      run.node.hidden = !visible;
      hideEmpty(run.lists);
      run.hits.textContent = active && visible && inside < run.records.length
        ? `${number(inside)} of ${counted(run.records.length, "record")}` : "";
      shown += inside;
      runsShown += visible ? 1 : 0;
      if (visible && (want.text || want.level)) matching.push(run);
      if (!(await breathe(1))) return;
    }
    for (let from = 0; from < page.records.length; from += SLICE) {
      const slice = page.records.slice(from, from + SLICE);
      for (const item of slice) {
        const place = want.fn && item.node.querySelector(":scope > i");
        const ours = !want.fn || (place && place.textContent === want.fn);
        shown += show(item, Boolean(ours) && fits(item, want.text));
      }
      if (!(await breathe(slice.length))) return;
    }
    hideEmpty(page.loose);
    for (const run of page.runs) {
      if (matching.length <= FEW && matching.includes(run)) {
        if (!run.node.open) run.node.open = run.unfolded = true;
      } else if (run.unfolded) {
        run.node.open = run.unfolded = false;
      }
    }
    tell(active, shown, runsShown, page);
    filtered = Boolean(active);
  }

  function hideEmpty(lists) {
    for (const list of lists) {
      let count = 0;
      for (const item of list.children) if (!item.hidden) count++;
      list.hidden = count === 0;
      // What is not drawn yet takes as much room as it will, so that the page does not jump.
      if (list.classList.contains("whole")) list.style.containIntrinsicSize = `auto ${22 * count}px`;
    }
  }

  function tell(active, shown, runsShown, page) {
    if (!status) return;
    const left = controls.dataset.omitted;
    const parts = [];
    if (active) {
      parts.push(`Showing ${number(shown)} of ${counted(page.total, "record")}`);
      if (page.runs.length) parts.push(`${number(runsShown)} of ${counted(page.runs.length, "invocation")}`);
      if (left) parts.push(`${left} not in this file were not looked at`);
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
    if (status) status.textContent = done ? `Copied ${text}` : "";
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  // Wiring

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
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
