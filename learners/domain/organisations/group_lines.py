"""The lines of a group enrolment: read, planned (what would become of each), written by whole sets.

The preview and the writing share the plan: the second only adds the inserts, in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mails
from cned_portal.common.spreadsheets import UnreadableFile, read_table
from cned_portal.common.text import fold, words
from cned_portal.common.validators import validate_single_line
from cned_portal.users.models import User
from learners.domain.people import new_learner_numbers
from learners.domain.refusals import Refusal
from learners.enums import GroupOutcome, LearnerPublic
from learners.models import Enrolment, LearnerProfile, Seat, Voucher
from learners.models.people import EARLIEST_BIRTH

LAST_NAME, FIRST_NAME, EMAIL, BIRTH, PUBLIC = "nom", "prénom", "adresse électronique", "date de naissance", "public"
REASON = "raison du refus"  # column of the file of refusals: corrected, it is deposited as it is
HEADINGS = [LAST_NAME, FIRST_NAME, EMAIL, BIRTH, PUBLIC]
EXAMPLE = ["Exemple", "Camille", "camille.exemple@exemple.example", "31/12/1990", "adulte"]
_ALIASES = {
    **{name: name for name in HEADINGS},
    "nom de famille": LAST_NAME,
    **dict.fromkeys(("adresse mail", "adresse e-mail", "e-mail", "email", "mail", "courriel"), EMAIL),
    **dict.fromkeys(("naissance", "né le", "née le", "né(e) le"), BIRTH),
}
_PUBLICS = {
    "eleve": LearnerPublic.PUPIL,
    **dict.fromkeys(("etudiant", "etudiante", "etudiante ou etudiant"), LearnerPublic.STUDENT),
    **dict.fromkeys(("adulte", "adulte en formation"), LearnerPublic.ADULT),
}
MOST_LINES = 20_000
CHUNK = 1_000

# One sentence whatever the account is (closed, of staff, enrolled by itself or by another): nothing is learnt of it.
TO_CHECK = "le Cned doit vérifier cette inscription : écrivez à votre contact"


@dataclass
class Person:
    """A line of the file, and what becomes of it. `user` is the account found, `profile` its learner's file."""

    line: int
    cells: dict[str, str]
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    date_of_birth: date | None = None
    public: str = LearnerPublic.ADULT
    problems: list[tuple[str, str]] = field(default_factory=list)
    outcome: GroupOutcome = GroupOutcome.CREATED
    user: User | None = None
    profile: LearnerProfile | None = None

    def refuse(self, name, reason):
        self.problems.append((name, reason))
        self.outcome = GroupOutcome.REFUSED


def read_people(content, today):
    """(people, columns that mean nothing) of the file's bytes; raises UnreadableFile."""
    table = read_table(content)
    known = {_folded(alias): name for alias, name in _ALIASES.items()}
    columns = {heading: known[_folded(heading)] for heading in table.headings if _folded(heading) in known}
    missing = [name for name in (LAST_NAME, FIRST_NAME, EMAIL) if name not in columns.values()]
    if missing:
        raise UnreadableFile(_missing_columns(missing))
    people, seen = [], {}
    for line, texts in table.lines:
        if len(people) == MOST_LINES:
            raise UnreadableFile(f"Le fichier a plus de {MOST_LINES} lignes : faites-en plusieurs.")
        cells = {name: " ".join(texts[heading].split())[:300] for heading, name in columns.items()}
        person = _person(line, cells, today)
        if person.email and seen.setdefault(person.email, line) != line:
            person.refuse(EMAIL, f"déjà à la ligne {seen[person.email]}")
        people.append(person)
    if not people:
        raise UnreadableFile("Le fichier ne contient aucune personne.")
    meaningless = [name for name in table.headings if name and name not in columns and _folded(name) != _folded(REASON)]
    return people, [name[:200] for name in meaningless]


def _missing_columns(names):
    start = "Il manque une colonne" if len(names) == 1 else "La première ligne doit nommer les colonnes ; il manque"
    return f"{start} : {', '.join(names)}. Partez du modèle de tableau."


def _person(line, cells, today):
    person = Person(line, cells)
    person.first_name = _name(person, FIRST_NAME)
    person.last_name = _name(person, LAST_NAME)
    email = cells.get(EMAIL, "").lower()
    try:
        validate_email(email)
        person.email = email
        if len(email) > User._meta.get_field("email").max_length:
            raise ValidationError("")
    except ValidationError:
        person.refuse(EMAIL, "écrivez une adresse comme nom@domaine.fr" if email else "obligatoire")
    if text := cells.get(BIRTH, ""):
        person.date_of_birth = _day(text)
        if person.date_of_birth is None or not EARLIEST_BIRTH <= person.date_of_birth <= today:
            person.refuse(BIRTH, "écrivez une date passée, comme 31/12/1990")
    if text := cells.get(PUBLIC, ""):
        person.public = _PUBLICS.get(fold(text), "")
        if not person.public:
            person.refuse(PUBLIC, "écrivez élève, étudiant ou adulte")
    return person


def _name(person, name):
    text = person.cells.get(name, "")
    try:
        validate_single_line(text)
    except ValidationError:
        person.refuse(name, "contient un caractère interdit")
        return ""
    if not text:
        person.refuse(name, "obligatoire")
    elif len(text) > 100:
        person.refuse(name, "dépasse 100 caractères")
    return text


