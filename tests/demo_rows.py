"""Rows of the demonstration that pages are opened with: each function finds one in a `World`, as keyword arguments."""

from django.apps import apps
from django.utils import timezone

from cned_portal.users.enums import Role

LEARNER = "apprenant"  # who visits the pages of a person


def training(world):
    return {"slug": apps.get_model("catalogue.Training").objects.published().order_by("pk").first().slug}


def central_project(world):
    return {"slug": world.first("catalogue.Training", kind="central_project", state="published").slug}


def tracked(world):
    from crc.domain.tracking import tracking_token

    return {"token": tracking_token(world.first("crc.Ticket"))}


def help_article(world, state="published"):
    return {"slug": world.first("crc.Article", state=state).slug}


def own_ticket(world):
    return {"reference": world.first("crc.Ticket", requester=world.person(LEARNER)).reference}


def own_enrolment(world):
    return {"pk": world.first("learners.Enrolment", learner__user=world.person(LEARNER), state="active").pk}


def own_document(world):
    return {"pk": world.first("learners.Document", enrolment__learner__user=world.person(LEARNER)).pk}


def own_row(world, model, field):
    return world.first(model, **{field: world.person(LEARNER)}).pk


def own_file(world, **filters):
    """A file of the learner shown, who lacks pieces of it."""
    file = world.first("learners.Piece", file__enrolment__learner__user=world.person(LEARNER)).file
    return {"pk": file.pk, **filters}


def own_piece_enrolment(world):
    return world.first("learners.Piece", file__enrolment__learner__user=world.person(LEARNER)).file.enrolment_id


def own_piece(world):
    return {"pk": world.first("learners.Piece", file__enrolment__learner__user=world.person(LEARNER)).pk}


def ward_file(world):
    """A file of the minor for whom the learner shown signs."""
    bond = {"guardian": world.person(LEARNER), "ended_at": None}
    filters = {f"enrolment__learner__guardianships__{name}": value for name, value in bond.items()}
    return {"pk": world.first("learners.EnrolmentFile", needs_agreement=True, **filters).pk}


def contract_file(world):
    person = world.person(LEARNER)
    filters = {"enrolment__learner__user": person, "withdrawal_until__isnull": False, "price__isnull": False}
    return {"pk": world.first("learners.EnrolmentFile", **filters).pk}


def own_payment(world):
    return world.first(
        "learners.Payment", funding__file__enrolment__learner__user=world.person(LEARNER), means="sandbox"
    )


def own_module(world):
    enrolment = own_enrolment(world)["pk"]
    return {"pk": enrolment, "module": world.first("learners.Module", training__enrolments=enrolment).pk}


def own_devoir(world, rank):
    enrolment = own_enrolment(world)["pk"]
    devoir = world.first("learners.Devoir", module__training__enrolments=enrolment, module__rank=rank)
    return {"pk": enrolment, "devoir": devoir.pk}


def own_bac(world, **filters):
    """A registration of the learner shown for the baccalauréat."""
    return {"pk": world.first("exams.BacRegistration", learner__user=world.person(LEARNER), **filters).pk}


def taken_copy(world):
    return {"pk": world.first("learners.Correction", marked_at=None, marker=world.person(Role.TUTOR)).pk}


def survey(world, **filters):
    from quality.domain.surveys import survey_token

    future = {} if filters.get("answered_at__isnull") is False else {"expires_at__gt": timezone.now()}
    return {"token": survey_token(world.first("quality.SurveyInvitation", **filters, **future))}


def report(world):
    return world.first("quality.ReportRun", state="done")


def improvement(world, state):
    return {"pk": world.first("quality.Improvement", state=state).pk}


def code(world):
    return {"code": world.first("learners.Document", state="done").printed_code}


def organisation(world):
    return world.first("learners.Organisation", members__user=world.person(LEARNER))


def of_organisation(world, model=None, **filters):
    """The organisation for which the learner acts, and one row of it."""
    acted_for = organisation(world)
    row = {"pk": world.first(model, organisation=acted_for, **filters).pk} if model else {}
    return {"organisation": acted_for.pk, **row}


def desk_organisation(world, **more):
    return {"pk": organisation(world).pk, **more}


def seat(world):
    from learners.domain.organisations.seats import seats_to_answer

    return {"pk": seats_to_answer(world.person(LEARNER)).first().pk}


def refusing(world):
    from learners.domain.organisations.campaigns import refusal_token

    return {"token": refusal_token(world.first("learners.CampaignRecipient"))}


def open_training(world):
    trainings = apps.get_model("catalogue.Training").objects.with_enrolment_open()
    own = world.person(LEARNER).learner_profile.enrolments.values("training")
    return {"slug": trainings.filter(enrolment_open=True, state="published").exclude(pk__in=own).first().slug}


def brochure(world):
    return {"pk": world.first("catalogue.Brochure", state="done").pk}


def news(world):
    return {"slug": apps.get_model("catalogue.News").objects.published().order_by("pk").first().slug}


def mail(world, **filters):
    return {"pk": world.first("crc.InboundMail", **filters).pk}


def mailed_ticket(world):
    return {"reference": world.first("crc.InboundMail", ticket__isnull=False).ticket.reference}


def complained(world):
    return {"reference": world.first("crc.Complaint", second_look_at=None).ticket.reference}


def person_export(world):
    return {"pk": world.first("crc.PersonExport", state="done").pk}


def catalogue_import(world):
    return {"pk": world.first("catalogue.CatalogueImport").pk}


def edited_training(world):
    return {"kind": "formation", "pk": world.first("catalogue.TrainingDraft").training_id}


def edited_entry(world):
    return {"kind": "entree", "pk": world.first("catalogue.Entry", slug="etablissements").pk}
