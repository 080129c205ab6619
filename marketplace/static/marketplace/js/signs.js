/**
 * Records how the texts of an answer come to be: keys, pastes, the page being left, and the edits,
 * as the page tells its reader. Nothing is sent but with the hand-in and, as counts alone, with the
 * signs of life; nothing is kept elsewhere but in this tab, so that a reload does not lose it.
 */
const PREFIX = "mk-signs:";
const MOST_EDITS = 3000;
const MOST_CHARACTERS = 60_000;
const TOGETHER = 20; // tenths of a second: keys closer than this are one edit
const PASTES = new Set(["insertFromPaste", "insertFromDrop", "insertFromYank", "insertFromPasteAsQuotation"]);
const SILENT = new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "Tab", "Escape"]);
const FIELDS = "textarea[name^='answer-'], input[type='text'][name^='answer-']";

const plain = (text) => text.replace(/\s+/g, " ").trim();

class Record {
  constructor(form) {
    this.form = form;
    this.key = `${PREFIX}${form.dataset.mkAnswer}:${form.dataset.returns}`;
    this.fields = [...form.querySelectorAll(FIELDS)].filter((field) => !field.closest("mk-spans, mk-ranking"));
    this.values = new Map(this.fields.map((field) => [field, field.value]));
    this.own = []; // texts cut from the answer: to paste them again is to move them
    this.kept = this.load() ?? this.fresh();
    this.size = JSON.stringify(this.kept.edits).length;
    this.listen();
  }

  fresh() {
    const base = Object.fromEntries(this.fields.map((field) => [this.name(field), field.value]));
    const counts = { keystrokes: 0, typed: 0, pasted: 0, quoted: 0, pastes: 0, away_times: 0, away_seconds: 0 };
    return { began: Date.now(), counts, base, edits: [], cut: false };
  }

  load() {
    try {
      for (const key of Object.keys(sessionStorage)) {
        if (key.startsWith(PREFIX) && key !== this.key) sessionStorage.removeItem(key);
      }
      return JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch {
      /* No room: this page still knows. */
    }
  }

  name(field) {
    return field.name.slice("answer-".length);
  }

  listen() {
    this.form.addEventListener("keydown", (event) => {
      const shortcut = event.ctrlKey || event.metaKey;
      if (this.values.has(event.target) && !shortcut && !SILENT.has(event.key)) this.kept.counts.keystrokes += 1;
    });
    this.form.addEventListener("beforeinput", (event) => {
      const { selectionStart: from, selectionEnd: to, value } = event.target;
      if (event.inputType === "deleteByCut" || event.inputType === "deleteByDrag") this.own.push(plain(value.slice(from, to)));
    });
    this.form.addEventListener("input", (event) => this.values.has(event.target) && this.edited(event.target, event.inputType));
    // What is written into the fields without an event (a draft put back after a reload) is a base.
    this.form.addEventListener("change", () => this.catchUp());
    window.addEventListener("blur", () => this.leave());
    window.addEventListener("focus", () => this.come());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.come()));
    window.addEventListener("pagehide", () => this.save());
    this.form.addEventListener("submit", () => {
      this.come();
      this.form.elements.signs.value = JSON.stringify(this.kept);
      this.save();
    });
    window.setInterval(() => this.save(), 5000);
  }

  leave() {
    if (this.left) return;
    this.left = Date.now();
    this.kept.counts.away_times += 1;
  }

  come() {
    if (!this.left) return;
    this.kept.counts.away_seconds += Math.round((Date.now() - this.left) / 1000);
    this.left = 0;
  }

  catchUp() {
    for (const [field, before] of this.values) if (field.value !== before) this.add(field, "d");
  }

  edited(field, type) {
    if (PASTES.has(type)) {
      this.kept.counts.pastes += 1;
      this.add(field, this.isQuoted(field) ? "q" : "p");
    } else this.add(field, type && !type.startsWith("history") ? "t" : "o");
  }

  /** Whether what was just pasted stands in the task, the guideline or the answer itself. */
  isQuoted(field) {
    const text = plain(this.change(field)[2]);
    if (!text) return true;
    const places = [...document.querySelectorAll(".task-fields, .guideline")].map((box) => plain(box.textContent));
    return [...places, ...[...this.values.values()].map(plain), ...this.own].some((place) => place.includes(text));
  }

  /** What changed since the last look: place, how many characters went, which came. */
  change(field) {
    const before = this.values.get(field);
    const after = field.value;
    const least = Math.min(before.length, after.length);
    let from = 0;
    while (from < least && before[from] === after[from]) from += 1;
    let end = 0;
    while (end < least - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
    return [from, before.length - end - from, after.slice(from, after.length - end)];
  }

  /** `kind`: t typed, p pasted, q quoted, o by other means, d a kept draft, put there by the page. */
  add(field, kind) {
    const [place, gone, came] = this.change(field);
    this.values.set(field, field.value);
    const counted = { t: "typed", p: "pasted", q: "quoted" }[kind];
    if (counted) this.kept.counts[counted] += came.length;
    if (this.kept.cut || (!gone && !came)) return;
    this.size += came.length + 12;
    if (this.kept.edits.length >= MOST_EDITS || this.size > MOST_CHARACTERS) {
      this.kept.cut = true;
      return;
    }
    const at = Math.round((Date.now() - this.kept.began) / 100);
    if (!this.joined(at, this.name(field), place, gone, came, kind)) {
      this.kept.edits.push([at, this.name(field), place, gone, came, kind]);
    }
  }

  /** Keys in a row are one edit: letters that go on where the last ended, or deletions backwards. */
  joined(at, name, place, gone, came, kind) {
    const last = this.kept.edits.at(-1);
    if (!last || kind !== "t" || last[5] !== "t" || last[1] !== name || at - (last[6] ?? last[0]) > TOGETHER) return false;
    if (!gone && place === last[2] + last[4].length && last[4]) last[4] += came;
    else if (!came && !last[4] && place + gone === last[2]) [last[2], last[3]] = [place, last[3] + gone];
    else return false;
    last[6] = at;
    return true;
  }

  /** The counts so far, for a sign of life. */
  counts() {
    return JSON.stringify({ counts: this.kept.counts });
  }
}

/** Record a form that has the hidden field for it; null for one that has not. */
export function record(form) {
  return form.elements.signs ? new Record(form) : null;
}
