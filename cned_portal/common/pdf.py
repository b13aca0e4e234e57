"""HTML to accessible PDF: tagged, PDF/UA-1, fonts embedded, title and language set; PDF/A-3a as well for the archives.

WeasyPrint costs 0.7 s to import and 110 MB for some thirty pages: only the workers of the `pdf` queue call this.
"""

import hashlib
import io

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string

# PDF/A asks that a property foreign to it (here: the file is also PDF/UA-1) be declared with its schema.
_UA_PROPERTY = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of PDF/UA</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class RefusedAddressError(ValueError):
    """A document referred to something else than the project's own static files."""


def render_pdf(template, context, *, archivable=False):
    """Render a template that extends `pdf/base.html` and return the bytes of a PDF/UA-1 document.

    The context must hold `title`, and may hold `author` and `footer`. With `archivable` the same file is PDF/A-3a too.
    Nothing is fetched: only the project's own static files may be referred to, as `static:css/…`; any other address
    (http:, file:, data:) raises RefusedAddressError. The same HTML gives the same bytes.
    """
    if not context.get("title"):
        raise ValueError("an accessible document has a title")
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError

    html = render_to_string(template, context)
    try:
        content = HTML(string=html, base_url=None, url_fetcher=_static_fetcher()).write_pdf(
            pdf_variant="pdf/a-3a" if archivable else "pdf/ua-1",
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        )
    except FatalURLFetchingError as error:  # derives from BaseException: it would pass a task's `except Exception`
        raise RefusedAddressError(str(error.__cause__)) from None
    return _declare_accessible(content) if archivable else content


def _static_fetcher():
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class StaticFetcher(URLFetcher):
        def fetch(self, url, headers=None):
            scheme, _, name = url.partition(":")
            if scheme != "static":
                raise RefusedAddressError(f"documents may only use the project's own files, not {scheme[:20]}:")
            try:
                path = finders.find(name)
            except SuspiciousFileOperation:
                path = None
            if path is None:
                raise RefusedAddressError(f"no such static file: {name[:100]}")
            with open(path, "rb") as file:
                return URLFetcherResponse(url, file.read(), {"Content-Type": _content_type(name)})

    return StaticFetcher(fail_on_errors=True)


def _content_type(name):
    import mimetypes

    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _declare_accessible(content):
    """Say in a PDF/A-3a file that it is PDF/UA-1, in metadata left uncompressed as archives want them."""
    import pikepdf

    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        xmp = document.Root.Metadata.read_bytes().replace(b"</rdf:RDF>", _UA_PROPERTY + b"</rdf:RDF>", 1)
        document.Root.Metadata = document.make_stream(xmp, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        document.save(
            output,
            compress_streams=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            deterministic_id=True,
            linearize=False,
        )
    return output.getvalue()
