// The stock autocomplete hides a labelled select behind fields that have no name of
// their own. This gives them the select's, for those who hear the page.
"use strict";
{
  const $ = django.jQuery;
  const nameFields = (select) => {
    const label = select.labels[0];
    const fields = select.nextElementSibling;
    label.id ||= `${select.id}_label`;
    for (const field of fields?.querySelectorAll("[role=searchbox]") ?? []) {
      field.setAttribute("aria-label", label.textContent);
    }
    const box = fields?.querySelector("[role=combobox]");
    const chosen = fields?.querySelector("[id].select2-selection__rendered");
    box?.setAttribute("aria-labelledby", `${label.id} ${chosen?.id ?? ""}`.trim());
    // What is chosen is read as part of the name: it is no field beside the field.
    chosen?.removeAttribute("role");
    chosen?.removeAttribute("aria-readonly");
    // The button that empties a list stands in the list.
    fields?.querySelector("ul > .select2-selection__clear")?.setAttribute("role", "listitem");
  };
  const nameAll = () => {
    document.querySelectorAll("select.admin-autocomplete").forEach(nameFields);
  };
  // Later: the stock script makes its fields at the same moments.
  $(() => setTimeout(nameAll));
  document.addEventListener("formset:added", () => setTimeout(nameAll));
  $(document).on("change", "select.admin-autocomplete", (event) => {
    setTimeout(nameFields, 0, event.target);
  });
  $(document).on("select2:open", (event) => {
    document.querySelector(".select2-dropdown [role=searchbox]")
      ?.setAttribute("aria-label", event.target.labels[0].textContent);
  });
}
