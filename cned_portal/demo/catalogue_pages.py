"""Pages around the catalogue of the demonstration: publics, news, prospects of jobs, a page being edited."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.utils.html import escape

from catalogue.domain.brochures import build_brochure, request_brochure
from catalogue.domain.drafts import content_of, publish_page, save_draft
from catalogue.domain.imports.runs import process_import, request_import
from catalogue.domain.job_figures import load_job_figures
from catalogue.models import CatalogueImport, Entry, EntryDocument, EntryHighlight, JobFamily, News, Training
from cned_portal.common.spreadsheets import csv_text

DATA = Path(__file__).parent / "data"
PARIS = ZoneInfo("Europe/Paris")
STUDY = "Dares et France Stratégie, « Les métiers en 2030 », calcul par somme des régions, Licence Ouverte 2.0"
EDITED = "cap-cuisine"


def load(trainings):
    """Add what is missing; what editors changed is left as it is. `trainings` by slug."""
    if not JobFamily.objects.exists():
        load_job_figures(DATA / "metiers_2030.csv", DATA / "rome_fap.csv", acting_user=None, source=STUDY, year=2022)
    _entries(trainings)
    for item in json.loads((DATA / "news.json").read_text(encoding="utf-8")):
        day = item.pop("day")
        moment = datetime.fromisoformat(day).replace(hour=9, tzinfo=PARIS) if day else None
        News.objects.get_or_create(slug=item["slug"], defaults={**item, "published_at": moment})


def edit_a_page():
    """A page with two versions, a draft and a brochure, as the editors' work shows it."""
    training = Training.objects.get(slug=EDITED)
    if training.versions.exists():
        return
    content = content_of(training)
    for publish, change in (
        (True, {"access_delay": "Accès aux cours sous 5 jours (délai fictif) après la validation de l’inscription."}),
        (
            False,
            {"summary": "Préparez à distance le CAP Cuisine : cours filmés, devoirs corrigés, stage en entreprise."},
        ),
    ):
        content |= change
        save_draft(training, content=content, acting_user=None)
        if publish:
            publish_page(training, acting_user=None)
    build_brochure(request_brochure(training, acting_user=None).pk)


def import_a_file():
    """A checked file that waits for a decision: a training to make, one to change, one refused."""
    if CatalogueImport.objects.exists():
        return
    header = ["référence", "intitulé", "unité", "résumé", "formule", "tarif (€ TTC)", "début de la session"]
    lines = [
        [
            "DEMO-1",
            "Initiation à la reliure (fictive)",
            "Cned Pro",
            "Couture et dorure.",
            "6 mois",
            "333",
            "01/09/2027",
        ],
        ["cap-boulanger", "", "", "Préparez à distance le CAP Boulanger, au fournil et chez vous.", "", "", ""],
        ["DEMO-2", "Pilotage de fusée (fictif)", "Unité inconnue", "", "", "", "31/02/2027"],
    ]
    run = request_import(
        name="formations-exemple.csv", content=csv_text(header, lines).encode(), unit=None, acting_user=None
    )
    process_import(run.pk)


def _entries(trainings):
    pages = {}
    for rank, item in enumerate(json.loads((DATA / "entries.json").read_text(encoding="utf-8")), 1):
        highlights, documents, parent = item.pop("highlights"), item.pop("documents"), item.pop("parent")
        defaults = {**item, "rank": rank, "is_published": True, "parent": pages.get(parent)}
        entry, created = Entry.objects.get_or_create(slug=item["slug"], defaults=defaults)
        pages[entry.slug] = entry
        if not created:
            continue
        EntryHighlight.objects.bulk_create(
            EntryHighlight(entry=entry, training=trainings[slug], rank=place)
            for place, slug in enumerate(highlights, 1)
        )
        for place, (title, name) in enumerate(documents, 1):
            document = EntryDocument(entry=entry, title=title, rank=place)
            document.file.save(f"{name}.odt", ContentFile(_open_document(title)), save=True)


def _open_document(title):
    """A one-page text document (OpenDocument)."""
    name = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{name}:office:1.0" '
        f'xmlns:text="{name}:text:1.0" office:version="1.3"><office:body><office:text>'
        f'<text:h text:outline-level="1">{escape(title)}</text:h>'
        "<text:p>Document fictif de démonstration, sans valeur.</text:p>"
        "</office:text></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{name}:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return output.getvalue()
