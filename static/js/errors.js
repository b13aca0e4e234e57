// A page sent back with something wrong opens at its top: go to what is wrong, which on a phone is a few screens down.
// Without this script the title of the page says « Erreur ».
document.querySelector("main [role=alert][tabindex='-1']")?.focus();
