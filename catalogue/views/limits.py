from django.shortcuts import render

HOUR = 3600


def too_many(request, title, crumbs=()):
    """The page of somebody who asks too often, and when to come back."""
    response = render(request, "catalogue/too_many.html", {"title": title, "crumbs": list(crumbs)}, status=429)
    response["Retry-After"] = str(HOUR)
    return response
