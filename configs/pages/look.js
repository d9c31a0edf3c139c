"use strict";
// Everything that a text can say is put on the page with textContent: it is shown, never read as HTML.
const one = (id) => document.getElementById(id);
const make = (name, kind, text) => {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
};
const isolated = (text, name = "bdi") => { const made = make(name, "", text); made.dir = "auto"; return made; };
let data = { docs: [], labels: [], kinds: [], systems: [], events: {}, words: {}, stances: {} };
let fitting = [], drawn = 0, folded = [], chosen = -1, pair = null, asked = null;
let seen = []; // the systems that are drawn: at most two, whose letters are a and b
const AT_ONCE = 200; // rows of the list; more are drawn when they are scrolled to
const kinds = new Set();
const CLASS = { split: "split-up", "label+boundary": "both-wrong" };

// --- languages
const arabic = () => document.documentElement.lang === "ar";
const word = (english) => (arabic() && data.words[english]) || english;
const own = (made) => { made.dir = data.direction; if (data.language) made.lang = data.language; return made; };
const letterOf = (system) => (seen.length > 1 ? "ab"[seen.indexOf(system)] : "");
const kindName = (kind) => word((data.kindNames && data.kindNames[kind]) || kind);
function speak(language) {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  const button = one("language");
  [button.textContent, button.lang] = language === "ar" ? ["English", "en"] : ["العربية", "ar"];
  for (const each of document.querySelectorAll("[data-ar]")) each.textContent = each.dataset[language];
  for (const each of document.querySelectorAll("#kinds button")) each.textContent = kindName(data.kinds[each.dataset.kind]);
  if (data.docs.length) { filter(); show(chosen); }
  if (one("cells") && data.docs.length) drawEvent();
}

// --- an article: gold is underlined, what was predicted is tinted
function cuts(spans, length) {
  const at = new Set([0, length]);
  for (const [start, end] of spans) if (start >= 0) { at.add(start); at.add(end); }
  return [...at].sort((a, b) => a - b);
}
const covers = (span, from, to) => span[0] <= from && span[1] >= to && span[0] >= 0;
const letter = /[\p{L}\p{M}\p{N}\u0640\u200c\u200d]/u;
// The end of the word in which a span ends: a raised label inside a word would part letters that join.
function wordEnd(text, at) { while (at > 0 && at < text.length && letter.test(text[at]) && letter.test(text[at - 1])) at++; return at; }

