from django.urls import path

from exams.api import views

app_name = "exams_api"
urlpatterns = [path("resultats-du-bac/", views.BacResults.as_view(), name="results")]
