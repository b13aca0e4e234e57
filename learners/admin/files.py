"""The one queue of enrolment files, and each file with the acts that it waits for."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, PortalModelAdmin, Todo, desk_page, todo
from cned_portal.common.files import download
from cned_portal.common.keyset import InvalidCursor, page_after
from learners.admin.desk import SECTION
from learners.domain import enrolments, files, payments
from learners.domain.refusals import Refusal
from learners.enums import EnrolmentState, FundingState, PaymentState, PieceState, WaitingOn
from learners.forms.enrolment_desk import DecisionForm, FundingAnswerForm, PieceCheckForm, QuoteForm, ReceiptForm
from learners.models import Admission, EnrolmentFile, Piece, PositioningAdvice, PositioningQuestion, RequiredPiece

PERMISSION = "learners.confirm_enrolment"
LIST = "admin:learners_files"
VIEWS = {
    WaitingOn.STAFF: "À traiter par nous",
    WaitingOn.LEARNER: "Attendent l’apprenant",
    WaitingOn.GUARDIAN: "Attendent un responsable",
    WaitingOn.PAYMENT: "Attendent un paiement",
}


@todo
def files_to_treat(user):
    """Files that wait for us. The count stops at a cap."""
    if not user.has_perm(PERMISSION):
        return []
    waiting = EnrolmentFile.objects.visible_to(user).filter(waiting_on=WaitingOn.STAFF)
    count = waiting.order_by()[:LIST_CAP].count()
    return [Todo("Dossiers d’inscription à traiter", count, reverse(LIST))] if count else []


@desk_page(
    "dossiers-inscription/",
    name="learners_files",
    label="Dossiers d’inscription",
    section=SECTION,
    permission=PERMISSION,
)
@never_cache
@require_safe
def queue(request):
    """Files by whom they wait for, the one that has waited longest first."""
    view = request.GET.get("attend", WaitingOn.STAFF)
    view = view if view in VIEWS else WaitingOn.STAFF
    rows = EnrolmentFile.objects.visible_to(request.user).filter(waiting_on=view).with_parts()
    try:
        page = page_after(rows, ["waiting_since", "id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Dossiers d’inscription",
        "crumbs": [],
        "lines": [(file, _summary(file)) for file in page.rows],
        "page": page,
        "view": view,
        "views": VIEWS.items(),
    }
    return render(request, "learners/desk/files.html", context)


def _summary(file):
    """First thing a file waits for, and how many others."""
    lacking = files.missing(file)
    if not lacking:
        return "Complet : à confirmer"
    first = next((item for item in lacking if item.who == file.waiting_on), lacking[0])
    return first.text if len(lacking) == 1 else f"{first.text} (et {len(lacking) - 1} de plus)"


@desk_page(
    "dossiers-inscription/<int:pk>/",
    name="learners_file",
    label="Dossier d’inscription",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def file(request, pk):
    """One file, and every act on it. What is refused stays beside its field; nothing typed is lost."""
    found = get_object_or_404(EnrolmentFile.objects.visible_to(request.user).with_parts(), pk=pk)
    acts = _acts(found, request.user)
    refusal = None
    if request.method == "POST":
        act = acts.get(request.POST.get("acte", ""))
        if act is None:
            refusal = "Cet acte n’est plus possible : le dossier a changé entre-temps."
        else:
            act.bind(request.POST)
            if act.form is None or act.form.is_valid():
                try:
                    act.do(act.form.cleaned_data if act.form else {})
                except Refusal as error:
                    refusal = str(error)
                else:
                    messages.success(request, act.done)
                    return redirect("admin:learners_file", pk)
    context = {
        **admin.site.each_context(request),
        "title": f"Dossier d’inscription n° {found.pk}",
        "crumbs": [("Dossiers d’inscription", reverse(LIST))],
        "file": found,
        "lacking": files.missing(found),
        "positioning": getattr(found, "positioning", None),
        "prior_learning": getattr(found, "prior_learning", None),
        "agreement": getattr(found, "agreement", None),
        "acts": acts.values(),
        "wrong": any(act.form is not None and act.form.errors for act in acts.values()),
        "refusal": refusal,
    }
    return render(request, "learners/desk/file.html", context, status=409 if refusal else 200)


class Act:
    """One thing a member of staff may do on a file now: its form, if it has one, and its verb."""

    def __init__(self, name, title, button, do, *, form=None, done="C’est enregistré.", link="", **kwargs):
        self.name, self.title, self.button, self.do, self.done, self.link = name, title, button, do, done, link
        self._form, self._kwargs = form, kwargs
        self.form = form(**self._options) if form else None

    @property
    def _options(self):
        return {**self._kwargs, "prefix": self.name}

    def bind(self, post):
        if self._form:
            self.form = self._form(post, **self._options)


def _acts(found, user):
    """The acts that the state of the file allows, by name."""
    acts = []
    if found.enrolment.state == EnrolmentState.REQUESTED:
        acts += [
            _check(piece, user) for piece in found.pieces.all() if piece.state == PieceState.TO_CHECK and piece.is_safe
        ]
        acts += _decisions(found, user)
        acts += [_funder(line, user) for line in found.fundings.all() if line.state == FundingState.ASKED]
        if found.price_accepted_at is None:
            acts.append(
                Act(
                    "devis",
                    "Proposer un prix",
                    "Envoyer le devis",
                    lambda data: payments.quote_price(found, amount=data["amount"], acting_user=user),
                    form=QuoteForm,
                    initial={"amount": found.price},
                )
            )
    for payment in found.payments:
        if payment.is_unpaid and (payment.due_on is not None or not payment.funding.is_own):
            acts.append(_receipt(payment, user))
        elif payment.state == PaymentState.TO_REFUND:
            acts.append(_refund(payment, user))
    if found.enrolment.state == EnrolmentState.REQUESTED:
        if not files.missing(found):
            acts.append(
                Act(
                    "confirmer",
                    "Confirmer l’inscription",
                    "Confirmer l’inscription",
                    lambda data: enrolments.confirm_enrolment(found.enrolment, acting_user=user),
                    done="L’inscription est confirmée.",
                )
            )
        acts.append(
            Act(
                "annuler",
                "Annuler la demande",
                "Annuler la demande",
                lambda data: enrolments.cancel_enrolment(found.enrolment, acting_user=user),
                done="La demande est annulée.",
            )
        )
    return {act.name: act for act in acts}


def _check(piece, user):
    return Act(
        f"piece-{piece.pk}",
        f"Pièce à vérifier : {piece.label}",
        "Enregistrer la vérification",
        lambda data: files.check_piece(piece, acting_user=user, **data),
        form=PieceCheckForm,
        initial={"sha256": piece.sha256},
        link=reverse("admin:learners_piece", args=[piece.pk]),
    )


def _decisions(found, user):
    parts = [
        ("acquis", "Vérification des acquis", getattr(found, "prior_learning", None), files.decide_prior_learning),
        ("positionnement", "Positionnement", getattr(found, "positioning", None), files.decide_positioning),
    ]
    for name, title, part, decide in parts:
        if part is not None:
            yield Act(
                name,
                f"{title} : {'décider' if part.is_pending else 'corriger la décision'}",
                "Enregistrer la décision",
                lambda data, decide=decide: decide(found, acting_user=user, **data),
                form=DecisionForm,
                initial={"seen": part.decision},
            )


def _funder(line, user):
    return Act(
        f"financeur-{line.pk}",
        f"Réponse du financeur : {line.get_kind_display()}",
        "Enregistrer la réponse",
        lambda data: payments.decide_funding(line, acting_user=user, **data),
        form=FundingAnswerForm,
    )


def _receipt(payment, user):
    return Act(
        f"recu-{payment.pk}",
        f"Paiement attendu : {files.euros(payment.amount)}, {payment.funding.get_kind_display()}",
        "Enregistrer la somme reçue",
        lambda data: payments.record_payment(payment, proof=data["proof"], acting_user=user),
        form=ReceiptForm,
    )


def _refund(payment, user):
    return Act(
        f"rembourse-{payment.pk}",
        f"À rembourser : {files.euros(payment.amount)}",
        "Enregistrer le remboursement",
        lambda data: payments.record_refund(payment, acting_user=user),
    )


@desk_page(
    "dossiers-inscription/pieces/<int:pk>/",
    name="learners_piece",
    label="Pièce",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_safe
def piece(request, pk):
    """The file of a piece, always as a download."""
    opened = files.open_piece(Piece.objects.filter(file__in=EnrolmentFile.objects.visible_to(request.user)), pk)
    if opened is None:
        raise Http404
    row, content = opened
    return download(content, name=row.name, content_type=row.content_type)


class QuestionInline(admin.TabularInline):
    model = PositioningQuestion
    extra = 0


class AdviceInline(admin.TabularInline):
    model = PositioningAdvice
    extra = 0


class RequiredPieceInline(admin.TabularInline):
    model = RequiredPiece
    extra = 0


@admin.register(Admission)
class AdmissionAdmin(PortalModelAdmin):
    list_display = ["training", "checks_prior_learning"]
    list_select_related = ["training"]
    search_fields = ["training__slug__exact"]
    search_help_text = "Adresse de la formation, en entier."
    ordering = ["pk"]
    raw_id_fields = ["training"]
    inlines = [QuestionInline, AdviceInline, RequiredPieceInline]
