"""The search index of trainings and the vocabulary of the spelling help, always rebuilt by sets of rows."""

from collections import Counter

from django.db import connection, transaction

from catalogue.domain.version import announce_change
from catalogue.domain.wording import lexeme, lexemes
from catalogue.models import Synonym, Training, VocabularyWord
from cned_portal.common.text import compounds, fold, sort_key, words

BATCH = 1_000
_DISPLAY_WORD_MAX = 60

_UPDATE = """
UPDATE catalogue_training AS t SET
    title_key = d.title_key,
    sort_key = d.title_key,
    search_vector =
        setweight(to_tsvector('simple', d.a), 'A') || setweight(to_tsvector('simple', d.b), 'B') ||
        setweight(to_tsvector('simple', d.c), 'C') || setweight(to_tsvector('simple', d.d), 'D')
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS d (id, title_key, a, b, c, d)
WHERE t.id = d.id
"""


def index_trainings(queryset):
    """Recompute the search columns of the trainings; number of rows. Costs a constant number of queries per batch."""
    announce_change()
    total = 0
    rows = queryset.select_related("domain", "diploma_type", "unit").prefetch_related(
        "certifications", "formacodes", "occupations"
    )
    batch = []
    for training in rows.order_by("pk").iterator(chunk_size=BATCH):
        batch.append(training)
        if len(batch) == BATCH:
            total += _write(batch)
            batch = []
    return total + _write(batch)


def reindex():
    """Rebuild the index of every training, then the vocabulary; (trainings, words)."""
    with transaction.atomic():
        trainings = index_trainings(Training.objects.all())
        return trainings, rebuild_vocabulary()


def rebuild_vocabulary():
    """Words of the visible trainings and of the synonyms, with the form to show; number of words."""
    announce_change()
    frequency, display = Counter(), {}

    def learn(text, weight=1):
        for shown in text.replace("’", "'").replace("/", " ").replace("-", " ").replace("'", " ").split():
            folded = words(shown)
            if len(folded) == 1 and 2 <= len(folded[0]) <= _DISPLAY_WORD_MAX:
                word = folded[0]
                frequency[word] += weight
                shown = shown.strip("().,;:«»!?").lower()
                if len(shown) <= _DISPLAY_WORD_MAX and fold(shown) == word:
                    display.setdefault(word, shown)

    visible = Training.objects.published().select_related("domain", "diploma_type")
    for training in visible.prefetch_related("certifications", "formacodes", "occupations").iterator(chunk_size=BATCH):
        for weight, text in zip((5, 2, 1), _texts(training)[:3], strict=True):
            learn(text, weight)
    for synonym in Synonym.objects.all():
        learn(synonym.phrase)
        for expansion in synonym.expansions:
            learn(expansion)
    with transaction.atomic():
        VocabularyWord.objects.all().delete()
        VocabularyWord.objects.bulk_create(
            VocabularyWord(
                word=word, stem=lexeme(word), display=display.get(word, word), length=len(word), frequency=count
            )
            for word, count in frequency.items()
        )
    return len(frequency)


def _texts(training):
    """What is searched, by weight: title and codes; subject; job names; long texts."""
    certifications = training.certifications.all()
    codes = " ".join(f"{item.code} {item.code.removeprefix('RNCP').removeprefix('RS')}" for item in certifications)
    formacodes, occupations = training.formacodes.all(), training.occupations.all()
    subject = [
        training.domain.name if training.domain else "",
        training.diploma_type.name if training.diploma_type else "",
    ]
    subject += [item.title for item in certifications]
    subject += [text for item in formacodes for text in (item.label, *item.synonyms)]
    jobs = [text for item in occupations for text in (item.code, item.label, *item.names)]
    long_texts = [training.summary, training.objectives, training.programme, training.outlets]
    return (
        f"{training.title} {' '.join(compounds(training.title))} {codes}",
        " ".join(subject),
        " ".join(jobs),
        " ".join(long_texts),
    )


def _write(batch):
    if not batch:
        return 0
    columns = [[], [], [], [], [], []]
    for training in batch:
        values = [training.pk, sort_key(training.title)[:300], *(" ".join(lexemes(text)) for text in _texts(training))]
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, columns)
    return len(batch)
