from django.urls import reverse

from tests.browser.pages.frame import Frame


class SignInPage(Frame):
    """Sign-in by address and password, then by a code where the account has a second factor."""

    def open(self):
        self.page.goto(reverse("account_login"))
        return self

    def sign_in(self, email, password):
        self.page.locator("main input[name=login]").fill(email)
        self.page.locator("main input[name=password]").fill(password)
        self._send("login")
        return self

    def give_code(self, code):
        self.page.locator("main input[name=code]").first.fill(code)
        self._send("code")
        return self

    def _send(self, field):
        """Send the form that holds the field: other forms of the page are for other ways to sign in."""
        with self.page.expect_navigation():
            self.page.locator(f"main form:has([name={field}]) [type=submit]").first.click()
