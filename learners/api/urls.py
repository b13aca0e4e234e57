from django.urls import path

from learners.api import views

app_name = "learners_api"
urlpatterns = [
    path("moi/", views.Profile.as_view(), name="profile"),
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
    path("formations/<slug:slug>/sessions-ouvertes/", views.OpenSessions.as_view(), name="open_sessions"),
    path("verifications/<str:code>/", views.Verification.as_view(), name="verification"),
]
