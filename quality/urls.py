from django.urls import path

from quality.views import surveys

app_name = "quality"
urlpatterns = [
    path("enquetes/<str:token>/", surveys.survey, name="survey"),
    path("enquetes/<str:token>/ne-plus-recevoir/", surveys.refuse, name="refuse"),
]