// How deep each gold span lies in others, so that up to three underlines can be told apart.
function depths(spans) {
  const lanes = [];
  return spans.map(([start, end]) => {
    let lane = 0;
    while (lanes[lane] && lanes[lane].some(([s, e]) => s < end && start < e)) lane++;
    (lanes[lane] = lanes[lane] || []).push([start, end]);
    return Math.min(lane, 2);
  });
}
// Of one system the kind of error; of two how many are right.
function kindOf(found) {
  if (!seen.length) return "plain";
  if (seen.length === 1) return found[0] || "missed";
  const right = found.filter((kind) => kind === "correct").length;
  return ["missed", "boundary", "correct"][right];
}
function marksOf(doc) {
  const gold = doc.g.map(([start, end, label]) => ({ start, end, label, found: [], shown: [data.labels[label]] }));
  const predicted = [];
  for (const n of seen) {
    for (const [kind, at, start, end, label] of doc.p[n]) {
      const name = data.kinds[kind];
      if (at >= 0) { gold[at].found.push(name); if (label >= 0 && label !== gold[at].label) gold[at].shown.push((letterOf(n) && " " + letterOf(n)) + "›" + data.labels[label]); }
      if (start >= 0) predicted.push({ start, end, label, kind: name, system: n, alone: at < 0 });
    }
  }
  for (const mark of gold) { mark.kind = kindOf(mark.found); mark.shown = [...new Set(mark.shown)].join(""); }
  const depth = depths(gold.map((m) => [m.start, m.end]));
  gold.forEach((mark, n) => { mark.depth = depth[n]; });
  return { gold, predicted };
}
function drawText(doc, found) {
  const text = doc.cp || (doc.cp = Array.from(doc.x));
  const { gold, predicted } = marksOf(doc);
  const labels = new Map();
  const raise = (end, shown) => { const at = wordEnd(text, end); labels.set(at, [...(labels.get(at) || []), shown]); };
  for (const mark of gold) raise(mark.end, mark.shown);
  for (const mark of predicted) if (mark.alone && mark.start >= 0) raise(mark.end, letterOf(mark.system) + "›" + data.labels[mark.label]);
  const claims = doc.c.filter((claim) => claim[0] >= 0 && isSeen(claim));
  const all = [...gold, ...predicted].map((m) => [m.start, m.end]).concat(claims);
  if (found) all.push(found);
  const at = new Set(cuts(all, text.length));
  for (const place of labels.keys()) at.add(place);
  text.forEach((char, n) => { if (char === "\n") { at.add(n); at.add(n + 1); } });
  const places = [...at].sort((a, b) => a - b);
  const box = own(make("div", "text"));
  let paragraph = make("p"); box.append(paragraph);
  for (let n = 0; n + 1 < places.length; n++) {
    const [from, to] = [places[n], places[n + 1]];
    const piece = text.slice(from, to).join("");
    if (piece === "\n") { paragraph = make("p"); box.append(paragraph); } else {
      let node = document.createTextNode(piece);
      const wrap = (kind) => { const mark = make("i", kind); mark.append(node); node = mark; };
      const tints = predicted.filter((m) => covers([m.start, m.end], from, to)).sort((a, b) => a.end - a.start - (b.end - b.start));
      const letters = [...new Set(tints.map((m) => letterOf(m.system)))].sort();
      if (tints.length) wrap("tint " + (seen.length > 1 ? "of-" + letters.join("") : CLASS[tints[0].kind] || tints[0].kind));
      for (const mark of gold) if (covers([mark.start, mark.end], from, to)) wrap("under n" + mark.depth + " " + (CLASS[mark.kind] || mark.kind));
      if (claims.some((claim) => covers(claim, from, to))) { wrap("said"); paragraph.classList.add("claims"); }
      if (found && covers(found, from, to)) wrap("here");
      paragraph.append(node);
    }
    if (labels.has(to)) { const raised = make("sup", "", [...new Set(labels.get(to))].join(" ")); raised.dir = "ltr"; paragraph.append(raised); }
  }
  return box;
}
const isSeen = (claim) => !claim[6] || seen.includes(claim[6] - 1);
function drawClaims(doc) {
  const list = make("ul", "said-list");
  const words = (start, end) => (start < 0 ? "–" : doc.cp ? doc.cp.slice(start, end).join("") : start + "–" + end);
  for (const [start, end, stance, sources, about, kind, side] of doc.c.filter(isSeen)) {
    const line = make("li");
    const names = sources.map(([s, e]) => words(s, e)).join("، ");
    line.append(make("b", "", doc.w ? word("claim") + " (" + doc.w[side] + ")" : word(side ? "predicted claim" : "claim") + (side && letterOf(side - 1) ? " " + letterOf(side - 1) : "")), " ", make("small", "", [data.claimStances[stance] ? stanceName(data.claimStances[stance]) : "", kind >= 0 ? kindName(data.kinds[kind]) : ""].filter(Boolean).join(" · ")), " ", isolated(words(start, end)));
    if (names) line.append(" ← ", isolated(names));
    if (about) line.append(" ", make("small", "", "(" + about + ")"));
    list.append(line);
  }
  return list;
}
function drawArticle(n, found) {
  const doc = data.docs[n], box = document.createDocumentFragment();
  const head = own(make("h3")); head.append(isolated(doc.t || doc.i));
  box.append(head);
  const about = make("p", "dim");
  [doc.i, doc.o, doc.d, doc.e].filter(Boolean).forEach((each, k) => about.append(k ? " · " : "", isolated(each)));
  if (doc.w) about.append(" · ", isolated(doc.w[0]), " › ", isolated(doc.w[1]));
  box.append(about);
  if (doc.x) box.append(drawText(doc, found));
  else if (!doc.hasText) box.append(make("p", "note", word("The text of the article is not on this page.")));
  if (doc.c.length) box.append(drawClaims(doc));
  return box;
}
function show(n, found) {
  if (n < 0 || !data.docs[n]) return;
  chosen = n;
  markChosen();
  one("article").replaceChildren(drawArticle(n, found));
  one("issue").hidden = true;
  const here = one("article").querySelector(".here");
  if (here) here.scrollIntoView({ block: "center" });
}

