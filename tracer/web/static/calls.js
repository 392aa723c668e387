// The form of a call: candidates while the name is typed, drafts that outlive a lost connection; findings that come later.

const WAIT_TO_LOOK = 450, WAIT_TO_KEEP = 250;
const LOOKED_AT = ["heard_name", "line", "line_text", "heard_item", "heard_price", "heard_order_no", "heard_waybill_no"];

async function load(place) {
  try {
    const answer = await fetch(place.dataset.load, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
  } catch { /* the link in the place leads there as well */ }
}

function begin() {
  const form = document.querySelector("form[data-call-form]");
  if (!form) return;
  const draft = new Draft(form);
  for (const button of form.querySelectorAll("button.look")) button.remove();
  const look = looker(form);
  const keep = later(WAIT_TO_KEEP, () => draft.keep("typed"));
  form.addEventListener("input", (event) => {
    imply(form, event.target);
    if (event.target.name === "received_at") form.elements.utc_offset.value = offsetAt(event.target.value);
    keep();
    if (LOOKED_AT.includes(event.target.name)) look();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "read") return; // the page comes back with the text read
    event.preventDefault();
    send(form, draft);
  });
  draft.restore();
  if (form.elements.heard_name.value && form.dataset.fresh === "yes") look();
  (document.querySelector("#problems") ?? document.querySelector("#reading"))?.focus();
}

function later(milliseconds, action) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(action, milliseconds); };
}

// A value heard says that the caller knew it, unless somebody tapped something else.
function imply(form, field) {
  const row = field.dataset.implies;
  if (field.name.startsWith("knew_")) { delete field.closest("fieldset").dataset.implied; return; }
  if (!row) return;
  const buttons = [...form.querySelectorAll(`input[name="knew_${row}"]`)];
  const box = buttons[0].closest("fieldset");
  const chosen = buttons.find((one) => one.checked)?.value ?? "";
  if (chosen && box.dataset.implied !== "yes") return;
  const titled = row === "name" && /(先生|女士|小姐|太太|老师|师傅|\*)/.test(field.value) || /^(mr|mrs|ms|miss|dr)\b/i.test(field.value) && !/\s\S+\s/.test(field.value);
  const wanted = !field.value.trim() ? "" : titled ? "name:masked" : row;
  const button = buttons.find((one) => one.value === wanted);
  if (button) { button.checked = true; box.dataset.implied = wanted ? "yes" : ""; }
}

function offsetAt(local) {
  const minutes = -new Date(local).getTimezoneOffset();
  if (Number.isNaN(minutes)) return "";
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

function looker(form) {
  const place = document.querySelector("#candidates");
  if (!place) return () => {};
  let under = new AbortController();
  return later(WAIT_TO_LOOK, async () => {
    under.abort();
    const mine = under = new AbortController();
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form))
      if (typeof value === "string" && (LOOKED_AT.includes(name) || name === "csrf" || name === "canary_id")) body.append(name, value);
    if (!LOOKED_AT.some((name) => name.startsWith("heard_") && (body.get(name) ?? "").trim())) { place.replaceChildren(); return; }
    try {
      const answer = await fetch(place.dataset.from, { method: "POST", body, signal: mine.signal });
      const text = await answer.text();
      if (answer.ok && !answer.redirected && !mine.signal.aborted) place.innerHTML = text;
    } catch { /* a newer look, or no connection: the call can be saved all the same */ }
  });
}

// tracer.js throws drafts away that are older than a day, or somebody else's, before this one is looked for.
class Draft {
  constructor(form) {
    this.form = form;
    this.key = `tracer-draft:${document.body.dataset.user}`;
    this.notice = document.querySelector("#draft");
    this.over = false; // saved, thrown away, or logged out in another window: what is typed is kept no more
    new BroadcastChannel("tracer-left").onmessage = () => { this.over = true; };
  }

  keep(state) {
    if (this.over) return;
    const fields = [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && name !== "csrf");
    try { localStorage.setItem(this.key, JSON.stringify({ fields, state, at: Date.now() })); } catch { /* no room, or forbidden */ }
  }

  clear() {
    this.over = true;
    try { localStorage.removeItem(this.key); } catch { /* forbidden: nothing was kept */ }
  }

  say(what) {
    this.notice.textContent = this.notice.dataset[what];
    this.notice.hidden = false;
  }

  restore() {
    if (this.form.dataset.fresh !== "yes") { this.keep("typed"); return; }
    let found;
    try { found = JSON.parse(localStorage.getItem(this.key)); } catch { /* forbidden */ }
    if (!found) return;
    for (const [name, value] of found.fields) this.fill(name, value);
    this.form.querySelector("details")?.setAttribute("open", "");
    this.say(found.state === "failed" ? "unsent" : "restored");
    const discard = document.createElement("button");
    discard.type = "button";
    discard.textContent = this.notice.dataset.discard;
    discard.addEventListener("click", () => { this.clear(); location.assign("/calls/new"); });
    this.notice.append(" ", discard);
  }

  fill(name, value) {
    const found = this.form.elements[name];
    if (!found) {
      if (name !== "canary_id" || !value) return;
      const chosen = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      document.querySelector("#candidates")?.append(chosen);
    } else if (found instanceof RadioNodeList || found.type !== "radio") {
      found.value = value;
    } else {
      found.checked = found.value === value;
    }
  }
}

async function send(form, draft) {
  const files = form.elements.attachments;
  const size = [...files.files].reduce((sum, file) => sum + file.size, 0);
  if (size > form.dataset.megabytes * 1024 * 1024) { draft.say("large"); draft.notice.scrollIntoView({ block: "center" }); return; }
  const button = form.querySelector("button.main");
  if (button.disabled) return;
  button.disabled = true;
  draft.over = false;
  draft.keep("failed"); // until it is known to be saved
  draft.say("sending");
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new FormData(form), headers: { Accept: "application/json, text/html" } });
    if (answer.status === 201) {
      const { location: where } = await answer.json();
      draft.clear();
      location.assign(where);
      return;
    }
    if (answer.redirected || answer.status === 401 || answer.status === 403) draft.say("loggedout");
    else if (answer.status === 422 || answer.status === 413) { show(await answer.text(), files); return; }
    else failed(form, draft, "refused");
  } catch {
    failed(form, draft, "failed");
  }
  button.disabled = false;
  draft.notice.scrollIntoView({ block: "center" });
}

// Not sent: the call came now, not when the connection comes back.
function failed(form, draft, why) {
  const when = form.elements.received_at;
  if (!when.value) {
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000);
    when.value = now.toISOString().slice(0, 16);
    form.elements.utc_offset.value = offsetAt(when.value);
  }
  draft.keep("failed");
  draft.say(why);
  if (why === "failed") addEventListener("online", () => draft.say("online"), { once: true });
}

// The page with what is wrong, in place of this one; the files that were chosen stay chosen.
function show(text, files) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const main = next.querySelector("main");
  const chooser = main?.querySelector("input[name=attachments]");
  if (!chooser) { document.querySelector("main").replaceWith(main); return; }
  chooser.replaceWith(files);
  document.querySelector("main").replaceWith(main);
  begin();
}

for (const place of document.querySelectorAll("[data-load]")) load(place);
begin();
