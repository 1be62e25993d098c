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
    const field = form.querySelector("[type=file]");
    const status = form.querySelector("[role=status]");
    const { sending, hint = "" } = form.dataset;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (status.textContent === sending) return;
      status.textContent = sending;
      try {
        const files = new DataTransfer();
        files.items.add(await shrunk(field.files[0]));
        field.files = files.files;
      } catch {}
      form.submit(); // which does not come here again
    });
    // Who only chooses one and continues would leave it behind.
    if (hint) field.addEventListener("change", () => form.requestSubmit());
    // Also after a way back from the next page.
    addEventListener("pageshow", () => { status.textContent = hint; });
  }
}
