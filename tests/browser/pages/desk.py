"""Pages of the back-office."""

from django.urls import reverse

from tests.browser.pages.frame import Frame


class DeskHome(Frame):
    def open(self):
        self.page.goto(reverse("admin:index"))
        return self

    @property
    def todos(self):
        """What waits for the person, as shown: « Label : count »."""
        return self.page.locator("section[aria-labelledby=titre-a-faire] .fr-tile__title").all_inner_texts()

    def open_page(self, label):
        """Follow a desk page from the list of the home page."""
        self.page.locator("section[aria-labelledby=titre-pages]").get_by_role("link", name=label, exact=True).click()


class DeskQueue(Frame):
    def open(self):
        self.page.goto(reverse("admin:crc_queue"))
        return self

    def open_ticket(self, reference):
        self.page.locator("main").get_by_role("link", name=reference).first.click()
        return DeskTicket(self.page)


class DeskTicket(Frame):
    def answer(self, text):
        """Write the answer and send it to the requester."""
        form = self.page.locator("main form:has(textarea)").first
        form.locator("textarea").first.fill(text)
        form.locator("[type=submit]").first.click()
        self.page.wait_for_load_state("load")
        return self

    def act(self, label):
        """Press a button of the ticket by its text."""
        self.page.locator("main").get_by_role("button", name=label).first.click()
        self.page.wait_for_load_state("load")
        return self