// --- the list and its filters
const wrong = (rows) => rows.filter((row) => data.kinds[row[0]] !== "correct").length;
const right = (doc, n) => new Set(doc.p[n].filter((row) => data.kinds[row[0]] === "correct").map((row) => row[1]));
// Strict F1 of one article.
const f1Of = (doc, n) => 2 * right(doc, n).size / (doc.g.length + doc.p[n].filter((row) => row[4] >= 0).length);
const LETTERS = { أ: "ا", إ: "ا", آ: "ا", ٱ: "ا", ى: "ي", ة: "ه", ؤ: "ء", ئ: "ء" };
function fold(text) {
  return text.normalize("NFC").replace(/[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[أإآٱىةؤئ]/g, (c) => LETTERS[c]).replace(/[٠-٩۰-۹]/g, (c) => String(c.charCodeAt(0) & 15)).toLowerCase();
}
const searched = (n) => folded[n] || (folded[n] = fold([data.docs[n].x, data.docs[n].t, data.docs[n].i].filter(Boolean).join("\n")));
function fits(doc, n, words, outlet, event, label) {
  if (asked && !asked.test(doc)) return false;
  if ((outlet && doc.o !== outlet) || (event && doc.e !== event)) return false;
  if (kinds.size || pair || label >= 0) {
    const hit = seen.length
      ? seen.some((system) => doc.p[system].some(([kind, at, , , predicted]) => {
        const gold = at >= 0 ? doc.g[at][2] : -1;
        return (!kinds.size || kinds.has(kind)) && (label < 0 || gold === label || predicted === label) && (!pair || (gold === pair[0] && predicted === pair[1]));
      }))
      : !kinds.size && doc.g.some((span) => span[2] === label);
    if (!hit) return false;
  }
  return !words || searched(n).includes(words);
}
function filter() {
  const [words, outlet, event] = [fold(one("search").value.trim()), one("outlet").value, one("of-event").value];
  const label = one("label").value === "" ? -1 : Number(one("label").value);
  fitting = [];
  data.docs.forEach((doc, n) => { if (fits(doc, n, words, outlet, event, label)) fitting.push(n); });
  one("list").replaceChildren();
  drawn = 0;
  drawRows();
  one("shown").textContent = fitting.length + " / " + data.docs.length + (pair ? " · " + pair.map((n) => data.labels[n] || word("none")).join(" › ") : "") + (asked ? " · " + asked.words : "");
}
function drawRows() {
  const more = document.createDocumentFragment();
  for (const n of fitting.slice(drawn, drawn + AT_ONCE)) {
    const doc = data.docs[n], row = make("li"), button = make("button"), about = make("small");
    button.type = "button"; button.dataset.n = n;
    about.append(isolated(doc.o || doc.i));
    if (doc.w) doc.w.forEach((name) => about.append(" · ", isolated(name)));
    if (seen.length) { const mistakes = make("bdi", "", "✗ " + seen.map((n) => letterOf(n) + " " + wrong(doc.p[n])).join(" · ")); mistakes.dir = "ltr"; about.append(" · ", mistakes); }
    own(button).append(isolated(doc.t || doc.i), about); row.append(button); more.append(row);
  }
  drawn += AT_ONCE;
  one("list").append(more);
  markChosen();
}
const rowOf = (n) => one("list").querySelector(`[data-n="${n}"]`);
function markChosen() {
  for (const each of one("list").querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
  const row = rowOf(chosen);
  if (row) row.setAttribute("aria-current", "true");
}
function firstShown() { if (fitting.length) show(fitting[0]); }
function press(kind) {
  kinds.has(kind) ? kinds.delete(kind) : kinds.add(kind);
  for (const each of document.querySelectorAll("#kinds button")) each.setAttribute("aria-pressed", kinds.has(Number(each.dataset.kind)));
  filter();
}
function clear() {
  kinds.clear(); pair = asked = null;
  for (const id of ["search", "outlet", "of-event", "label"]) one(id).value = "";
  for (const each of document.querySelectorAll("#kinds button")) each.setAttribute("aria-pressed", "false");
  filter();
}
function fillList() {
  const offer = (id, values) => { for (const [value, text] of values) { const each = make("option", "", text); each.value = value; one(id).append(each); } };
  const distinct = (key) => [...new Set(data.docs.map((doc) => doc[key]).filter(Boolean))].sort().map((each) => [each, each]);
  offer("outlet", distinct("o")); offer("of-event", distinct("e")); offer("label", data.labels.map((label, n) => [n, label]));
  data.kinds.forEach((kind, n) => {
    if (!data.used.includes(n) || kind === "correct") return;
    const button = make("button", "", kindName(kind));
    button.type = "button"; button.dataset.kind = n; button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => press(n));
    one("kinds").append(button, " ");
  });
  one("kinds").hidden = !data.used.length;
  one("list").addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) show(Number(button.dataset.n)); });
  one("list").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const n = fitting[fitting.indexOf(chosen) + step];
    if (n === undefined) return;
    if (!rowOf(n)) drawRows();
    show(n); rowOf(n).focus();
  });
  one("list").addEventListener("scroll", () => {
    const list = one("list");
    if (drawn < fitting.length && list.scrollTop + 2 * list.clientHeight > list.scrollHeight) drawRows();
  });
  for (const id of ["search", "outlet", "of-event", "label"]) one(id).addEventListener("input", filter);
  one("clear").addEventListener("click", clear);
  if (data.systems.length > 2) {
    offer("system", data.systems.map((name, n) => [n, name]).slice(1));
    one("system").closest("label").hidden = false;
    one("system").addEventListener("input", () => { compareWith(Number(one("system").value)); filter(); show(chosen); if (one("cells")) drawEvent(); });
  }
  one("copy").addEventListener("click", copyIssue);
}
function toArticles() { firstShown(); one("articles").scrollIntoView(); }
function copyIssue() {
  const doc = data.docs[chosen];
  const lines = [doc.i];
  const words = (start, end) => (doc.cp && start >= 0 ? " “" + doc.cp.slice(start, end).join("") + "”" : "");
  for (const n of seen) for (const [kind, at, start, end, label] of doc.p[n]) {
    if (data.kinds[kind] === "correct") continue;
    const gold = at >= 0 ? doc.g[at] : null;
    const told = [[gold && gold[0], gold && gold[1], gold && gold[2]], [start, end, label]].map(([s, e, l]) => (s === null || l < 0 ? "–" : data.labels[l] + " " + s + "–" + e + words(s, e)));
    lines.push((letterOf(n) + " " + data.kinds[kind]).trim() + ": " + told.join(" › "));
  }
  const box = one("issue");
  box.hidden = false; box.value = lines.join("\n"); box.select();
  if (navigator.clipboard) navigator.clipboard.writeText(box.value).catch(() => {});
}

