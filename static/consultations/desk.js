// The review desk, better with a script: keys, templates at once.
// Nothing here decides anything, and everything works without it.
"use strict";
{
  const form = document.querySelector(".desk-form");
  const cards = [...document.querySelectorAll("[data-card]")];
  const CHOICES = { 0: "", 1: "include", 2: "changed", 3: "not_now", 4: "not_included" };
  const radiosOf = (card) => [...card.querySelectorAll("[type=radio]")];
  const isDecided = (card) => radiosOf(card).some((radio) => radio.checked && radio.value);

  // Where one is

  const current = () => cards.indexOf(document.activeElement?.closest("[data-card]"));
  const go = (card) => {
    if (!card) return;
    const group = card.closest("details");
    if (group) group.open = true;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };
  const isShown = (card) => card.closest("details")?.open !== false;
  const step = (by) => {
    const shown = cards.filter(isShown);
    const place = shown.indexOf(cards[current()]);
    go(shown[place < 0 ? (by > 0 ? 0 : shown.length - 1) : place + by]);
  };
  const nextOpen = () => {
    const from = current() + 1;
    const order = [...cards.slice(from), ...cards.slice(0, from)];
    return order.find((card) => "open" in card.dataset && !isDecided(card));
  };

  // How long a decision took: since the one before, while the page was looked at

  let since = performance.now();
  let away = 0;
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = performance.now();
    else away += performance.now() - hiddenAt;
  });
  form?.addEventListener("change", (event) => {
    if (event.target.type !== "radio") return;
    const card = event.target.closest("[data-card]");
    const seconds = card?.querySelector("[name^=seconds-]");
    if (!seconds) return;
    const took = Math.round((performance.now() - since - away) / 1000);
    seconds.value = Math.min(86400, Number(seconds.value) + Math.max(0, took));
    [since, away] = [performance.now(), 0];
  });

  // Keys

  const decide = (key) => {
    const card = cards[current()] ?? nextOpen();
    const radio = card && radiosOf(card).find((each) => each.value === CHOICES[key]);
    if (!radio || radio.disabled) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    go(card);
    if (key === "0") return;
    if (key === "2") {
      card.querySelector(".desk-fields input[id]")?.focus();
    } else {
      go("open" in card.dataset ? nextOpen() : undefined);
    }
  };
  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    n: () => document.querySelector("[name=note]")?.focus(),
    s: () => form?.querySelector(".desk-submit [name=_save]")?.click(),
    "?": () => {
      const list = document.querySelector(".desk-keys");
      if (!list) return;
      list.open = true;
      list.querySelector("summary").focus();
    },
    0: () => decide("0"),
    1: () => decide("1"),
    2: () => decide("2"),
    3: () => decide("3"),
    4: () => decide("4"),
  };
  const types = (field) =>
    field.isContentEditable ||
    ["SELECT", "TEXTAREA"].includes(field.tagName) ||
    (field.tagName === "INPUT" && !["radio", "checkbox", "submit", "button"].includes(field.type));
  document.addEventListener("keydown", (event) => {
    if (!form || !("hasKeys" in form.dataset)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
    const act = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // What a link leads to may lie in a list that is folded

  document.addEventListener("click", (event) => {
    const address = event.target.closest?.('.desk a[href^="#"]')?.hash;
    let list = address && document.getElementById(address.slice(1))?.closest("details");
    for (; list; list = list.parentElement.closest("details")) list.open = true;
  });

  // Templates: at once, and nothing typed is replaced

  for (const select of document.querySelectorAll("[data-into]")) {
    const field = document.getElementById(select.dataset.into);
    const button = select.parentElement.querySelector("button");
    if (!field || !button) continue;
    button.hidden = true;
    select.addEventListener("change", () => {
      const text = select.selectedOptions[0]?.dataset.text;
      if (!text) return;
      const typed = field.value.trimEnd();
      field.value = typed ? `${typed}\n\n${text}` : text;
      select.value = "";
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // Nothing typed is left behind by mistake

  let isTouched = false;
  form?.addEventListener("input", () => (isTouched = true));
  form?.addEventListener("change", () => (isTouched = true));
  form?.addEventListener("submit", () => (isTouched = false));
  window.addEventListener("beforeunload", (event) => {
    if (isTouched) event.preventDefault();
  });
}
