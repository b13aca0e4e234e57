from django.urls import path

from learners.views import data, enrol, family, guardians, profile, space, verify

app_name = "learners"
urlpatterns = [
    path("mon-espace/", space.space, name="space"),
    path("mon-espace/inscriptions/<int:pk>/", space.enrolment, name="enrolment"),
    path("mon-espace/inscriptions/<int:pk>/certificat-de-scolarite/", space.ask_certificate, name="ask_certificate"),
    path("mon-espace/documents/<int:pk>/", space.document, name="document"),
    path("mon-espace/documents/<int:pk>/recommencer/", space.retry, name="document_retry"),
    path("mon-espace/documents/<int:pk>/telecharger/", space.download, name="document_download"),
    path("mon-espace/profil/", profile.profile, name="profile"),
    path("mon-espace/profil/adresse/<slug:kind>/", profile.address, name="address"),
    path("mon-espace/profil/consentement/", profile.consent, name="consent"),
    path("mon-espace/responsables/", family.guardians, name="guardians"),
    path("mon-espace/responsables/<int:pk>/renvoyer/", family.guardian_resend, name="guardian_resend"),
    path("mon-espace/responsables/<int:pk>/fin/", family.guardian_end, name="guardian_end"),
    path("mon-espace/apprenants-suivis/", family.wards, name="wards"),
    path("mon-espace/apprenants-suivis/<int:pk>/", family.ward, name="ward"),
    path("mon-espace/apprenants-suivis/<int:pk>/consentement/", family.ward_consent, name="ward_consent"),
    path("mon-espace/apprenants-suivis/<int:pk>/fin/", family.ward_end, name="ward_end"),
    path("mon-espace/apprenants-suivis/documents/<int:pk>/", family.ward_document, name="ward_document"),
    path("mon-espace/donnees/", data.data, name="data"),
    path("mon-espace/donnees/copie/", data.export_ask, name="data_export_ask"),
    path("mon-espace/donnees/copie/<int:pk>/", data.export, name="data_export"),
    path("mon-espace/donnees/copie/<int:pk>/recommencer/", data.export_retry, name="data_export_retry"),
    path("mon-espace/donnees/copie/<int:pk>/fichier/", data.export_file, name="data_export_file"),
    path("mon-espace/donnees/demande/", data.ask, name="data_ask"),
    path("mon-espace/donnees/fermeture/", data.close, name="data_close"),
    path("responsable/<str:token>/", guardians.accept, name="guardian_accept"),
    path("verifier-un-document/", verify.verify, name="verify"),
    path("verifier-un-document/<str:code>/", verify.verify, name="verify"),
    path("formations/<slug:slug>/inscription/", enrol.enrol, name="enrol"),
]
