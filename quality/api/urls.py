from django.urls import path

from quality.api import views

app_name = "quality_api"
urlpatterns = [
    path("moi/enquetes/", views.SurveyList.as_view(), name="surveys"),
    path("moi/enquetes/<int:pk>/", views.SurveyDetail.as_view(), name="survey"),
    path("moi/enquetes/<int:pk>/reponses/", views.SurveyAnswers.as_view(), name="survey_answers"),
]
