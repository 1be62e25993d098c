// The stock lists of permissions have signs with a name, but nothing that may have one.
"use strict";
// Later: the stock script makes its lists at the same moment.
addEventListener("load", () => setTimeout(() => {
  for (const sign of document.querySelectorAll(".help-tooltip[aria-label]")) {
    sign.setAttribute("role", "img");
  }
}));
