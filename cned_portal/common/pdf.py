"""HTML to accessible PDF: tagged, PDF/UA-1, fonts embedded, title and language set."""

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string


def render_pdf(template, context):
    """Render a template that extends `pdf/base.html` and return the bytes of a PDF/UA-1 document.

    The context must hold `title`: a document without a title is not conforming. Nothing is fetched from the network:
    only the project's own static files may be referred to, as `static:css/…`.
    """
    if not context.get("title"):
        raise ValueError("an accessible document has a title")
    from weasyprint import HTML  # 0.7 s to import: only the workers that make documents pay it

    html = render_to_string(template, context)
    return HTML(string=html, url_fetcher=_fetch_static).write_pdf(pdf_variant="pdf/ua-1")


def _fetch_static(url):
    if not url.startswith("static:"):
        raise ValueError(f"documents may only use the project's own files, not {url.split(':')[0]}:")
    path = finders.find(url.removeprefix("static:"))
    if path is None:
        raise ValueError(f"no such static file: {url}")
    with open(path, "rb") as file:
        return {"string": file.read()}
