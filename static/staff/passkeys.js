// Passkeys: django-allauth's scripts, told by data attributes which form they serve.
"use strict";
if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkey]")) {
    const button = part.querySelector("button");
    const failed = part.querySelector("[role=alert]");
    const { passkey, credential, options } = part.dataset;
    button.id ||= `${credential}-button`;
    const ids = { credential, [passkey]: button.id };
    const key = passkey === "signup" ? "creation_options" : "request_options";
    const data = { [key]: options ? JSON.parse(options) : undefined };
    window.allauth.webauthn.forms[`${passkey}Form`]({ ids, data });
    button.addEventListener("click", () => (failed.hidden = true));
    document.addEventListener("allauth.error", (event) => {
      event.preventDefault();
      failed.hidden = false;
    });
    part.hidden = false;
  }
}
