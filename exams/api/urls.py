from django.urls import path

from exams.api import candidates, views

app_name = "exams_api"
urlpatterns = [
    path("resultats-du-bac/", views.BacResults.as_view(), name="results"),
    path("moi/baccalaureat/", candidates.BacList.as_view(), name="registrations"),
    path("moi/baccalaureat/<int:pk>/", candidates.BacDetail.as_view(), name="registration"),
    path("moi/baccalaureat/<int:pk>/faite/", candidates.BacMade.as_view(), name="registration_made"),
    path("moi/baccalaureat/<int:pk>/resultat/", candidates.BacResultView.as_view(), name="registration_result"),
]
