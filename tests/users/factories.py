from datetime import timedelta

import factory
from django.contrib.auth.models import Group
from django.utils import timezone

from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User


class UserFactory(factory.django.DjangoModelFactory):
    """A person; `role=` makes them staff with that role, without a second factor."""

    email = factory.Sequence(lambda n: f"personne{n}@exemple.example")
    first_name = "Camille"
    last_name = factory.Sequence(lambda n: f"Exemple{n}")

    class Meta:
        model = User
        skip_postgeneration_save = True

    @factory.post_generation
    def role(self, create, role, **kwargs):
        if role:
            self.is_staff = True
            self.save(update_fields=["is_staff"])
            until = timezone.now() + timedelta(days=30) if role == Role.AUDITOR else None
            RoleGrant.objects.create(user=self, group=Group.objects.get(name=role), valid_until=until)
