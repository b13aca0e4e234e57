"""Documents: conforming, closed to every address but our own files, the same bytes for the same HTML."""

import page
import pikepdf
import pytest
from django.template import engines

from cned_portal.common import charts, pdf

TEMPLATE = """{% extends "pdf/base.html" %}{% block content %}<h2>Résultats</h2><p lang="fr">L’élève a réussi.</p>
{% include "components/chart.html" with table_open=True %}{{ more|safe }}{% endblock %}"""


@pytest.fixture
def render(monkeypatch):
    def render(archivable=False, **context):
        template = engines["django"].from_string(TEMPLATE)
        monkeypatch.setattr(pdf, "render_to_string", lambda name, values: template.render(values))
        chart = charts.line_chart(
            title="Taux de réussite",
            series=[charts.Series("Cned", (charts.Point("2024", 87.4, 86, 88.5), charts.Point("2025", 90.0, 89, 91)))],
            breaks=[charts.Break("2025", "nouvelle méthode")],
        )
        return pdf.render_pdf(
            "any.html",
            {"title": "Rapport", "footer": "Document fictif", "chart": chart, **context},
            archivable=archivable,
        )

    return render


def assert_conforms(content, tmp_path, profile):
    path = tmp_path / "document.pdf"
    path.write_bytes(content)
    report = page.validate_pdf(str(path), profile=profile)
    assert page.is_pdf_compliant(str(path), profile=profile), report


def test_document_is_accessible(render, tmp_path):
    content = render()
    assert_conforms(content, tmp_path, "ua1")
    with pikepdf.open(tmp_path / "document.pdf") as document:
        assert str(document.Root.Lang) == "fr"
        assert str(document.docinfo["/Title"]) == "Rapport"
        assert str(document.docinfo["/Author"])
        fonts = [font for sheet in document.pages for font in sheet.Resources.Font.values()]
        assert fonts
        assert all("Marianne" in str(font.BaseFont) for font in fonts)


def test_archivable_document_is_both_accessible_and_archivable(render, tmp_path):
    content = render(archivable=True)
    assert_conforms(content, tmp_path, "ua1")
    assert_conforms(content, tmp_path, "3a")


@pytest.mark.parametrize("archivable", [False, True])
def test_same_html_gives_same_bytes(render, archivable):
    assert render(archivable) == render(archivable)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/secret.png",
        "https://exemple.example/image.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:image/png;base64," + "A" * 100_000,
        "static:../../etc/passwd",
        "static:absent.png",
    ],
)
@pytest.mark.parametrize("markup", ['<img alt="x" src="{}">', '<link rel="stylesheet" href="{}">'])
def test_foreign_address_is_refused(render, address, markup):
    with pytest.raises(pdf.RefusedAddressError):
        render(more=markup.format(address))


def test_document_without_title_is_refused(render):
    with pytest.raises(ValueError, match="title"):
        render(title="")
