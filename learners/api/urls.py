from django.urls import path

from learners.api import courses, profile, views

app_name = "learners_api"
urlpatterns = [
    path("moi/", profile.Profile.as_view(), name="profile"),
    path("moi/adresses/<slug:nature>/", profile.OwnAddress.as_view(), name="address"),
    path("moi/consentements/<slug:finalite>/", profile.OwnConsent.as_view(), name="consent"),
    path("moi/mineurs/", profile.WardList.as_view(), name="wards"),
    path("moi/mineurs/<int:pk>/", profile.WardDetail.as_view(), name="ward"),
    path("moi/mineurs/documents/<int:pk>/fichier/", profile.WardDocument.as_view(), name="ward_document"),
    path("moi/tableau-de-bord/", views.Dashboard.as_view(), name="dashboard"),
    path("moi/inscriptions/", views.EnrolmentList.as_view(), name="enrolments"),
    path("moi/inscriptions/<int:pk>/", views.EnrolmentDetail.as_view(), name="enrolment"),
    path("moi/inscriptions/<int:pk>/documents/", views.EnrolmentDocuments.as_view(), name="enrolment_documents"),
    path("moi/documents/", views.DocumentList.as_view(), name="documents"),
    path("moi/documents/<int:pk>/", views.DocumentDetail.as_view(), name="document"),
    path("moi/documents/<int:pk>/recommencer/", views.DocumentRetry.as_view(), name="document_retry"),
    path("moi/documents/<int:pk>/fichier/", views.DocumentFile.as_view(), name="document_file"),
    path("moi/notifications/", views.Notifications.as_view(), name="notifications"),
    path("moi/appareils/", views.DeviceList.as_view(), name="devices"),
    path("moi/appareils/<int:pk>/", views.DeviceDetail.as_view(), name="device"),
    path("moi/cours/", courses.CourseList.as_view(), name="courses"),
    path("moi/cours/<int:pk>/", courses.CourseDetail.as_view(), name="course"),
    path("moi/cours/<int:pk>/modules/<int:module>/", courses.ModuleActivity.as_view(), name="module"),
    path("moi/devoirs/", courses.HomeworkList.as_view(), name="homework"),
    path("moi/devoirs/<int:pk>/<int:devoir>/", courses.HomeworkDetail.as_view(), name="devoir"),
    path("moi/devoirs/<int:pk>/<int:devoir>/copies/", courses.HandIn.as_view(), name="hand_in"),
    path("moi/devoirs/<int:pk>/<int:devoir>/sujet/fichier/", courses.SubjectFile.as_view(), name="subject_file"),
    path("moi/devoirs/copies/<int:pk>/fichier/", courses.OwnCopyFile.as_view(), name="copy_file"),
    path("moi/devoirs/corrections/<int:pk>/fichier/", courses.MarkedFile.as_view(), name="correction_file"),
    path("moi/calendrier/", courses.CalendarList.as_view(), name="calendar"),
    path("moi/suivi/", courses.ContactList.as_view(), name="contacts"),
    path("moi/suivi/<int:pk>/", courses.ContactDetail.as_view(), name="contact"),
    path("moi/suivi/<int:pk>/reponse/", courses.ReminderAnswer.as_view(), name="reminder_answer"),
    path("formations/<slug:slug>/sessions-ouvertes/", views.OpenSessions.as_view(), name="open_sessions"),
    path("verifications/<str:code>/", views.Verification.as_view(), name="verification"),
]
