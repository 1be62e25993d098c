// The stock autocomplete hides a labelled select behind fields that have no name of
// their own. This gives them the select's, for those who hear the page.
"use strict";
{
  const $ = django.jQuery;
  const nameFields = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const fields = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=searchbox]");
      for (const field of fields ?? []) {
        field.setAttribute("aria-label", select.labels[0].textContent);
      }
    }
  };
  // Later: the stock script makes its fields at the same moments.
  $(() => setTimeout(nameFields));
  document.addEventListener("formset:added", () => setTimeout(nameFields));
  $(document).on("select2:open", (event) => {
    document.querySelector(".select2-dropdown [role=searchbox]")
      ?.setAttribute("aria-label", event.target.labels[0].textContent);
  });
}
