"""Draft and versions of a public page: its rows are what the public sees, a draft is applied to them at publication.

A draft is seen, checked and edited by applying it to the rows inside a transaction that is always rolled back: the
page, its forms and its publication gate read rows, and know nothing of drafts. Keys of new rows come from the
database's sequences, which do not roll back: they stay the same from one edit to the next.
"""

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from catalogue.domain.publishing import publish_training
from catalogue.models import (
    Entry,
    EntryDocument,
    EntryDraft,
    EntryHighlight,
    EntryVersion,
    ResultIndicator,
    Training,
    TrainingAction,
    TrainingCertification,
    TrainingDraft,
    TrainingSession,
    TrainingVersion,
)
from cned_portal.common.verbs import verb


@dataclass(frozen=True)
class Part:
    """Rows that hang under the page, or under another part."""

    relation: str
    model: type[models.Model]
    owner: str
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True)
class Shape:
    """What belongs to the content of a page; `kept_out` is its identity and its life, which verbs change."""

    model: type[models.Model]
    draft_model: type[models.Model]
    version_model: type[models.Model]
    owner: str
    kept_out: frozenset[str]
    sets: tuple[str, ...] = ()
    parts: tuple[Part, ...] = field(default=())


TRAINING = Shape(
    Training,
    TrainingDraft,
    TrainingVersion,
    owner="training",
    kept_out=frozenset(
        {"id", "slug", "kind", "state", "published_at", "closing_on", "served_until", "closed_at", "closing_message"}
        | {"successor", "title_key", "sort_key", "search_vector", "updated_on", "page_version", "external_reference"}
    ),
    sets=("occupations", "formacodes"),
    parts=(
        Part("certification_links", TrainingCertification, "training"),
        Part("actions", TrainingAction, "training", (Part("sessions", TrainingSession, "action"),)),
        Part("indicators", ResultIndicator, "training"),
    ),
)
ENTRY = Shape(
    Entry,
    EntryDraft,
    EntryVersion,
    owner="entry",
    kept_out=frozenset({"id", "slug", "is_published"}),
    parts=(Part("entry_highlights", EntryHighlight, "entry"), Part("documents", EntryDocument, "entry")),
)
_SHAPES = {Training: TRAINING, Entry: ENTRY}


class DraftRefused(ValidationError):
    """The act is not possible; its message says why, in French."""


def is_public(page):
    """Whether the public sees the page, so that its edits go to a draft."""
    return page.is_visible if isinstance(page, Training) else page.is_published


def content_of(page):
    """The content of a page as its rows hold it, in JSON's types."""
    shape = _SHAPES[type(page)]
    page = shape.model.objects.get(pk=page.pk)
    content = {item.attname: _plain(item, page) for item in _fields(shape.model) if item.name not in shape.kept_out}
    content |= {name: sorted(getattr(page, name).values_list("pk", flat=True)) for name in shape.sets}
    content |= {part.relation: _rows(part, page) for part in shape.parts}
    return json.loads(json.dumps(content, cls=DjangoJSONEncoder))


