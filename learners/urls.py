from django.urls import path

from learners.views import enrol, files, guardians, space, verify

app_name = "learners"
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
    path("formations/<slug:slug>/inscription/renoncer/", enrol.enrol_drop, name="enrol_drop"),
    path("formations/<slug:slug>/inscription/<slug:step>/", enrol.enrol, name="enrol"),
    path("formations/<slug:slug>/inscription/<slug:step>/garder/", enrol.enrol_save, name="enrol_save"),
    path("mon-espace/dossiers/<int:pk>/completer/<slug:part>/", files.complete, name="file_complete"),
    path("mon-espace/dossiers/<int:pk>/responsable/", files.invite, name="file_guardian"),
    path("mon-espace/dossiers/<int:pk>/accord/", files.agreement, name="agreement"),
    path("mon-espace/dossiers/<int:pk>/devis/", files.quote, name="file_quote"),
    path("mon-espace/dossiers/<int:pk>/retractation/", files.withdraw, name="file_withdraw"),
    path("mon-espace/pieces/<int:pk>/", files.piece, name="piece"),
    path("mon-espace/pieces/<int:pk>/fichier/", files.piece_file, name="piece_file"),
    path("mon-espace/paiements/<int:pk>/", files.payment, name="payment"),
    path("mon-espace/paiements/essai/<str:reference>/", files.sandbox, name="payment_sandbox"),
]
