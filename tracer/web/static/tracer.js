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
