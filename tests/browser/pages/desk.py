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

    @property
    def references(self):
        """References of the tickets shown, in their order."""
        return self.page.locator("main tbody input[name=demande]").evaluate_all("boxes => boxes.map(box => box.value)")

    def choose(self, view):
        """One of the views, or a saved filter, by its text."""
        self.page.locator("main nav.crc-views").get_by_role("link", name=view, exact=True).click()
        return self

    def save_filter(self, name):
        self.page.get_by_text("Enregistrer ce filtre").click()
        self.page.get_by_label("Nom du filtre").fill(name)
        self.page.get_by_role("button", name="Enregistrer", exact=True).click()
        self.page.wait_for_load_state("load")
        return self

    def open_ticket(self, reference):
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=reference).first.click()
        return DeskTicket(self.page)

    def act_on(self, *references, action, **labels_and_values):
        """Tick these tickets and apply the action to them."""
        for reference in references:
            self.page.get_by_label(f"Choisir la demande {reference}").check(force=True)
        self.page.get_by_label("Pour les demandes cochées").select_option(label=action)
        for label, value in labels_and_values.items():
            field = self.page.locator(".crc-bulk").get_by_label(label)
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)
        self.page.get_by_role("button", name="Appliquer").click()
        self.page.wait_for_load_state("load")
        return self


class DeskTicket(Frame):
    def answer(self, text):
        """Write the answer, after what the box holds already, and send it to the requester."""
        field = self.page.get_by_label("Votre réponse")
        field.fill("\n\n".join(part for part in (field.input_value(), text) if part))
        return self.act("Envoyer la réponse")

    def choose_macro(self, words, name):
        """Look for an answer written in advance and put it in the box."""
        self.page.get_by_label("Chercher une réponse type").fill(words)
        self.page.get_by_role("search", name="Réponses types").get_by_role("button").click()
        self.page.get_by_role("link", name=name).click()
        self.page.wait_for_load_state("load")
        return self

    def note(self, text):
        self.unfold("Ajouter une note interne")
        self.page.get_by_label("Note interne").fill(text)
        return self.act("Ajouter la note")

    def assign_to(self, name):
        self.unfold("Attribuer")
        self.page.get_by_label("Attribuer à").select_option(label=name)
        return self.act("Attribuer")

    def unfold(self, title):
        """Open a panel by its title; nothing where it is open."""
        panel = self.page.locator("main details.crc-fold").filter(
            has=self.page.get_by_role("heading", name=title, exact=True)
        )
        if panel.get_attribute("open") is None:
            panel.locator("summary").first.click()

    def act(self, label):
        """Press a button of the ticket by its text."""
        self.page.locator("main").get_by_role("button", name=label, exact=True).first.click()
        self.page.wait_for_load_state("load")
        return self


class DeskBoard(Frame):
    def open(self):
        self.page.goto(reverse("admin:crc_board"))
        return self

    def open_late(self, service):
        """The late tickets of a service."""
        self.page.get_by_role("link", name=f"en retard, {service}").click()
        return DeskQueue(self.page)


class DeskIndicators(Frame):
    def open(self):
        self.page.goto(reverse("admin:crc_indicators"))
        return self

    def definition(self, label):
        """Unfold the definition of an indicator and read it."""
        folded = self._row(label).locator("details")
        folded.locator("summary").click()
        return folded.inner_text()

    def figure(self, label):
        """The figure of the period shown, without its no-break spaces."""
        return self._row(label).locator("td").first.inner_text().replace("\u00a0", " ").replace("\u202f", " ")

    def download(self, label):
        """The table in a format, as a path."""
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=f"{label} des indicateurs").click()
        return download.value.path()

    def _row(self, label):
        heading = self.page.locator("th[scope=row]").filter(has_text=label)
        return self.page.locator("main tbody tr").filter(has=heading).first
