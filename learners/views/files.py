"""What the learner, or the adult who signs for them, does on an enrolment file. A stranger gets 404."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.files import download
from learners.domain import enrolments, files, payments, providers
from learners.domain.admission import admission_of
from learners.domain.guardians import invite_guardian
from learners.domain.queries.files import file_context
from learners.domain.refusals import Refusal
from learners.enums import Means
from learners.forms.enrolment import FundingForm, GuardianForm, MeansForm, PieceForm, PositioningForm, PriorLearningForm
from learners.models import EnrolmentFile, Payment, Piece
from learners.views.space import space_crumb


def _file(request, pk):
    return get_object_or_404(EnrolmentFile.objects.of_user(request.user).with_parts(), pk=pk)


def home_of(file, user):
    """(label, address) of the page from which this person follows the file."""
    if file.enrolment.learner.user_id == user.pk:
        return file.enrolment.training.title, file.enrolment.get_absolute_url()
    return "Accord du responsable légal", reverse("learners:agreement", kwargs={"pk": file.pk})


def _act(request, file, form, *, act, done, title, template="learners/file_act.html", **context):
    """One form, one verb: what is wrong beside its field, what is refused above the form, and nothing lost."""
    refusal, home = None, home_of(file, request.user)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            address = act(form.cleaned_data if form else {})
        except Refusal as error:
            refusal = str(error)
        else:
            if done:
                messages.success(request, done)
            return redirect(address if isinstance(address, str) else home[1])
    context |= {
        "title": title,
        "crumbs": [space_crumb(), home],
        "file": file,
        "form": form,
        "refusal": refusal,
        "home": home[1],
    }
    return render(request, template, context, status=409 if refusal else 200)


def _sent(request):
    return request.POST if request.method == "POST" else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def complete(request, pk, part):
    """Answer the questionnaire, or describe what one holds, when the request was made by somebody else."""
    file = _file(request, pk)
    if part == "positionnement" and file.needs_positioning:
        admission = admission_of(file.enrolment.training)
        form = PositioningForm(_sent(request), questions=admission.questions.all() if admission else [])
        return _act(
            request,
            file,
            form,
            act=lambda data: files.answer_positioning(file, ratings=form.ratings, acting_user=request.user),
            done="Vos réponses sont enregistrées.",
            title="Votre positionnement",
            intro=admission.positioning_intro if admission else "",
        )
    if part == "acquis" and file.needs_prior_learning:
        return _act(
            request,
            file,
            PriorLearningForm(_sent(request)),
            act=lambda data: files.declare_prior_learning(file, declared=data["declared"], acting_user=request.user),
            done="Vos acquis sont enregistrés.",
            title="Vos acquis",
            intro=file.enrolment.training.prerequisites,
        )
    raise Http404


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request, pk):
    """Invite an adult who signs for the minor."""
    rows = EnrolmentFile.objects.of_user(request.user).filter(needs_agreement=True).with_parts()
    file = get_object_or_404(rows, pk=pk)
    return _act(
        request,
        file,
        GuardianForm(_sent(request), user=request.user),
        act=lambda data: invite_guardian(
            file.enrolment.learner,
            email=data["guardian_email"],
            relationship=data["relationship"],
            acting_user=request.user,
        ),
        done="L’invitation est envoyée.",
        title="Inviter un responsable légal",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request, pk):
    """The page of the adult who signs: what they would agree to, their answer, and what the file waits for."""
    rows = EnrolmentFile.objects.signed_by(request.user).filter(needs_agreement=True).with_parts()
    file = get_object_or_404(rows, pk=pk)
    refusal = None
    if request.method == "POST":
        answer = request.POST.get("reponse")
        text = request.POST.get("texte", "")[:3_000].replace("\r\n", "\n")
        try:
            if answer not in {"oui", "non"}:
                raise Refusal("Choisissez une réponse.")
            files.answer_agreement(file, is_given=answer == "oui", text=text, acting_user=request.user)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, "Votre réponse est enregistrée.")
            return redirect("learners:agreement", pk)
    context = {
        "title": "Accord du responsable légal",
        "crumbs": [space_crumb()],
        "file": file,
        "text": files.agreement_text(file),
        "refusal": refusal,
        **file_context(file),
    }
    return render(request, "learners/agreement.html", context, status=409 if refusal else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quote(request, pk):
    """Accept a quote, and say who pays."""
    file = _file(request, pk)
    if file.price is None:
        raise Http404
    form = FundingForm(_sent(request), offered=payments.fundings_offered(file.enrolment.session.action))
    amount = request.POST.get("montant", "")

    def accept(data):
        # What was read is what is accepted: compared with the price of the file as the page wrote it.
        if amount != str(file.price):
            raise Refusal("Le devis a changé depuis que vous avez ouvert cette page : relisez-le.")
        payments.accept_price(file, amount=file.price, fundings=data["fundings"], acting_user=request.user)

    return _act(
        request,
        file,
        form,
        act=accept,
        done="Le devis est accepté.",
        title="Répondre au devis",
        template="learners/file_quote.html",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, pk):
    """Withdraw within the legal period, once the consequences are read."""
    file = _file(request, pk)
    if file.withdrawal_until is None:
        raise Http404

    def act(data):
        enrolments.withdraw_enrolment(file.enrolment, acting_user=request.user)

    return _act(
        request,
        file,
        None,
        act=act,
        done="Votre rétractation est enregistrée.",
        title="Renoncer au contrat",
        template="learners/file_withdraw.html",
        declaration=enrolments.withdrawal_text(file.enrolment, request.user),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def piece(request, pk):
    """Provide a document, or another in its place."""
    rows = Piece.objects.filter(file__in=EnrolmentFile.objects.of_user(request.user))
    found = get_object_or_404(rows.select_related("file__enrolment__learner", "file__enrolment__training"), pk=pk)
    form = PieceForm(request.POST, request.FILES) if request.method == "POST" else PieceForm()

    def act(data):
        name, content = data["content"]
        files.provide_piece(found, name=name, content=content, acting_user=request.user)

    return _act(
        request,
        found.file,
        form,
        act=act,
        done="La pièce est envoyée : nous la vérifions.",
        title=found.label,
        template="learners/file_piece.html",
        piece=found,
    )


@never_cache
@require_safe
def piece_file(request, pk):
    """One's own piece, as it was sent."""
    return send_piece(Piece.objects.filter(file__in=EnrolmentFile.objects.of_user(request.user)), pk)


