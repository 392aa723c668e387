// What makes the pages better where JavaScript runs; everything works without it.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

for (const select of document.querySelectorAll("form[data-submit-on-change] select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// The menu of a phone is wider than its screen: where one is, is to be seen.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// What is folded is printed, also where the style sheet cannot unfold it.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open], .noprint)")) {
    folded.open = true;
    addEventListener("afterprint", () => { folded.open = false; }, { once: true });
  }
});

// A call that is not saved yet lies in plain text in this browser: for a day at most, for its author only, and not
// beyond logging out. A session that ended by itself leaves it, to go on after logging in again.
const A_DAY = 24 * 3600 * 1000;

function forget(stays) {
  try {
    for (const key of Object.keys(localStorage))
      if (key.startsWith("tracer-draft:") && !stays(key)) localStorage.removeItem(key);
  } catch { /* forbidden: nothing was kept */ }
}

function young(key) {
  try {
    const age = Date.now() - JSON.parse(localStorage.getItem(key)).at;
    return age >= 0 && age <= A_DAY;
  } catch { return false; /* damaged */ }
}

function leave() {
  forget(() => false);
  new BroadcastChannel("tracer-left").postMessage("");
}

const { user } = document.body.dataset;
if (!user && new URLSearchParams(location.search).get("done") === "logged-out") leave();
else forget((key) => young(key) && (!user || key === `tracer-draft:${user}`));
document.querySelector('form[action="/logout"]')?.addEventListener("submit", leave);
