from django.urls import path

from exams.views import candidate, results

app_name = "exams"
urlpatterns = [
    path("examens/resultats-du-bac/", results.results, name="results"),
    path("examens/resultats-du-bac/tableau.csv", results.results_csv_file, name="results_csv"),
    path("mon-espace/baccalaureat/", candidate.bac, name="bac"),
    path("mon-espace/baccalaureat/annoncer/", candidate.declare, name="bac_declare"),
    path("mon-espace/baccalaureat/<int:pk>/corriger/", candidate.change, name="bac_change"),
    path("mon-espace/baccalaureat/<int:pk>/faite/", candidate.made, name="bac_made"),
    path("mon-espace/baccalaureat/<int:pk>/renoncer/", candidate.withdraw, name="bac_withdraw"),
    path("mon-espace/baccalaureat/<int:pk>/resultat/", candidate.result, name="bac_result"),
]
