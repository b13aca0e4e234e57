from django.urls import path

from catalogue.api import views

app_name = "catalogue_api"
urlpatterns = [
    path("formations/", views.TrainingList.as_view(), name="trainings"),
    path("formations/<slug:slug>/", views.TrainingDetail.as_view(), name="training"),
]