def _day(text):
    for pattern in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def _folded(heading):
    return " ".join(words(heading))


def plan(people, voucher, advance):
    """Say what becomes of each person: nobody is enrolled twice, no seat is promised beyond those that are free."""
    free, taken = voucher.free, set()
    for start in range(0, len(people), CHUNK):
        chunk = [person for person in people[start : start + CHUNK] if not person.problems]
        _find_accounts(chunk)
        live = _live_enrolments(chunk, voucher)
        for person in chunk:
            if person.user is not None:
                _judge(person, live.get(person.user.pk), voucher, taken)
            if person.outcome == GroupOutcome.CREATED:
                if free:
                    free -= 1
                else:
                    person.refuse("places", f"il n’en reste plus : le bon en a {voucher.seats}")
        advance(10 + 30 * min(start + CHUNK, len(people)) // len(people))


def _find_accounts(people):
    """The account of an address, its own or another one that its owner has proved."""
    emails = [person.email for person in people]
    accounts = {user.email: user for user in User.objects.filter(email__in=emails)}
    proved = EmailAddress.objects.filter(email__in=emails, verified=True).select_related("user")
    accounts |= {address.email.lower(): address.user for address in proved}
    profiles = LearnerProfile.objects.filter(user__in={user.pk for user in accounts.values()})
    profiles = {profile.user_id: profile for profile in profiles}
    for person in people:
        person.user = accounts.get(person.email)
        if person.user is not None:
            person.profile = profiles.get(person.user.pk)


def _live_enrolments(people, voucher):
    users = [person.user.pk for person in people if person.user is not None]
    live = Enrolment.objects.live().filter(learner__user__in=users, training=voucher.training)
    return {enrolment.learner.user_id: enrolment for enrolment in live.select_related("learner", "seat")}


def _judge(person, live, voucher, taken):
    user = person.user
    is_twin = user.pk in taken  # two addresses of the file that belong to one account
    taken.add(user.pk)
    if is_twin or not user.is_active or user.is_staff:
        person.refuse(EMAIL, TO_CHECK)
    elif live is not None:
        seat = getattr(live, "seat", None)
        known_as = seat.given_email if seat is not None else user.email
        if live.organisation_id == voucher.organisation.pk and known_as == person.email:
            person.outcome = GroupOutcome.UNCHANGED
        else:
            person.refuse(EMAIL, TO_CHECK)


def write(people, run, voucher, advance):
    """Enrol those who are to be: accounts without a password, files, enrolments, seats and mails, by whole sets.

    An account that exists is left as it is. Raises Refusal when the seats went meanwhile.
    """
    people = [person for person in people if person.outcome == GroupOutcome.CREATED]
    if people and not Voucher.objects.take(voucher.pk, len(people)):
        raise Refusal("Il ne reste plus assez de places : vérifiez de nouveau le fichier.")
    for start in range(0, len(people), CHUNK):
        _write(people[start : start + CHUNK], run, voucher)
        advance(40 + 55 * min(start + CHUNK, len(people)) // len(people))


def _write(people, run, voucher):
    now = timezone.now()
    unusable = make_password(None)
    new = [person for person in people if person.user is None]
    for person in new:
        names = {"first_name": person.first_name, "last_name": person.last_name}
        person.user = User(email=person.email, password=unusable, **names)
    User.objects.bulk_create(person.user for person in new)
    numbers = iter(new_learner_numbers(sum(person.profile is None for person in people)))
    for person in new:
        person.profile = LearnerProfile(
            user=person.user,
            number=next(numbers),
            public=person.public,
            date_of_birth=person.date_of_birth,
        )
    unfiled = [person for person in people if person.profile is None]
    for person in unfiled:
        person.profile = LearnerProfile(user=person.user, number=next(numbers))
    LearnerProfile.objects.bulk_create(person.profile for person in [*new, *unfiled])
    enrolments = [
        Enrolment(
            learner=person.profile,
            training=voucher.training,
            session=voucher.session,
            organisation=voucher.organisation,
            requested_at=now,
        )
        for person in people
    ]
    Enrolment.objects.bulk_create(enrolments)
    Seat.objects.bulk_create(
        Seat(
            voucher=voucher,
            enrolment=enrolment,
            group=run,
            given_name=f"{person.first_name} {person.last_name}",
            given_email=person.email,
        )
        for person, enrolment in zip(people, enrolments, strict=True)
    )
    shared = {
        "training": voucher.training,
        "organisation": voucher.organisation,
        "url": reverse("learners:space"),
        "password_url": reverse("account_reset_password"),
    }
    queue_mails(
        {
            "key": f"learners.group_enrolled:{enrolment.pk}",
            "kind": "learners/email/group_enrolled",
            "to": person.email,
            "context": shared,
        }
        for person, enrolment in zip(people, enrolments, strict=True)
    )


def needs_correction(people):
    return any(person.outcome == GroupOutcome.REFUSED for person in people)


def correction_rows(run):
    """(headings, rows) of the lines to correct, as they were, with the reasons."""
    rows = (
        [
            *(line.cells.get(name, "") for name in HEADINGS),
            " ; ".join(f"{name} : {reason}" for name, reason in line.problems),
            line.line,
        ]
        for line in run.lines.filter(outcome=GroupOutcome.REFUSED).order_by("line", "pk")
    )
    return [*HEADINGS, REASON, "ligne du fichier"], rows