def edition_of(page):
    """Short identity of the content: two people who edit the same one are told apart from two who do not."""
    text = json.dumps(content_of(page), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def draft_of(page):
    """The draft of a page, or None."""
    shape = _SHAPES[type(page)]
    return shape.draft_model.objects.select_related("edited_by").filter(**{shape.owner: page}).first()


def draft_content(page):
    """What the page would say if its draft were published now: what the draft changed, over what is public now."""
    live, draft = content_of(page), draft_of(page)
    if draft is None:
        return live
    return {**live, **{name: value for name, value in draft.content.items() if value != draft.base.get(name)}}


def changes_between(before, after, model):
    """Names, in French, of the elements that differ."""
    names = [name for name in after if before.get(name) != after[name]]
    return [_label(model, name) for name in names]


@contextmanager
def applied(page, content=None):
    """Give the page with its draft (or `content`) in its rows, to be read; what is written is undone."""
    with transaction.atomic():
        page = type(page).objects.select_for_update().get(pk=page.pk)
        _apply(page, draft_content(page) if content is None else content)
        yield page
        transaction.set_rollback(True)


@verb
def save_draft(page, *, content, acting_user):
    """Keep the content for later; the public page does not change. The same content as the public one is no draft."""
    shape = _SHAPES[type(page)]
    page = shape.model.objects.select_for_update().get(pk=page.pk)
    live = content_of(page)
    drafts = shape.draft_model.objects
    if content == live:
        drafts.filter(**{shape.owner: page}).delete()
        return None
    draft, _ = drafts.update_or_create(
        **{shape.owner: page}, defaults={"base": live, "content": content, "edited_by": acting_user}
    )
    return draft


@verb
def discard_draft(page, *, acting_user):
    """Forget what was being prepared."""
    shape = _SHAPES[type(page)]
    shape.draft_model.objects.filter(**{shape.owner: page}).delete()


@verb
def publish_page(page, *, acting_user):
    """Replace what the public sees by the draft, whole or not at all, and keep the version.

    Raises NotPublishable when the page lacks obligatory items, DraftRefused when a removed row is in use.
    A page already public, without a draft, is left as it is.
    """
    shape = _SHAPES[type(page)]
    page = shape.model.objects.select_for_update().get(pk=page.pk)
    was_public, live = is_public(page), content_of(page)
    content = draft_content(page)
    if was_public and content == live:
        return page
    if was_public and not page.versions.exists():  # shown before versions were kept, or by an import
        _record(shape, page, live, [], at=getattr(page, "published_at", None) or timezone.now(), by=None)
    try:
        _apply(page, content)
    except ProtectedError:
        raise DraftRefused(
            "Une formule ou une session supprimée dans le brouillon a des inscrits : suspendez-la plutôt."
        ) from None
    if isinstance(page, Training):
        page.updated_on = timezone.localdate()
        page.save(update_fields=["updated_on"])
        page = publish_training(page, acting_user=acting_user)
    elif not page.is_published:
        page.is_published = True
        page.save(update_fields=["is_published"])
    changes = changes_between(live, content, shape.model) if was_public else []
    _record(shape, page, content_of(page), changes, at=timezone.now(), by=acting_user)
    shape.draft_model.objects.filter(**{shape.owner: page}).delete()
    return page


@verb
def unpublish_entry(entry, *, acting_user):
    """Take an entry page off the site; its content and its versions stay."""
    Entry.objects.filter(pk=entry.pk, is_published=True).update(is_published=False)


@verb
def restore_version(page, *, number, acting_user):
    """Make a draft of a former version; it replaces the current draft. A page that is not public takes it at once."""
    shape = _SHAPES[type(page)]
    page = shape.model.objects.select_for_update().get(pk=page.pk)
    version = page.versions.filter(number=number).first()
    if version is None:
        raise DraftRefused("Cette version n’existe pas.")
    content = {**content_of(page), **version.content}
    if is_public(page):
        return save_draft(page, content=content, acting_user=acting_user)
    _apply(page, content)
    return None


def _record(shape, page, content, changes, *, at, by):
    last = page.versions.order_by("-number").values_list("number", flat=True).first() or 0
    shape.version_model.objects.create(
        **{shape.owner: page}, number=last + 1, content=content, changes=changes, published_at=at, published_by=by
    )


def _fields(model):
    return model._meta.concrete_fields


def _plain(item, row):
    value = item.value_from_object(row)
    return str(value) if isinstance(item, models.FileField) else value


def _rows(part, owner):
    rows = part.model.objects.filter(**{part.owner: owner}).order_by("pk")
    return [
        {item.attname: _plain(item, row) for item in _fields(part.model) if item.name != part.owner}
        | {inner.relation: _rows(inner, row) for inner in part.parts}
        for row in rows
    ]


def _label(model, name):
    for item in model._meta.get_fields():
        if name in (item.name, getattr(item, "attname", "")):
            return str(getattr(item, "verbose_name", None) or item.related_model._meta.verbose_name_plural)
    return name


def _apply(page, content):
    """Make the rows say what the content says; unchanged rows are not written, unknown names are passed over."""
    shape = _SHAPES[type(page)]
    _fill(page, content, _fields(shape.model), kept_out=shape.kept_out)
    for name in shape.sets:
        if name in content:
            getattr(page, name).set(content[name])
    for part in shape.parts:
        if part.relation in content:
            _apply_rows(part, page, content[part.relation])


def _apply_rows(part, owner, rows):
    kept = {row["id"] for row in rows}
    present = part.model.objects.filter(**{part.owner: owner})
    present.exclude(pk__in=kept).delete()
    known = present.in_bulk(kept)
    fields = [item for item in _fields(part.model) if item.name != part.owner]
    for row in rows:
        item = known.get(row["id"]) or part.model(**{part.owner: owner})
        _fill(item, row, fields, is_new=row["id"] not in known)
        for inner in part.parts:
            _apply_rows(inner, item, row.get(inner.relation, []))


def _fill(row, values, fields, *, kept_out=frozenset(), is_new=False):
    changed = []
    for item in fields:
        if item.attname not in values or item.name in kept_out:
            continue
        if is_new or json.loads(json.dumps(_plain(item, row), cls=DjangoJSONEncoder)) != values[item.attname]:
            setattr(row, item.attname, item.to_python(values[item.attname]))
            changed.append(item.name)
    if is_new:
        row.save(force_insert=True)
    elif changed:
        row.save(update_fields=changed)
