// Photos side by side, better with a script: keys, both windows moved as one, full screen.
// It only looks: nothing is sent, and every key has a control that works without it.
"use strict";
{
  const view = document.querySelector(".view");
  const windows = [...document.querySelectorAll(".view-window")];
  const full = document.querySelector("[data-full]");
  const together = document.querySelector("[data-together]");
  const hasKeys = view && "hasKeys" in view.dataset;
  const keys = document.querySelector("[data-keys]");

  if (full && document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () =>
      document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen());
  }
  if (keys) keys.hidden = false;

  // The same place then and now: by share of the whole, for sizes differ

  let moving = null;
  for (const each of windows) {
    each.addEventListener("scroll", () => {
      if (!together?.checked || (moving && moving !== each)) return;
      moving = each;
      const x = each.scrollLeft / (each.scrollWidth - each.clientWidth || 1);
      const y = each.scrollTop / (each.scrollHeight - each.clientHeight || 1);
      for (const other of windows)
        if (other !== each)
          other.scrollTo(
            x * (other.scrollWidth - other.clientWidth),
            y * (other.scrollHeight - other.clientHeight),
          );
      requestAnimationFrame(() => requestAnimationFrame(() => (moving = null)));
    });
  }

  // Keys, unless they are switched off for who is logged in

  const step = (name, by, isRound) => {
    const all = [...document.getElementsByName(name)];
    const place = all.findIndex((each) => each.checked) + by;
    const next = all[isRound ? (place + all.length) % all.length : place];
    if (next) next.checked = true;
  };
  const KEYS = {
    "+": () => step("size", 1),
    "-": () => step("size", -1),
    r: () => step("turn", 1, true),
    l: () => step("light", 1, true),
    f: () => full?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (!hasKeys || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
