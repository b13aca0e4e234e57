import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from cned_portal.common.history import tracked
from learners.enums import DIGITAL_MAJORITY, MAJORITY, LearnerPublic, Situation
from learners.validators import LEARNER_NUMBER_PATTERN, PHONE_PATTERN

EARLIEST_BIRTH = datetime.date(1900, 1, 1)


def born_to_be(age, on):
    """The latest birthday of those who are `age` that day."""
    try:
        return on.replace(year=on.year - age)
    except ValueError:  # 29 February
        return datetime.date(on.year - age, 2, 28)


class LearnerProfileQuerySet(models.QuerySet):
    def minors(self):
        """Under 18 today; without a date of birth, the pupils."""
        of_age = born_to_be(MAJORITY, timezone.localdate())
        return self.filter(Q(date_of_birth__gt=of_age) | Q(date_of_birth=None, public=LearnerPublic.PUPIL))

    def followed_by(self, user):
        """The person's own file, and those of the minors they are the guardian of."""
        from learners.models.guardians import Guardianship

        wards = Guardianship.objects.in_force().of_minors().filter(guardian=user).values("learner")
        own = LearnerProfile.objects.filter(user=user).values("pk")
        return self.filter(pk__in=own.union(wards, all=True))  # an OR of the two would read every file

    def visible_to(self, user):
        """Learners that a member of staff may see: those with an enrolment they may see."""
        from learners.models.enrolments import Enrolment

        if not user.is_active or not user.has_perm("learners.view_learnerprofile"):
            return self.none()
        if user.has_perm("learners.view_every_enrolment"):
            return self
        return self.filter(Exists(Enrolment.objects.visible_to(user).filter(learner=OuterRef("pk"))))


@tracked(exclude=["phone"])
class LearnerProfile(models.Model):
    """What the institution knows of a learner beside the account, which holds the names and the mail address."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="learner_profile", verbose_name="compte"
    )
    number = models.CharField("numéro d’apprenant", max_length=10, unique=True, editable=False)
    public = models.CharField("public", max_length=10, choices=LearnerPublic, default=LearnerPublic.ADULT)
    date_of_birth = models.DateField("date de naissance", null=True, blank=True)
    street = models.CharField("adresse", max_length=200, blank=True)
    street_extra = models.CharField("complément d’adresse", max_length=200, blank=True)
    postal_code = models.CharField("code postal", max_length=12, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    country = models.CharField("pays", max_length=80, blank=True, default="France")
    situation = models.CharField("situation", max_length=16, choices=Situation, blank=True, default="", db_default="")
    phone = models.CharField("téléphone", max_length=16, blank=True, default="", db_default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_profiles", verbose_name="réuni à"
    )
    anonymised_at = models.DateTimeField("compte fermé le", null=True, blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    objects = LearnerProfileQuerySet.as_manager()

    class Meta:
        verbose_name = "apprenant"
        verbose_name_plural = "apprenants"
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=LEARNER_NUMBER_PATTERN),
                name="learner_number_shape",
                violation_error_message="Un numéro d’apprenant s’écrit avec 10 chiffres.",
            ),
            models.CheckConstraint(
                condition=Q(date_of_birth__isnull=True) | Q(date_of_birth__gte=EARLIEST_BIRTH),
                name="learner_born_after_1900",
                violation_error_message="Cette date de naissance est trop ancienne.",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=PHONE_PATTERN),
                name="learner_phone_shape",
                violation_error_message="Un téléphone s’écrit avec son indicatif, par exemple +33 6 12 34 56 78.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="learner_merged_into_another",
                violation_error_message="Un dossier n’est pas réuni à lui-même.",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=True)
                | Q(date_of_birth__isnull=True, street="", street_extra="", postal_code="", city="", phone=""),
                name="learner_anonymised_is_empty",
                violation_error_message="Un compte fermé ne garde ni date de naissance, ni adresse, ni téléphone.",
            ),
        ]
        indexes = [models.Index(fields=["phone"], condition=~Q(phone=""), name="learner_by_phone")]

    def __str__(self):
        return f"{self.user.get_full_name()} ({self.number})"

    def clean(self):
        super().clean()
        if self.date_of_birth and self.date_of_birth > timezone.localdate():
            raise ValidationError({"date_of_birth": "Une date de naissance est dans le passé."})

    def age_on(self, day):
        """Age in whole years that day, None when the date of birth is not known."""
        born = self.date_of_birth
        return None if born is None else day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def is_minor(self):
        """Under 18 today; an unknown age is that of an adult, but for a pupil."""
        age = self.age_on(timezone.localdate())
        return self.public == LearnerPublic.PUPIL if age is None else age < MAJORITY

    @property
    def is_under_digital_majority(self):
        """Under 15 today, as far as is known."""
        age = self.age_on(timezone.localdate())
        return age is not None and age < DIGITAL_MAJORITY

    @property
    def is_open(self):
        """Neither joined to another file nor closed."""
        return self.merged_into_id is None and self.anonymised_at is None

    @property
    def address_lines(self):
        """The postal address as it is written on an envelope, without the name.

        Read from the columns of this row, which `move_in` keeps equal to the current postal `Address`.
        """
        town = f"{self.postal_code} {self.city}".strip()
        lines = [self.street, self.street_extra, town, self.country if town else ""]
        return [line for line in lines if line]
