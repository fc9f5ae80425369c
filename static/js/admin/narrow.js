// Where lists need the room, the list of models is folded until somebody unfolds it.
"use strict";

{
  const KEY = "django.admin.navSidebarIsOpen"; // Of Django's nav_sidebar.js, which ran before.
  const toggle = document.getElementById("toggle-nav-sidebar");
  if (toggle && localStorage.getItem(KEY) === null && matchMedia("(max-width: 1200px)").matches) {
    toggle.click();
    localStorage.removeItem(KEY); // Nobody chose it: a wide window shows it.
  }
}
