from django.urls import path

from learners.views import app, enrol, guardians, space, verify

app_name = "learners"
urlpatterns = [
    path("mon-espace/", space.space, name="space"),
    path("mon-espace/application/", app.application, name="application"),
    path("mon-espace/application/jeton/", app.token, name="token"),
    path("mon-espace/application/appareils/", app.add, name="device_add"),
    path("mon-espace/application/appareils/<int:pk>/retirer/", app.remove, name="device_remove"),
    path("mon-espace/notifications/", app.notifications, name="notifications"),
    path("manifest.webmanifest", app.manifest, name="manifest"),
    path("service-worker.js", app.service_worker, name="service_worker"),
    path("hors-ligne/", app.offline, name="offline"),
    path("mon-espace/inscriptions/<int:pk>/", space.enrolment, name="enrolment"),
    path("mon-espace/inscriptions/<int:pk>/certificat-de-scolarite/", space.ask_certificate, name="ask_certificate"),
    path("mon-espace/documents/<int:pk>/", space.document, name="document"),
    path("mon-espace/documents/<int:pk>/recommencer/", space.retry, name="document_retry"),
    path("mon-espace/documents/<int:pk>/telecharger/", space.download, name="document_download"),
    path("responsable/<str:token>/", guardians.accept, name="guardian_accept"),
    path("verifier-un-document/", verify.verify, name="verify"),
    path("verifier-un-document/<str:code>/", verify.verify, name="verify"),
    path("formations/<slug:slug>/inscription/", enrol.enrol, name="enrol"),
]
