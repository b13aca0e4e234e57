from django.urls import path

from crc.api import partners, views

app_name = "crc_api"
urlpatterns = [
    path("sujets/", views.TopicList.as_view(), name="topics"),
    path("demandes/", views.TicketList.as_view(), name="tickets"),
    path("demandes/<str:reference>/", views.TicketDetail.as_view(), name="ticket"),
    path("demandes/<str:reference>/messages/", views.TicketReply.as_view(), name="reply"),
    path("demandes/<str:reference>/pieces/<int:pk>/", views.TicketFile.as_view(), name="file"),
    path("partenaires/demandes/", partners.PartnerTicketList.as_view(), name="partner_tickets"),
    path("partenaires/demandes/<str:reference>/", partners.PartnerTicketDetail.as_view(), name="partner_ticket"),
]
