"""Asking for a place, one short step after the other; what is typed is kept at each step, right or wrong."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalogue.enums import Perimeter
from catalogue.models import Training
from learners.domain.admission import admission_of
from learners.domain.drafts import drop_draft, save_draft, typed
from learners.domain.enrolments import enrol as enrol_learner
from learners.domain.enrolments import open_sessions
from learners.domain.payments import fundings_offered
from learners.domain.refusals import AlreadyEnrolled, Refusal
from learners.forms.enrolment import EnrolForm, FundingForm, GuardianForm, PositioningForm, PriorLearningForm, SendForm
from learners.models import Enrolment, EnrolmentDraft, Guardianship, LearnerProfile

YOU, PRIOR, POSITIONING, GUARDIAN, FUNDING, SEND = "vous", "acquis", "positionnement", "responsable", "prix", "envoi"
LABELS = {
    YOU: "Vous et la formule",
    PRIOR: "Vos acquis",
    POSITIONING: "Votre positionnement",
    GUARDIAN: "Votre responsable légal",
    FUNDING: "Prix et financement",
    SEND: "Relire et envoyer",
}
CHANGED = "Votre demande a changé dans un autre onglet : relisez-la avant de l’envoyer."


@dataclass(frozen=True)
class Told:
    """What one step is about to send."""

    label: str
    url: str
    answers: list[tuple[str, str]]


class Path:
    """The steps that this person takes for this training, known from what was typed so far."""

    def __init__(self, user, training, draft):
        self.user, self.training, self.draft = user, training, draft
        self.sessions = open_sessions(training)

    @cached_property
    def admission(self):
        return admission_of(self.training)

    @cached_property
    def profile(self):
        return LearnerProfile.objects.filter(user=self.user).first()

    @cached_property
    def you(self):
        """What is known of the person and of the session, None until the first step is right."""
        form = self.saved(YOU)
        return form.cleaned_data if form is not None and form.is_valid() else None

    @property
    def is_minor(self):
        if self.you is None:
            return False
        return LearnerProfile(public=self.you["public"], date_of_birth=self.you["date_of_birth"]).is_minor

    @property
    def action(self):
        return self.you["session"].action if self.you else None

    @cached_property
    def steps(self):
        found = [YOU]
        if self.admission and self.admission.checks_prior_learning:
            found.append(PRIOR)
        if self.admission and self.admission.questions.all():
            found.append(POSITIONING)
        if self.is_minor and not self._has_guardian:
            found.append(GUARDIAN)
        if self.action and self.action.price:
            found.append(FUNDING)
        return found if len(found) == 1 else [*found, SEND]

    @cached_property
    def is_short(self):
        """Whether this step is all there is, as far as is known before it is filled."""
        return len(self.steps) == 1 and not any(session.action.price for session in self.sessions)

    @property
    def _has_guardian(self):
        return self.profile is not None and Guardianship.objects.signing().filter(learner=self.profile).exists()

    def form(self, step, data=None, **kwargs):
        """The form of a step; Http404 for a step that is not of this path."""
        if step == YOU:
            return EnrolForm(data, sessions=self.sessions, user=self.user, profile=self.profile, **kwargs)
        if step not in self.steps:
            raise Http404
        if step == PRIOR:
            return PriorLearningForm(data, **kwargs)
        if step == POSITIONING:
            return PositioningForm(data, questions=self.admission.questions.all(), **kwargs)
        if step == GUARDIAN:
            return GuardianForm(data, user=self.user, **kwargs)
        if step == FUNDING:
            return FundingForm(data, offered=fundings_offered(self.action), **kwargs)
        return SendForm(data, **kwargs)

    def saved(self, step):
        """The step as it was last typed, bound; None when it was not."""
        values = self.draft.data.get(step) if self.draft else None
        if values is None:
            return None
        data = QueryDict(mutable=True)
        for name, items in values.items():
            data.setlist(name, items)
        return self.form(step, data)

    def blank(self, step):
        """The step to fill, with what was typed before and no reproach."""
        form = self.form(step)
        if step == SEND:
            form.initial["version"] = self.draft.version if self.draft else 0
        for name, items in (self.draft.data.get(step, {}) if self.draft else {}).items():
            field = form.fields.get(name)
            if field is not None and items:
                form.initial[name] = items if getattr(field.widget, "allow_multiple_selected", False) else items[0]
        return form

    def first_wrong(self):
        """The first step to fill or to correct before sending, None when all are right."""
        for step in self.steps:
            if step != SEND:
                form = self.saved(step)
                if form is None or not form.is_valid():
                    return step
        return None

    def after(self, step):
        place = self.steps.index(step) + 1
        return self.steps[place] if place < len(self.steps) else None

    def before(self, step):
        place = self.steps.index(step)
        return self.steps[place - 1] if place else None

    def url(self, step):
        return reverse("learners:enrol", kwargs={"slug": self.training.slug, **({} if step == YOU else {"step": step})})

    def told(self):
        """Everything that is about to be sent, step by step, in the words of the forms."""
        found = []
        for step in self.steps:
            form = self.saved(step) if step != SEND else None
            if form is not None and form.is_valid():
                answers = [
                    (str(form.fields[name].label).removesuffix(" (facultatif)"), _said(form.fields[name], value))
                    for name, value in form.cleaned_data.items()
                    if value not in (None, "", [])
                ]
                found.append(Told(LABELS[step], self.url(step), answers))
        return found

    def send(self, *, early_start=False):
        """Send what was typed, every step being right."""
        cleaned = {step: self.saved(step) for step in self.steps if step != SEND}
        for form in cleaned.values():
            form.is_valid()
        guardian = cleaned[GUARDIAN].cleaned_data if GUARDIAN in cleaned else None
        return enrol_learner(
            user=self.user,
            training=self.training,
            session=self.you["session"],
            identity=cleaned[YOU].identity,
            ratings=cleaned[POSITIONING].ratings if POSITIONING in cleaned else None,
            declared=cleaned[PRIOR].cleaned_data["declared"] if PRIOR in cleaned else "",
            fundings=cleaned[FUNDING].cleaned_data["fundings"] if FUNDING in cleaned else (),
            guardian=(guardian["guardian_email"], guardian["relationship"]) if guardian else None,
            early_start=early_start,
            acting_user=self.user,
        )


def _said(field, value):
    if isinstance(value, bool):
        return "oui"
    if hasattr(field, "label_from_instance"):
        return field.label_from_instance(value)
    choices = {str(key): label for key, label in getattr(field, "choices", [])}
    if isinstance(value, list):
        return ", ".join(str(choices.get(str(item), item)) for item in value)
    if choices:
        return str(choices.get(str(value), value))
    return value.strftime("%d/%m/%Y") if hasattr(value, "strftime") else str(value)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request, slug, step=YOU):
    """One step of the request, once signed in. Each step is kept as soon as it is sent, right or wrong."""
    path = _path(request, slug)
    live = Enrolment.objects.of_user(request.user).live().filter(training=path.training).first()
    if live is not None:
        return _already(request, live)
    if step != YOU and path.you is None:
        return redirect(path.url(YOU))
    form, refusal = path.blank(step), None
    if request.method == "POST":
        if step == SEND:
            form = path.form(SEND, request.POST)
        else:
            path, form = _keep(request, path, step)
        if form.is_valid():
            following = path.after(step)
            if following is not None:
                return redirect(path.url(following))
            if step == SEND and form.cleaned_data["version"] != (path.draft.version if path.draft else 0):
                form, refusal = path.blank(SEND), CHANGED
            elif wrong := path.first_wrong():
                messages.info(request, "Il reste une étape à remplir.")
                return redirect(path.url(wrong))
            else:
                try:
                    enrolment = path.send(early_start=form.cleaned_data.get("early_start", False))
                except AlreadyEnrolled as twin:
                    return _already(request, twin.enrolment)
                except Refusal as error:
                    refusal = str(error)
                else:
                    messages.success(request, "Votre demande d’inscription est enregistrée. Nous vous écrirons.")
                    return redirect(enrolment)
    elif step == SEND and (wrong := path.first_wrong()):
        messages.info(request, "Il reste une étape à remplir.")
        return redirect(path.url(wrong))
    return _page(request, path, step, form, refusal)


@require_POST
def enrol_save(request, slug, step):
    """Keep what is being typed, without judging it."""
    path = _path(request, slug)
    if step not in path.steps or step == SEND:
        raise Http404
    _keep(request, path, step)
    return HttpResponse(status=204)


@require_POST
def enrol_drop(request, slug):
    """Erase what was typed."""
    path = _path(request, slug)
    drop_draft(user=request.user, training=path.training, acting_user=request.user)
    messages.success(request, "Votre saisie est effacée.")
    return redirect(path.training)


def _path(request, slug):
    rows = Training.objects.published().select_related("unit").defer("search_vector")
    training = get_object_or_404(rows, slug=slug)
    return Path(request.user, training, EnrolmentDraft.objects.filter(user=request.user, training=training).first())


def _keep(request, path, step):
    """The path with the step that was sent, and its form."""
    form = path.form(step, request.POST)
    values = typed(request.POST, form.fields)
    draft = save_draft(user=request.user, training=path.training, step=step, values=values, acting_user=request.user)
    return Path(request.user, path.training, draft), form


def _page(request, path, step, form, refusal):
    training = path.training
    context = {
        "title": "Demander une inscription",
        "crumbs": [("Formations", reverse("catalogue:search")), (training.title, training.get_absolute_url())],
        "training": training,
        "is_regulated": training.perimeter == Perimeter.REGULATED,
        "is_open": path.sessions.exists(),
        "form": form,
        "refusal": refusal,
        "path": path,
        "step": step,
        "step_label": LABELS[step],
        "number": path.steps.index(step) + 1,
        "count": len(path.steps),
        "next_label": LABELS.get(path.after(step)),
        "back_url": path.url(path.before(step)) if path.before(step) else "",
        "told": path.told() if step == SEND else [],
    }
    return render(request, "learners/enrol.html", context)


def _already(request, enrolment):
    messages.info(request, "Vous avez déjà une inscription à cette formation.")
    return redirect(enrolment)
