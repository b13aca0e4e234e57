"""The steps by which a person asks for a place, and what they typed so far: the same for the pages and for the API."""

from dataclasses import dataclass
from functools import cached_property

from django.http import Http404, QueryDict
from django.urls import reverse

from catalogue.models import Training
from learners.domain.admission import admission_of
from learners.domain.drafts import save_draft, typed
from learners.domain.enrolments import enrol as enrol_learner
from learners.domain.enrolments import open_sessions
from learners.domain.payments import fundings_offered
from learners.forms.enrolment import EnrolForm, FundingForm, GuardianForm, PositioningForm, PriorLearningForm, SendForm
from learners.models import EnrolmentDraft, Guardianship, LearnerProfile

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
UNFINISHED = "Il reste une étape à remplir."
ALREADY = "Vous avez déjà une inscription à cette formation."


@dataclass(frozen=True)
class Told:
    """What one step is about to send."""

    label: str
    url: str
    answers: list[tuple[str, str]]


def trainings_to_ask():
    """Trainings in which one may ask for a place, with what a path reads of them."""
    return Training.objects.published().select_related("unit").defer("search_vector")


class Path:
    """The steps that this person takes for this training, known from what was typed so far."""

    def __init__(self, user, training, draft):
        self.user, self.training, self.draft = user, training, draft
        self.sessions = open_sessions(training)

    @classmethod
    def of(cls, user, training):
        return cls(user, training, EnrolmentDraft.objects.filter(user=user, training=training).first())

    def keep(self, step, data):
        """The path with the step as it was sent, right or wrong, and its form."""
        form = self.form(step, data)
        values = typed(data, form.fields)
        draft = save_draft(user=self.user, training=self.training, step=step, values=values, acting_user=self.user)
        return Path(self.user, self.training, draft), form

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