def send_piece(pieces, pk):
    """Answer with the file of one of these pieces; Http404 when it may not be read."""
    opened = files.open_piece(pieces, pk)
    if opened is None:
        raise Http404
    row, content = opened
    return download(content, name=row.name, content_type=row.content_type)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payment(request, pk):
    """What is to pay, from when, and how."""
    rows = Payment.objects.of_user(request.user).select_related(
        "funding__file__enrolment__learner", "funding__file__enrolment__training"
    )
    found = get_object_or_404(rows, pk=pk)
    return _act(
        request,
        found.funding.file,
        MeansForm(_sent(request), initial={"means": found.means}),
        act=lambda data: payments.start_payment(found, means=data["means"], acting_user=request.user),
        done="",
        title="Payer",
        template="learners/payment.html",
        payment=found,
        iban=settings.BANK_IBAN,
        by_transfer=found.means == Means.OFFLINE and found.is_unpaid,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sandbox(request, reference):
    """Stands for the page of a bank, for trials: it answers as a provider does, as many times as one likes."""
    rows = Payment.objects.of_user(request.user).filter(means=Means.SANDBOX)
    found = get_object_or_404(rows, reference=reference)
    if not providers.PROVIDERS[Means.SANDBOX].is_enabled():
        raise Http404
    if request.method == "POST":
        is_paid = request.POST.get("reponse") == "accepter"
        settled = payments.settle_payment(
            reference, means=Means.SANDBOX, is_paid=is_paid, proof="essai", acting_user=request.user
        )
        if settled.is_unpaid:
            messages.error(request, "La banque a refusé le paiement : rien n’est débité. Vous pouvez recommencer.")
        else:
            messages.success(request, "Votre paiement est enregistré.")
        return redirect(settled)
    return render(request, "learners/payment_sandbox.html", {"title": "Banque d’essai", "crumbs": [], "payment": found})
