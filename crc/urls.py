from django.urls import path

from crc.views import complaints, help, inbound, mine, public, requests

app_name = "crc"
urlpatterns = [
    path("aide/", help.home, name="help"),
    path("aide/suggestions/", help.suggestions, name="help_suggestions"),
    path("aide/<slug:slug>/", help.article, name="help_article"),
    path("nous-ecrire/", requests.choose, name="ask"),
    path("nous-ecrire/<slug:door>/", requests.question, name="door"),
    path("demandes/nouvelle/", requests.former_address, name="former_ask"),
    path("demandes/<slug:kind>/", requests.structured, name="request"),
    path("demandes/recue/<str:token>/", public.received, name="received"),
    path("demandes/suivi/<str:token>/", public.tracking, name="tracking"),
    path("demandes/suivi/<str:token>/pieces/<int:pk>/", public.tracking_file, name="tracking_file"),
    path("mon-espace/demandes/<str:reference>/pieces/<int:pk>/", mine.mine_file, name="mine_file"),
    path("demandes/suivi/<str:token>/reclamation/", complaints.complain_tracked, name="complain"),
    path("mon-espace/demandes/<str:reference>/reclamation/", complaints.complain_mine, name="mine_complain"),
    path("entrants/<slug:code>/", inbound.receive, name="inbound"),
    path("entrants/<slug:code>/<slug:provider>/", inbound.receive_from, name="inbound_provider"),
    path("mon-espace/demandes/", mine.mine, name="mine"),
    path("mon-espace/demandes/<str:reference>/", mine.mine_ticket, name="mine_ticket"),
]
