"""What every page has: header, menu, search, skip links."""


class Frame:
    def __init__(self, page):
        self.page = page

    @property
    def heading(self):
        return self.page.get_by_role("heading", level=1).inner_text()

    @property
    def content(self):
        """Text of the page without its header and footer."""
        return self.page.locator("main").inner_text()

    @property
    def alerts(self):
        """Texts of the messages of the site and of the errors of fields."""
        return self.page.locator("main .fr-alert, main .fr-error-text, main .fr-message--error").all_inner_texts()

    def search_from_header(self, words):
        """Search with the form of the header, opened first where the screen is narrow."""
        opener = self.page.locator("#bouton-recherche")
        if opener.is_visible():
            opener.click()
        field = self.page.locator("#recherche-entete")
        field.fill(words)
        with self.page.expect_navigation():
            field.press("Enter")

    def open_menu(self):
        """Open the phone's menu; nothing where it is always shown."""
        opener = self.page.locator("#bouton-menu")
        if opener.is_visible():
            opener.click()
            self.page.locator("#menu-modale[open], #menu-modale.fr-modal--opened").wait_for()

    def go_to(self, entry):
        """Follow an entry of the menu."""
        self.open_menu()
        self.page.locator("#menu-principal").get_by_role("link", name=entry, exact=True).click()

    def choose_theme(self, label):
        """« Thème clair », « Thème sombre » or « Système », in the display settings."""
        self.page.locator("footer").get_by_role("button", name="Paramètres d’affichage").click()
        self.page.locator("#fr-theme-modal").get_by_text(label, exact=True).click()
        self.page.keyboard.press("Escape")
