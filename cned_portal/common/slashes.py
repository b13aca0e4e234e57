"""Addresses written without their last slash."""

from django.middleware.common import CommonMiddleware


class SlashMiddleware(CommonMiddleware):
    """Readers are sent to the right address; what writes is refused: a client that follows would read instead."""

    def should_redirect_with_slash(self, request):
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)
