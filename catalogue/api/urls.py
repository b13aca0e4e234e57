from django.urls import path

from catalogue.api import favourites, views

app_name = "catalogue_api"
urlpatterns = [
    path("formations/", views.TrainingList.as_view(), name="trainings"),
    path("formations/<slug:slug>/", views.TrainingDetail.as_view(), name="training"),
    path("moi/favoris/", favourites.FavouriteList.as_view(), name="favourites"),
    path("moi/favoris/<slug:slug>/", favourites.Favourite.as_view(), name="favourite"),
]
