from django.urls import path

from exams.views import results

app_name = "exams"
urlpatterns = [
    path("examens/resultats-du-bac/", results.results, name="results"),
    path("examens/resultats-du-bac/tableau.csv", results.results_csv_file, name="results_csv"),
]