// --- claims × outlets
// A stance has a tint, a sign and a word. Those that are not known have numbers in circles, in the scheme's order.
const KNOWN = { agree: [1, "✓ "], disagree: [2, "✗ "], discuss: [3, "◐ "], unrelated: [0, ""] };
const signOf = (stance) => {
  if (KNOWN[stance]) return KNOWN[stance];
  const n = Object.keys(data.stances).filter((each) => !KNOWN[each]).indexOf(stance);
  return n < 0 ? [0, ""] : [4 + n % 2, String.fromCharCode(0x2460 + n % 20) + " "];
};
const stanceName = (stance) => { const names = data.stances[stance]; return (names && names[arabic() ? 1 : 0]) || stance; };
function outletsOf(event) {
  const docs = data.docs.map((doc, n) => [doc, n]).filter(([doc]) => doc.e === event).sort((a, b) => (a[0].d || "9").localeCompare(b[0].d || "9"));
  const columns = new Map();
  for (const each of docs) { const name = each[0].o || each[0].i; columns.set(name, [...(columns.get(name) || []), each]); }
  return columns;
}
const contested = (event, claim) => {
  const given = new Set(data.byEvent.get(event).map((doc) => doc.s[claim] && doc.s[claim][0]).filter(Boolean));
  // In a scheme without these two, any two stances differ.
  return data.stances.agree && data.stances.disagree ? given.has("agree") && given.has("disagree") : given.size > 1;
};
function drawMatrix(event) {
  const table = own(make("table", "outlets")), head = make("tr"), body = make("tbody"), top = make("thead"), columns = outletsOf(event);
  const caption = make("caption"); caption.append(isolated(event)); table.append(caption);
  const corner = make("th", "", word("claim")); corner.scope = "col"; head.append(corner);
  for (const name of columns.keys()) { const cell = make("th"); cell.scope = "col"; cell.append(isolated(name)); head.append(cell); }
  top.append(head); table.append(top, body);
  for (const [claim, text] of data.events[event]) {
    const row = make("tr"), name = make("th");
    name.scope = "row"; name.append((contested(event, claim) ? "⚑ " : ""), isolated(text)); row.append(name);
    for (const docs of columns.values()) {
      const cell = make("td");
      for (const [doc, n] of docs) {
        if (!doc.s[claim]) continue;
        const [gold, ...systems] = doc.s[claim];
        const others = seen.filter((k) => systems[k] && systems[k] !== gold).map((k) => " → " + letterOf(k) + (letterOf(k) && " ") + stanceName(systems[k]));
        const [tint, sign] = signOf(gold);
        const button = make("button", "stance s" + tint + (others.length ? " differs" : ""), sign + (gold ? stanceName(gold) : "–") + others.join(""));
        button.type = "button";
        button.addEventListener("click", () => { const linked = doc.c.find((each) => each[4] === claim && !each[6]); clear(); show(n, linked); one("articles").scrollIntoView(); });
        cell.append(button);
      }
      row.append(cell);
    }
    body.append(row);
  }
  const box = make("div", "scroll"); box.tabIndex = 0; box.setAttribute("role", "group"); box.setAttribute("aria-label", event);
  box.append(table);
  return box;
}
function drawEvent() { const event = one("event").value; one("cells").replaceChildren(...(event ? [drawMatrix(event)] : [])); }
function fillMatrix() {
  data.byEvent = new Map(Object.keys(data.events).map((event) => [event, []]));
  for (const doc of data.docs) if (data.byEvent.has(doc.e)) data.byEvent.get(doc.e).push(doc);
  const offered = () => {
    const only = one("contested").checked;
    const names = Object.keys(data.events).filter((event) => !only || data.events[event].some(([claim]) => contested(event, claim)));
    one("event").replaceChildren(...names.map((name) => { const each = make("option", "", name); each.value = name; return each; }));
    drawEvent();
  };
  one("event").addEventListener("input", drawEvent);
  one("contested").addEventListener("input", offered);
  offered();
}

