// Makes a large photo smaller before it is sent. Whatever fails, it is sent as it is.
"use strict";
{
  const LONGEST = 2400;
  const shrunk = async (file) => {
    const image = await createImageBitmap(file);
    const scale = LONGEST / Math.max(image.width, image.height);
    if (scale >= 1) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    // What is clear becomes white, as on the server.
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: blob.type }) : file;
  };
  for (const form of document.querySelectorAll("form[data-sending]")) {
    const { action } = form;
    const fields = [...form.querySelectorAll("[type=file]")];
    // Of its own section, where a form has one for each photo.
    const partOf = (field) => field.closest("form section") ?? form;
    const say = (field, words) => { partOf(field).querySelector("[role=status]").textContent = words; };
    const { sending, hint = "" } = form.dataset;
    let isBusy = false;
    let isReady = false;
    form.addEventListener("submit", async (event) => {
      const chosen = fields.filter((field) => field.files.length);
      if (isReady || !chosen.length) return;
      event.preventDefault();
      if (isBusy) return;
      isBusy = true;
      for (const field of chosen) {
        say(field, sending);
        try {
          const files = new DataTransfer();
          files.items.add(await shrunk(field.files[0]));
          field.files = files.files;
        } catch {}
      }
      isReady = true;
      form.requestSubmit(event.submitter); // comes here again, and is sent
    });
    for (const field of fields) {
      // Who only chooses one need press nothing.
      if (hint) field.addEventListener("change", () => {
        form.action = partOf(field).dataset.keep;
        form.requestSubmit();
      });
    }
    // Also after a way back from the next page.
    addEventListener("pageshow", () => {
      isBusy = isReady = false;
      form.action = action;
      for (const field of fields) say(field, hint);
    });
  }
}
