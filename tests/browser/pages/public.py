"""Public pages of the main path."""

from django.urls import reverse

from tests.browser.pages.frame import Frame


class SearchPage(Frame):
    def open(self):
        self.page.goto(reverse("catalogue:search"))
        return self

    def search(self, words):
        field = self.page.locator("main input[name=q]")
        field.fill(words)
        field.press("Enter")
        self.page.wait_for_load_state("load")
        return self

    @property
    def titles(self):
        """Titles of the trainings found, in their order."""
        return [text.strip() for text in self._links().all_inner_texts()]

    def open_result(self, title=None):
        """Open the training of that title, or the first found."""
        links = self._links()
        (links.filter(has_text=title).first if title else links.first).click()
        return TrainingPage(self.page)

    def _links(self):
        return self.page.locator("main").locator("h2 a[href*='/formations/'], h3 a[href*='/formations/']")


class TrainingPage(Frame):
    def open(self, training):
        self.page.goto(training.get_absolute_url())
        return self

    def ask(self):
        """Follow the link that asks a question about this training, by the door of learners."""
        self.page.locator(f"main a[href*='{reverse('crc:ask')}']").first.click()
        return AskPage(self.page).choose("Élève, étudiant")


class AskPage(Frame):
    """The form of a request. Fields are found by their label, as a person does."""

    def open(self, door="apprenant"):
        self.page.goto(reverse("crc:door", args=[door]))
        return self

    def choose(self, door):
        """On the page of the four doors, open the one of these words."""
        self.page.locator("main").get_by_role("link", name=door).click()
        self.page.wait_for_load_state("load")
        return self

    def fill(self, **labels_and_values):
        """`fill(**{"Votre message": "…"})`: write in a field, choose in a list or tick a box by its label."""
        for label, value in labels_and_values.items():
            field = self.page.locator("main").get_by_label(label).first
            kind = field.evaluate("field => field.type || field.tagName.toLowerCase()")
            if kind.startswith("select"):
                field.select_option(label=value)
            elif kind in {"checkbox", "radio"}:
                field.check(force=True)
            else:
                field.fill(value)
        return self

    def send(self):
        self.page.locator("main form[method=post] [type=submit]").last.click()
        self.page.wait_for_load_state("load")
        return self


class TrackingPage(Frame):
    def open(self, address):
        """`address` is the link of the mail, or its path."""
        self.page.goto(address)
        return self
