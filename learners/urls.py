from django.urls import path

from learners.views import calendar, courses, enrol, guardians, safeguarding, space, verify

app_name = "learners"
urlpatterns = [
    path("mon-espace/", space.space, name="space"),
    path("mon-espace/inscriptions/<int:pk>/", space.enrolment, name="enrolment"),
    path("mon-espace/inscriptions/<int:pk>/certificat-de-scolarite/", space.ask_certificate, name="ask_certificate"),
    path("mon-espace/documents/<int:pk>/", space.document, name="document"),
    path("mon-espace/documents/<int:pk>/recommencer/", space.retry, name="document_retry"),
    path("mon-espace/documents/<int:pk>/telecharger/", space.download, name="document_download"),
    path("mon-espace/inscriptions/<int:pk>/documents/<str:kind>/", space.ask_document, name="ask_document"),
    path("mon-espace/cours/", courses.courses, name="courses"),
    path("mon-espace/cours/<int:pk>/modules/<int:module>/", courses.module, name="module"),
    path("mon-espace/devoirs/<int:pk>/<int:devoir>/", courses.devoir, name="devoir"),
    path("mon-espace/devoirs/<int:pk>/<int:devoir>/sujet/", courses.subject_file, name="subject_file"),
    path("mon-espace/relances/<int:pk>/reponse/", courses.answer, name="reminder_answer"),
    path("mon-espace/devoirs/", courses.homework, name="homework"),
    path("mon-espace/devoirs/fichiers/<int:pk>/", courses.copy_file, name="copy_file"),
    path("mon-espace/devoirs/corriges/<int:pk>/", courses.correction_file, name="correction_file"),
    path("mon-espace/calendrier/", calendar.calendar, name="calendar"),
    path("calendrier/<str:secret>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("signaler/", safeguarding.report, name="report"),
    path("signaler/recu/", safeguarding.report_received, name="report_received"),
    path("responsable/<str:token>/", guardians.accept, name="guardian_accept"),
    path("verifier-un-document/", verify.verify, name="verify"),
    path("verifier-un-document/<str:code>/", verify.verify, name="verify"),
    path("formations/<slug:slug>/inscription/", enrol.enrol, name="enrol"),
]
