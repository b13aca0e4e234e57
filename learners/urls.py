from django.urls import path

from learners.views import (
    enrol,
    guardians,
    organisation_groups,
    organisation_quotes,
    organisations,
    seats,
    space,
    verify,
)

app_name = "learners"
OWN = "mon-espace/organisations/<int:organisation>/"
urlpatterns = [
    path("mon-espace/", space.space, name="space"),
    path("mon-espace/inscriptions/<int:pk>/", space.enrolment, name="enrolment"),
    path("mon-espace/inscriptions/<int:pk>/certificat-de-scolarite/", space.ask_certificate, name="ask_certificate"),
    path("mon-espace/documents/<int:pk>/", space.document, name="document"),
    path("mon-espace/documents/<int:pk>/recommencer/", space.retry, name="document_retry"),
    path("mon-espace/documents/<int:pk>/telecharger/", space.download, name="document_download"),
    path("responsable/<str:token>/", guardians.accept, name="guardian_accept"),
    path("verifier-un-document/", verify.verify, name="verify"),
    path("verifier-un-document/<str:code>/", verify.verify, name="verify"),
    path("formations/<slug:slug>/inscription/", enrol.enrol, name="enrol"),
    # Organisations
    path("mon-espace/organisations/", organisations.organisations, name="organisations"),
    path(OWN, organisations.organisation, name="organisation"),
    path(f"{OWN}membres/", organisations.members, name="organisation_members"),
    path(f"{OWN}membres/<int:pk>/", organisations.member, name="organisation_member"),
    path(f"{OWN}invitations/<int:pk>/", organisations.invitation, name="organisation_invitation"),
    path(f"{OWN}devis/", organisation_quotes.quotes, name="organisation_quotes"),
    path(f"{OWN}devis/<int:pk>/", organisation_quotes.quote, name="organisation_quote"),
    path(f"{OWN}devis/<int:pk>/devis.pdf", organisation_quotes.quote_pdf, name="organisation_quote_pdf"),
    path(f"{OWN}inscriptions/", organisation_groups.groups, name="organisation_groups"),
    path(f"{OWN}inscriptions/modele.<str:extension>", organisation_groups.template, name="organisation_group_template"),
    path(f"{OWN}inscriptions/<int:pk>/", organisation_groups.group, name="organisation_group"),
    path(f"{OWN}inscriptions/<int:pk>/accepter/", organisation_groups.accept, name="organisation_group_accept"),
    path(f"{OWN}inscriptions/<int:pk>/recommencer/", organisation_groups.retry, name="organisation_group_retry"),
    path(
        f"{OWN}inscriptions/<int:pk>/a-corriger.csv", organisation_groups.refusals, name="organisation_group_refusals"
    ),
    path(f"{OWN}suivi/", organisations.follow_up, name="organisation_follow_up"),
    path(f"{OWN}suivi.<str:extension>", organisations.follow_up_table, name="organisation_follow_up_table"),
    path(f"{OWN}documents/", organisations.papers, name="organisation_papers"),
    path(f"{OWN}documents/<int:pk>/", organisations.paper, name="organisation_paper"),
    path("mon-espace/bon/", seats.voucher, name="voucher"),
    path("mon-espace/places/<int:pk>/", seats.seat, name="seat"),
    path("organisation/<str:token>/", organisations.accept, name="member_accept"),
    path("messages/<str:token>/refus/", seats.campaign_refuse, name="campaign_refuse"),
]
