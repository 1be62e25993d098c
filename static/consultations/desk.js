// The review desk, better with a script: keys, templates at once, photos to look into.
// Nothing here decides anything, and everything works without it.
"use strict";
{
  const form = document.querySelector(".desk-form");
  const cards = [...document.querySelectorAll("[data-card]")];
  const CHOICES = { 1: "include", 2: "changed", 3: "not_now", 4: "not_included" };
  const radiosOf = (card) => [...card.querySelectorAll("[type=radio]")];
  const isDecided = (card) => radiosOf(card).some((radio) => radio.checked);

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
    if (key === "2") {
      const details = card.querySelector(".desk-details");
      details.open = true;
      details.querySelector("input").focus();
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

  // Photos: larger, turned, brighter, for the eye only

  const words = document.querySelector("[data-photos]")?.dataset ?? {};
  for (const figure of document.querySelectorAll("[data-photos] figure")) {
    const image = figure.querySelector("img");
    const frame = figure.querySelector("a");
    const state = { zoom: 1, turn: 0, light: 1 };
    const show = () => {
      image.style.transform = `scale(${state.zoom}) rotate(${state.turn}deg)`;
      image.style.filter = state.light === 1 ? "" : `brightness(${state.light})`;
      frame.classList.toggle("is-zoomed", state.zoom > 1);
    };
    const tools = document.createElement("div");
    tools.className = "desk-tools";
    const slider = (name, label, [min, max, step]) => {
      const wrap = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min, max, step, value: 1 });
      input.addEventListener("input", () => {
        state[name] = Number(input.value);
        show();
      });
      wrap.append(label, input);
      tools.append(wrap);
      return input;
    };
    const zoom = slider("zoom", words.zoom, [1, 5, 0.25]);
    const light = slider("light", words.light, [0.5, 2, 0.1]);
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button";
      made.textContent = label;
      made.setAttribute("aria-label", `${label}: ${image.alt}`);
      made.addEventListener("click", () => {
        act();
        show();
      });
      tools.append(made);
    };
    zoom.setAttribute("aria-label", `${words.zoom}: ${image.alt}`);
    light.setAttribute("aria-label", `${words.light}: ${image.alt}`);
    button(words.turn, () => (state.turn = (state.turn + 90) % 360));
    button(words.reset, () => {
      Object.assign(state, { zoom: 1, turn: 0, light: 1 });
      zoom.value = light.value = 1;
    });
    figure.append(tools);
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