// --- deep links, tables that sort, printing
function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const n = asked.has("doc") ? data.docs.findIndex((doc) => doc.i === asked.get("doc")) : -1;
  if (n < 0) return false;
  const [start, end] = (asked.get("span") || "").split("-").map(Number);
  show(n, end ? [start, end] : undefined);
  if (!end) one("articles").scrollIntoView();
  return true;
}
for (const button of document.querySelectorAll("[data-sort]")) button.addEventListener("click", () => {
  const table = button.closest("table"), n = [...button.closest("tr").children].indexOf(button.closest("th"));
  const value = (row) => { const cell = row.children[n].querySelector("data"); return cell ? Number(cell.value) : -1; };
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => value(b) - value(a)));
});
for (const button of document.querySelectorAll("[data-kind-name]")) button.addEventListener("click", () => { clear(); press(data.kinds.indexOf(button.dataset.kindName)); toArticles(); });
for (const button of document.querySelectorAll(".pair")) button.addEventListener("click", () => {
  clear(); pair = [data.labels.indexOf(button.dataset.gold), data.labels.indexOf(button.dataset.predicted)]; filter(); toArticles();
});
// --- two systems
function compareWith(system) {
  seen = data.systems.map((_, n) => n).filter((n) => data.systems.length < 3 || n === 0 || n === system);
  if (one("system")) one("system").value = system;
}
for (const button of document.querySelectorAll("[data-asked]")) button.addEventListener("click", () => {
  const { system, asked: kind, words } = button.dataset;
  const n = Number(system);
  const tests = {
    better: (doc) => f1Of(doc, n) > f1Of(doc, 0), worse: (doc) => f1Of(doc, n) < f1Of(doc, 0), equal: (doc) => f1Of(doc, n) === f1Of(doc, 0),
    both: (a, b) => a && b, first: (a, b) => a && !b, second: (a, b) => !a && b, neither: (a, b) => !a && !b,
  };
  const onSpans = (doc) => { const [a, b] = [right(doc, 0), right(doc, n)]; return doc.g.some((_, at) => tests[kind](a.has(at), b.has(at))); };
  clear(); compareWith(n);
  asked = { words, test: tests[kind].length === 1 ? tests[kind] : onSpans };
  filter(); toArticles();
});

