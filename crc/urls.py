app_name = "crc"
urlpatterns: list = []