addEventListener("beforeprint", () => {
  if (!one("printed")) return;
  const all = document.createDocumentFragment();
  if (one("cells")) all.append(...Object.keys(data.events).map(drawMatrix));
  for (const n of fitting) all.append(drawArticle(n));
  one("printed").replaceChildren(all);
  for (const each of document.querySelectorAll("details:not([open])")) { each.open = true; each.dataset.closed = ""; }
});
addEventListener("afterprint", () => {
  if (one("printed")) one("printed").replaceChildren();
  for (const each of document.querySelectorAll("details[data-closed]")) { each.open = false; delete each.dataset.closed; }
});
addEventListener("hashchange", follow);

async function start() {
  if (one("language")) {
    one("language").hidden = false;
    one("language").addEventListener("click", () => speak(arabic() ? "en" : "ar"));
    speak(navigator.language.startsWith("ar") ? "ar" : document.documentElement.lang);
  }
  if (one("data")) {
    const bytes = Uint8Array.from(atob(one("data").textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    data = JSON.parse(await new Response(stream).text());
    compareWith(1);
    fillList();
    if (one("cells")) fillMatrix();
    filter();
    if (!follow() && data.docs.length) show(0);
  }
  if (one("only")) {
    const articles = document.querySelectorAll("main > article");
    const doubtful = [...articles].filter((article) => article.querySelector(".suspicion, .bad")).length;
    one("only").parentElement.append(make("span", "", `${doubtful} / ${articles.length}`));
  }
  document.documentElement.dataset.ready = Math.round(performance.now());
  // Search keys are made while nobody waits, so that the first search is as fast as the next.
  let n = 0;
  const idle = (left) => { while (n < data.docs.length && left.timeRemaining() > 2) searched(n++); if (n < data.docs.length) requestIdleCallback(idle); };
  if (window.requestIdleCallback) requestIdleCallback(idle);
}
start();
